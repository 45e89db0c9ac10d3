"""The shape of a row: what is looked for in a reply, and the cause that it names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`pattern` is looked for in the whole reply, code included, without regard to capitals.

    `verbs` are the commands that it answers, empty for all; `advice` (as `worded` takes it) is used instead of the
    cause's.
    """

    pattern: str
    cause: str
    source: str
    advice: str | None = None
    verbs: frozenset[str] = frozenset()


def row(cause: str, pattern: str, source: str, advice: str | None = None, *, to: str = "") -> Row:
    """`to`: the verbs, with blanks between them."""
    return Row(pattern=pattern, cause=cause, source=source, advice=advice, verbs=frozenset(to.split()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`hosts` are names, or domains behind `*.`; `username` is what its user names look like, `login` how to say it.

    `source` says where from, `seen` when it was looked up (ISO 8601).
    """

    name: str
    hosts: tuple[str, ...]
    source: str
    seen: str
    username: str = ""
    login: str = ""
    rows: tuple[Row, ...] = ()

    def is_at(self, host: str) -> bool:
        """Whether a host name, in lower case and without a trailing dot, is one of the provider's."""
        return any(host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in self.hosts)
