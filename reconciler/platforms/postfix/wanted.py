"""A change laid over what is there: what a Postfix will have, and which of it the change touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.errors import PlatformRefused
from reconciler.model.change import Change
from reconciler.model.settings import Value
from reconciler.platforms.postfix import spelling
from reconciler.platforms.postfix.observed import Observed

ROUTE = frozenset({"host", "port", "mx_lookup"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`before` and `after` are whole; `directory` is where main.cf is."""

    before: Mapping[str, Value]
    after: Mapping[str, Value]
    touched: frozenset[str]
    seen: Observed
    directory: str

    def touches(self, *fields: str) -> bool:
        return not self.touched.isdisjoint(fields)

    def text(self, field: str) -> str | None:
        value = self.after.get(field)
        return None if value is None else str(value)

    @property
    def relayhost(self) -> str:
        return _relayhost(self.after)

    @property
    def former_relayhost(self) -> str:
        return _relayhost(self.before)

    @property
    def encrypted(self) -> bool:
        return self.after.get("encryption") not in (None, "none")


def wanted(change: Change, seen: Observed, directory: str) -> Wanted:
    """The settings before and after a change. Raises PlatformRefused for a field that Postfix does not have."""
    before = spelling.settings(seen, directory)
    changed = {one.field: one.after for one in change.fields}
    if unknown := changed.keys() - spelling.FIELDS:
        what = f"Postfix has no {', '.join(sorted(unknown))}"
        raise PlatformRefused(what, fix="plan again", address=str(change.address))
    return Wanted(
        before=before,
        after={**before, **changed},
        touched=frozenset(changed),
        seen=seen,
        directory=directory,
    )


def _relayhost(settings: Mapping[str, Value]) -> str:
    host, port = settings.get("host"), settings.get("port")
    if host is None:
        return ""
    if not isinstance(host, str) or "[" in host:  # several relays, as they were: `spelling` knows them as one text
        return str(host)
    name = host if settings.get("mx_lookup") else f"[{host}]"
    return str(name) if port is None else f"{name}:{port}"
