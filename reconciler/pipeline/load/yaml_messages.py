"""The words for everything that can be wrong with a file as YAML, before any schema is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PLAIN_DATA = "files hold plain data, so that every tool and every reader sees the same values"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    line: int
    column: int
    rule: str
    what: str
    why: str
    fix: str


def at(mark: Any, rule: str, what: str, why: str, fix: str) -> Problem:
    """`mark` is a place of the YAML parser, which counts from 0."""
    return Problem(line=mark.line + 1, column=mark.column + 1, rule=rule, what=what, why=why, fix=fix)


EMPTY = Problem(
    line=1,
    column=1,
    rule="yaml-empty",
    what="the file declares nothing",
    why="an empty file is usually an accident",
    fix="declare something, or delete the file",
)
UNREADABLE_ESCAPE = Problem(
    line=1,
    column=1,
    rule="yaml-syntax",
    what="an escape in double quotes is not a character",
    why="escapes go up to \\U0010FFFF",
    fix="correct the escape, or use single quotes: they have no escapes",
)


def second_document(mark: Any) -> Problem:
    return at(
        mark,
        "yaml-documents",
        "second YAML document",
        "a file declares one target; a second document would be overlooked",
        "remove the line ---, or move what follows into its own file",
    )


def tag(mark: Any) -> Problem:
    return at(
        mark,
        "yaml-tag",
        "an explicit tag (!…)",
        PLAIN_DATA,
        "remove the tag; if the exclamation mark belongs to the text, put the text in single quotes",
    )


def not_finite(mark: Any) -> Problem:
    return at(
        mark,
        "yaml-number",
        "not a finite number",
        "no platform has infinity, NaN or numbers beyond 1e308",
        "write an ordinary number; if it is text, put it in quotes",
    )


def merge_key(mark: Any) -> Problem:
    return at(
        mark,
        "yaml-merge-key",
        "a merge key (<<)",
        "the only inheritance is relay: <name>, so that every value shows where it came from",
        "write the keys out, or share them through a relay of environment.yaml",
    )


def key_is_not_text(mark: Any, value: bool | float | None) -> Problem:
    kind = "nothing" if value is None else "true or false" if isinstance(value, bool) else "a number"
    return at(
        mark,
        "yaml-key",
        f"a key that YAML reads as {kind}",
        "every key is a name, and a name is text",
        "put the key in quotes, or write a key before the colon",
    )


def key_is_collection(mark: Any) -> Problem:
    return at(
        mark,
        "yaml-key",
        "a list or mapping as a key",
        "every key is a name, and a name is text",
        "write a name before the colon; text that begins with [ or { goes in quotes",
    )


def key_is_alias(mark: Any) -> Problem:
    return at(
        mark,
        "yaml-key",
        "an alias (*…) as a key",
        "every key is a name, written where it is used",
        "write the name itself; text that begins with * goes in quotes",
    )


def duplicate(mark: Any, key: str, first: tuple[int, int, int, int] | None) -> Problem:
    where = "" if first is None else f"; first at {first[0]}:{first[1]}"
    return at(
        mark,
        "yaml-duplicate-key",
        f"{key}: duplicate key{where}",
        "only one of the two would count, and a reader could not tell which",
        "delete one of the two",
    )


def unknown_alias(mark: Any) -> Problem:
    return at(
        mark,
        "yaml-alias",
        "an alias (*…) without an anchor (&…) above it",
        "an alias repeats what an anchor marked earlier in the file",
        "if the asterisk belongs to the text, put the text in quotes",
    )


def recursive_alias(mark: Any) -> Problem:
    return at(
        mark,
        "yaml-alias",
        "an alias (*…) inside its own anchor (&…)",
        "it would contain itself, without end",
        "write the value out",
    )


def too_many_aliases(mark: Any, limit: int) -> Problem:
    return at(
        mark,
        "yaml-limit",
        f"more than {limit} aliases in one file",
        "aliases can make a small file enormous, so they are limited",
        "share settings through a relay of environment.yaml instead",
    )


def too_many_aliased_nodes(mark: Any, limit: int) -> Problem:
    return at(
        mark,
        "yaml-limit",
        f"the aliases of this file repeat more than {limit:,} values",
        "aliases can make a small file enormous, so they are limited",
        "share settings through a relay of environment.yaml instead",
    )


def too_deep(mark: Any, limit: int) -> Problem:
    return at(
        mark,
        "yaml-limit",
        f"nested more than {limit} levels deep",
        "no setting is deeper than a few levels; this is a mistake or an attack",
        "look for a bracket that is opened over and over",
    )
