"""The configurations of a stage or app as the API lists them, and what is worth telling about those that are ours."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.settings import Present, Value
from reconciler.platforms.outsystems_odc.keys import SECRETS, TYPES, Key

_OVERRIDES = ("ApplicationLevelOverride", "LibraryLevelOverride")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One configuration (GenericConfigResult). The value of a secret is not kept: it may be masked, or not."""

    key: str
    name: str | None
    type: str | None
    value: str | None
    deployed: str | None
    origin: str | None
    deployed_origin: str | None
    secret: bool
    set_after_deploy: bool
    updated_at: str | None  # ISO 8601, as the API gives it

    @property
    def pending(self) -> bool:
        """Set, and not what running apps use."""
        return self.set_after_deploy if self.secret else self.value != self.deployed


def entries(listed: list[dict[str, Any]], only: Container[str] | None = None) -> dict[str, Entry]:
    """By key; of a long list those that matter."""
    return {raw["key"]: _entry(raw) for raw in listed if raw.get("key") and (only is None or raw["key"] in only)}


def _entry(raw: Mapping[str, Any]) -> Entry:
    secret = raw.get("isSecret") is True

    def text(name: str) -> str | None:
        return None if (found := raw.get(name)) is None else str(found)

    return Entry(
        key=text("key") or "",
        name=text("name"),
        type=text("dataType"),
        value=None if secret else text("value"),
        deployed=None if secret else text("deployedValue"),
        origin=text("valueOrigin"),
        deployed_origin=text("deployedValueOrigin"),
        secret=secret,
        set_after_deploy=raw.get("valueSetAfterDeploy") is True,
        updated_at=text("updatedAt"),
    )


def present(keys: Mapping[str, Key], found: Mapping[str, Entry], address: str) -> Present:
    """What the mapped settings have. The marker is of the secrets: any other setting is compared by its value."""
    there = {setting: found[key.key] for setting, key in keys.items() if key.key in found}
    hidden = frozenset(setting for setting, entry in there.items() if entry.secret or setting in SECRETS)
    settings: dict[str, Value] = {
        setting: keys[setting].ours(entry.value) for setting, entry in there.items() if setting not in hidden
    }
    settings |= dict.fromkeys(keys.keys() - there.keys())
    return Present(
        settings=settings,
        write_only=hidden,
        marker=max((there[setting].updated_at or "" for setting in hidden), default="") or None,
        mark=False,  # a stage cannot carry our mark
        pending=frozenset(setting for setting, entry in there.items() if entry.pending),
        findings=tuple(faults(keys, found, address)),
    )


def faults(keys: Mapping[str, Key], found: Mapping[str, Entry], address: str) -> Iterator[Finding]:
    """Why a setting must not be written."""
    for setting, key in keys.items():
        entry = found.get(key.key)
        if entry is None:
            yield _fault(
                address,
                setting,
                "key-missing",
                f"{setting}: the installation has no key {key.key}",
                "keys differ between installations, and may differ between stages",
            )
        elif key.type is not None and entry.type != key.type:
            yield _fault(
                address,
                setting,
                "type-changed",
                f"{setting}: {key.key} is now of type {entry.type}; it was {key.type} when it was mapped",
                "its meaning may have changed with its type",
            )
        elif entry.type is not None and entry.type not in TYPES[setting]:
            yield _fault(
                address,
                setting,
                "wrong-type",
                f"{setting}: {key.key} ({entry.name}) is of type {entry.type}",
                f"this setting is one of {', '.join(sorted(TYPES[setting]))}",
            )
        elif setting in SECRETS and not entry.secret:
            yield _fault(
                address,
                setting,
                "not-a-secret",
                f"{setting}: {key.key} ({entry.name}) is not a secret in ODC",
                "everyone who may view configurations could read it",
            )


def _fault(address: str, setting: str, rule: str, what: str, why: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule=rule,
        what=what,
        why=why,
        fix=f"reconciler discover {address.partition(':')[0]}, then correct connection.keys.{setting}",
        address=address,
        field=setting,
    )


def not_in_effect(
    keys: Mapping[str, Key], found: Mapping[str, Entry], address: str, *, app: str | None
) -> Iterator[Finding]:
    """Where what mail uses is not what the stage says, though the two may be in sync with git."""
    there = {setting: found[key.key] for setting, key in keys.items() if key.key in found}
    if waiting := sorted(setting for setting, entry in there.items() if entry.pending):
        yield _warning(
            address,
            "pending",
            f"{', '.join(waiting)}: set, but not deployed",
            "value and deployedValue differ: running apps still use the earlier one",
            f"apply the configurations of {app} in ODC Portal" if app else "check the stage in ODC Portal",
        )
    above = {entry.origin for entry in there.values()} | {entry.deployed_origin for entry in there.values()}
    if app is None and above & {*_OVERRIDES}:
        over = sorted(s for s, entry in there.items() if {entry.origin, entry.deployed_origin} & {*_OVERRIDES})
        yield _warning(
            address,
            "overridden",
            f"{', '.join(over)}: overridden below the stage",
            "an app or library has its own value, and uses that",
            "remove the override in ODC Portal, in the configuration of the app",
        )


def overrides(keys: Mapping[str, Key], found: Mapping[str, Entry], address: str, app: str) -> Iterator[Finding]:
    """Settings of the stage that an app has for itself; `found` is of the app."""
    over = sorted(
        setting
        for setting, key in keys.items()
        if (entry := found.get(key.key)) and {entry.origin, entry.deployed_origin} & {*_OVERRIDES}
    )
    if over:
        yield _warning(
            address,
            "overridden",
            f"{', '.join(over)}: app {app} has its own value",
            "mail from this app uses its own value, not that of the stage",
            f"remove the override in ODC Portal, in the configuration of {app}",
        )


def _warning(address: str, rule: str, what: str, why: str, fix: str) -> Finding:
    return Finding(
        severity=Severity.WARNING, rule=rule, holds=Holds.UNTIL_USED, what=what, why=why, fix=fix, address=address
    )
