"""Tables of Postfix that it cannot read, and databases of our password map that hold an earlier password."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.platforms.postfix.defeats import WARNING, Words
from reconciler.platforms.postfix.observed import Observed, entries
from reconciler.platforms.postfix.spelling import is_ours, password_map

# as what files postmap makes of a map (DATABASE_README)
_ENDINGS = {"hash": "db", "btree": "db", "lmdb": "lmdb", "cdb": "cdb", "dbm": "dir", "sdbm": "dir"}
_LISTS = (
    "sender_canonical_maps",
    "sender_dependent_default_transport_maps",
    "sender_dependent_relayhost_maps",
    "smtp_generic_maps",
    "smtp_header_checks",
    "smtp_sasl_password_maps",
    "smtp_tls_policy_maps",
    "transport_maps",
)


def maps(seen: Observed, directory: str) -> Iterator[Words]:
    yield from _unsupported(seen)
    yield from _of_another_type(seen, directory)


def _unsupported(seen: Observed) -> Iterator[Words]:
    for name in _LISTS:
        tables = entries(seen.here.get(name) or seen.effective.get(name))
        for kind in dict.fromkeys(_kind(table) for table in tables):
            if seen.types and kind and kind not in seen.types:
                what = f"{name} has a {kind}: table, and this Postfix says: unsupported dictionary type: {kind}"
                why = "it defers all mail that has to be looked up there, and `postfix check` does not tell"
                fix = f"install postfix-{kind}, or change the type; postconf -m lists those that are there"
                yield WARNING, "map-type-missing", what, why, fix, None


def _of_another_type(seen: Observed, directory: str) -> Iterator[Words]:
    ours = [table for table in entries(seen.here.get("smtp_sasl_password_maps")) if is_ours(table, directory)]
    made = seen.effective.get("default_database_type", "hash")
    for table in ours:
        if (kind := _kind(table)) != made:
            what = f"the password map is {kind}: in main.cf, and this Postfix makes {made}: maps"
            why = "postmap without a type would renew another file than the one that is read"
            yield WARNING, "map-type-differs", what, why, "the next write of a password makes it one", "password"
    read = {_ENDINGS.get(_kind(table), "") for table in ours}
    if left := [ending for ending in seen.indexes if ours and ending not in {*read, "pag"}]:
        path = password_map(directory)
        what = f"{', '.join(f'{path}.{ending}' for ending in left)}: not read, and may hold an earlier password"
        why = "it was made while the map had another type"
        yield WARNING, "old-map-left", what, why, "rm it; the next write of a password does it too", "password"


def _kind(table: str) -> str:
    """Of `proxy:hash:/path` too; empty for what is no table."""
    kind, colon, rest = table.partition(":")
    return _kind(rest) if kind == "proxy" else kind if colon else ""
