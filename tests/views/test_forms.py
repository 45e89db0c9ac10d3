"""One table says which command has which forms; everything else follows from it."""

import inspect
import json
from pathlib import Path

import pytest
from support import documents
from support.commandline import inside

from reconciler import platforms
from reconciler.cli.main import COMMANDS
from reconciler.views import forms
from reconciler.views.paper import Paper

SCHEMAS = Path(str(platforms.schemas()))
ROWS = [(command, form) for command, row in forms.COMMANDS.items() for form in row.forms]


def test_every_command_has_a_row_with_text_and_json() -> None:
    assert {command.partition(" ")[0] for command in forms.COMMANDS} == set(COMMANDS)
    assert forms.names("show --since") == forms.names("show")
    assert all(forms.names(command)[:2] == ("text", "json") for command in COMMANDS)


@pytest.mark.parametrize(("command", "form"), ROWS)
def test_a_row_names_a_function_that_takes_what_it_is_given(command: str, form: str) -> None:
    row = forms.COMMANDS[command].forms[form]
    result, *others = inspect.signature(forms.function(row)).parameters.values()
    assert result.kind is not result.KEYWORD_ONLY
    assert {one.name for one in others if one.default is one.empty} <= set(row.takes) <= {one.name for one in others}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_offers_the_forms_of_the_table(command: str) -> None:
    assert f"[{'|'.join(forms.names(command))}]" in "".join(inside(command, "--help").out.split())


@pytest.mark.parametrize("command", [*forms.COMMANDS, "dig"])
def test_a_document_without_a_result_has_the_whole_form_of_one(command: str) -> None:
    told = forms.without_result(command, (), at="2026-11-20T08:00:00Z")
    assert documents.faults(command.split(), told) == []
    assert (told["complete"], told["findings"]) == (False, [])


def test_every_published_schema_of_a_document_belongs_to_a_command() -> None:
    named = {row.schema for row in forms.COMMANDS.values()} | {documents.SCHEMALESS, "output/common"}
    found = {f"output/{file.name.removesuffix('.schema.json')}" for file in (SCHEMAS / "output").iterdir()}
    assert named == found | {"plan"}


def test_every_document_says_whether_it_is_complete_and_has_a_place_for_findings() -> None:
    assert json.loads(forms.rendered("checks", "json", [], Paper())) == {"checks": [], "complete": True, "findings": []}


def test_json_is_ascii_where_the_terminal_knows_no_more() -> None:
    assert forms.dumped({"a": "→"}, Paper(unicode=False)) == '{\n  "a": "\\u2192"\n}\n'
    assert forms.dumped({"a": "→"}, Paper()) == '{\n  "a": "→"\n}\n'


def test_what_prints_nothing_at_its_end_gets_a_line_break() -> None:
    assert forms.rendered("verify", "text", [], Paper(), declared={}) == "0 relays.\n"
