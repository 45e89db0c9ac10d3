"""Findings as text and as JSON, compared as a whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from reconciler.model import codec
from reconciler.model.finding import Finding, Severity
from reconciler.model.source import Position
from reconciler.views import findings as view
from reconciler.views.paper import Paper

ERROR = Finding(
    severity=Severity.ERROR,
    rule="unknown-key",
    what="hots: unknown key",
    why="mail_servers[bulk] knows no such setting",
    fix="did you mean host?",
    where=Position(file="prod/openspp.yaml", line=10, column=13),
    address="prod/openspp:mail_servers[bulk]",
    field="mail_servers.bulk.hots",
)
WARNING = Finding(
    severity=Severity.WARNING,
    rule="certificate-not-verified",
    what="Odoo 17 does not verify certificates",
    where=Position(file="prod/environment.yaml", line=3, column=1),
)
NOWHERE = Finding(severity=Severity.ERROR, rule="root-missing", what="there is no folder environments here")


def _text(findings: Sequence[Finding], *, files: int, color: bool) -> str:
    """Without the end of the last line."""
    shown = view.text(findings, Paper(color=color), files=files)
    assert shown.endswith("\n")
    return shown[:-1]


def test_text_shows_place_what_why_and_fix() -> None:
    assert _text([ERROR, WARNING, NOWHERE], files=14, color=False) == (
        "prod/openspp.yaml:10:13: error: hots: unknown key\n"
        "    why: mail_servers[bulk] knows no such setting\n"
        "    fix: did you mean host?\n"
        "prod/environment.yaml:3:1: warning: Odoo 17 does not verify certificates\n"
        "error: there is no folder environments here\n"
        "2 errors, 1 warning in 2 of 14 files"
    )


def test_text_of_nothing_says_that_the_files_are_valid() -> None:
    assert _text([], files=14, color=False) == "14 files are valid"
    assert _text([], files=1, color=False) == "1 file is valid"


def test_summary_counts_in_words() -> None:
    assert _text([ERROR, ERROR], files=14, color=False).splitlines()[-1] == "2 errors in 1 of 14 files"
    assert _text([NOWHERE], files=0, color=False).splitlines()[-1] == "1 error"


def test_colour_is_never_alone() -> None:
    first = _text([ERROR], files=1, color=True).splitlines()[0]

    assert first == "prod/openspp.yaml:10:13: \033[1;31merror\033[0m: hots: unknown key"


def test_text_from_a_file_cannot_begin_a_line_or_move_the_cursor() -> None:
    finding = Finding(severity=Severity.ERROR, rule="x", what="a\n::error::b\033[2Kc\u202ed")

    assert _text([finding], files=1, color=False).splitlines()[0] == "error: a\\n::error::b\\x1b[2Kc\\u202ed"


def test_json_has_every_field() -> None:
    found = [codec.finding(finding) for finding in (ERROR, NOWHERE)]

    assert json.loads(json.dumps(found)) == found
    assert found[0] == {
        "severity": "error",
        "rule": "unknown-key",
        "address": "prod/openspp:mail_servers[bulk]",
        "field": "mail_servers.bulk.hots",
        "what": "hots: unknown key",
        "why": "mail_servers[bulk] knows no such setting",
        "fix": "did you mean host?",
        "where": {"file": "prod/openspp.yaml", "line": 10, "column": 13},
        "holds": "always",
        "accepted": None,
    }
    assert found[1]["where"] is None


@pytest.mark.parametrize("form", ["text", "json"])
def test_of_a_long_list_fifty_are_shown_and_the_rest_counted(form: str) -> None:
    many = [replace(ERROR, where=Position(file="a.yaml", line=at, column=1)) for at in range(1, 91)]
    if form == "text":
        shown = _text([*many, WARNING], files=2, color=False).splitlines()
        assert shown[-2:] == [
            "error: a.yaml: 40 more, not shown; fix these first",
            "90 errors, 1 warning in 2 of 2 files",
        ]
    else:
        told = view.document([*many, WARNING], files=2, valid=False)["findings"]
        assert (len(told), told[-1]["rule"]) == (52, "more")


def test_one_mistake_in_many_files_is_shown_in_ten_of_them_and_then_counted() -> None:
    many = [replace(ERROR, where=Position(file=f"prod/{at:03}.yaml", line=4, column=3)) for at in range(200)]
    shown = _text([*many, WARNING], files=203, color=False).splitlines()
    assert len(shown) == 10 * 3 + 1 + 2
    assert shown[-2] == (
        "error: 190 more like these (unknown-key), in prod/010.yaml, prod/011.yaml, prod/012.yaml and 187 more files"
    )
    assert shown[-1] == "200 errors, 1 warning in 201 of 203 files"
    assert len(view.document(many, files=203, valid=False)["findings"]) == 200  # programs get them all


def test_mistakes_that_are_corrected_otherwise_are_no_more_of_the_same() -> None:
    place = [Position(file=f"prod/{at:03}.yaml", line=4, column=3) for at in range(200)]
    many = [replace(ERROR, where=one, fix=f"did you mean x{one.file}?") for one in place]
    assert len(_text(many, files=200, color=False).splitlines()) == 200 * 3 + 1
