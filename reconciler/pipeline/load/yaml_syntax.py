"""Says in plain words why a text is no YAML: libyaml names the rule it was in, a user wants the typing error.

libyaml and the pure Python parser differ in wording, so both are matched. What they found is never repeated: it may be
part of a password.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import yaml
from yaml.reader import ReaderError

from reconciler.pipeline.load.yaml_messages import Problem

_RULE = "yaml-syntax"
_QUOTE = "put the text in single quotes"


class _Words(NamedTuple):
    parts: tuple[str, ...]  # all of them occur in "context: problem"
    what: str
    why: str
    fix: str
    at_context: bool = False  # the place where it began tells more than the place where it was noticed


_FLOW_WHY = "inside brackets, entries are separated by commas, and every bracket is closed"
_WORDS: Final = (
    _Words(("tab",), "tab in the indentation", "YAML is indented with spaces only", "replace the tab with spaces"),
    _Words(
        ("quoted scalar", "unexpected end of stream"),
        "unclosed quote",
        "everything up to the next quote belongs to the text",
        "close the quote at the end of the text",
        at_context=True,
    ),
    _Words(
        ("quoted scalar", "unexpected document indicator"),
        "unclosed quote",
        "everything up to the next quote belongs to the text",
        "close the quote at the end of the text",
        at_context=True,
    ),
    _Words(
        ("quoted scalar", "hex"),
        "invalid escape in double quotes",
        r"after \x, \u and \U come two, four or eight hexadecimal digits",
        r"use single quotes: 'CORP\svc-mail'",
    ),
    _Words(
        ("escape",),
        "unknown escape in double quotes",
        "double quotes give the backslash a meaning, single quotes do not",
        r"use single quotes: 'CORP\svc-mail'",
    ),
    _Words(
        ("mapping values are not allowed",),
        "unexpected colon; is a space missing after a colon?",
        "the line is indented too far, the line above lacks its colon, or the text contains a colon and a space",
        f"line the key up with its neighbours; a colon inside text: {_QUOTE}",
    ),
    _Words(
        ("simple key", "could not find expected ':'"),
        "line is not key: value",
        "every line of a mapping is a key, a colon, a space and a value",
        "write key: value, with a space after the colon",
        at_context=True,
    ),
    _Words(
        ("flow mapping",),
        "unclosed {, or missing comma",
        _FLOW_WHY,
        "add the missing , or }",
        at_context=True,
    ),
    _Words(
        ("flow sequence",),
        "unclosed [, or missing comma",
        _FLOW_WHY,
        "add the missing , or ]",
        at_context=True,
    ),
    _Words(("flow node",), "unclosed bracket", _FLOW_WHY, "close every { with } and every [ with ]"),
    _Words(
        ("sequence entries are not allowed",),
        "unexpected list entry (-)",
        "a list begins on the line below its key",
        f"move the - to a line of its own; if the dash belongs to the text, {_QUOTE}",
    ),
    _Words(
        ("alias", "alphabetic or numeric"),
        "text that begins with *",
        "an asterisk begins an alias in YAML, even before a dot",
        'put it in quotes: "*.example.com"',
        at_context=True,
    ),
    _Words(
        ("anchor", "alphabetic or numeric"),
        "text that begins with &",
        "an ampersand begins an anchor in YAML",
        _QUOTE,
        at_context=True,
    ),
    _Words(
        ("cannot start any token",),
        "text that begins with a character reserved in YAML",
        "@ ` and % cannot begin unquoted text",
        _QUOTE,
    ),
    _Words(("tag",), "text that begins with !", "an exclamation mark begins a tag in YAML", _QUOTE),
    _Words(
        ("block scalar",),
        "text after | or >",
        "after | and > the text begins on the next line",
        f"move the text to the next line, indented; if the | or > belongs to the text, {_QUOTE}",
    ),
    _Words(("incompatible",), "another version of YAML", "files are YAML 1.1 or 1.2", "remove the line %YAML"),
    _Words(("directive",), "a line that begins with %", "directives are not used in these files", "remove the line"),
    _Words(
        ("block mapping",),
        "a line that does not fit the mapping around it",
        "keys of one mapping begin in the same column, and nothing follows a value that is closed",
        "line the key up with its neighbours; text that holds quotes or brackets goes in single quotes",
    ),
    _Words(
        ("'-' indicator",),
        "a line that does not fit the list around it",
        "every entry of a list begins with - in the same column",
        "line the entry up with its neighbours",
    ),
    _Words(
        ("block collection",),
        "a line that does not fit the list around it",
        "every entry of a list begins with - in the same column",
        "line the entry up with its neighbours",
    ),
    _Words(
        ("document start",),
        "a line that does not fit what is above it",
        "the file ended above this line, because it is indented less than the first key",
        "begin all top-level keys in the same column",
    ),
)
_OTHER = _Words((), "not valid YAML", "the text breaks YAML's rules here", _QUOTE)


def problem(error: yaml.YAMLError, text: str) -> Problem:
    if isinstance(error, ReaderError):
        return _unprintable(error.position, text)
    if not isinstance(error, yaml.MarkedYAMLError):
        return _worded(_OTHER, 1, 1)
    said = f"{error.context or ''}: {error.problem or ''}"
    if "cannot start any token" in said and _character(error, text) == "\t":
        said = "tab"
    words = next((words for words in _WORDS if all(part in said for part in words.parts)), _OTHER)
    mark = error.context_mark if words.at_context and error.context_mark else error.problem_mark or error.context_mark
    return _worded(words, 1, 1) if mark is None else _worded(words, mark.line + 1, mark.column + 1)


def _worded(words: _Words, line: int, column: int) -> Problem:
    return Problem(line=line, column=column, rule=_RULE, what=words.what, why=words.why, fix=words.fix)


def _character(error: yaml.MarkedYAMLError, text: str) -> str:
    mark = error.problem_mark
    return text[mark.index : mark.index + 1] if mark else ""


def _unprintable(position: int, text: str) -> Problem:
    before = text[:position]
    return Problem(
        line=before.count("\n") + 1,
        column=position - (before.rfind("\n") + 1) + 1,
        rule=_RULE,
        what="control character",
        why="it is invisible in a review",
        fix="delete it; the editor may show it as a box, or not at all",
    )
