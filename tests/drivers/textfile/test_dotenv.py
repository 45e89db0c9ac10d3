"""The text of a dotenv file before and after a change."""

from __future__ import annotations

import re
import subprocess
from io import StringIO

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.drivers.textfile import dotenv as dotenv_text
from reconciler.drivers.textfile.dotenv_readers import DIALECTS
from reconciler.drivers.textfile.format import Broken, Unwritable

SHOP = """\
# the shop
NAME="My Shop"

export SMTP_HOST=old.example.com   # relay
SMTP_PORT = 25
SMTP_USER='CORP\\svc'
SMTP_FROM=${NAME}@example.com
"""

CHANGES = [
    pytest.param({"SMTP_HOST": "new.example.com"}, {"old.example.com": "new.example.com"}, id="export-and-comment"),
    pytest.param({"SMTP_PORT": 587}, {"SMTP_PORT = 25": "SMTP_PORT = 587"}, id="spaces-around"),
    pytest.param({"SMTP_USER": "x"}, {"'CORP\\svc'": "'x'"}, id="keeps-quotes"),
    pytest.param({"NAME": "it's"}, {'"My Shop"': '"it\'s"'}, id="double-quotes"),
    pytest.param({"NAME": "a$b"}, {'"My Shop"': "'a$b'"}, id="dollar-is-never-in-double-quotes"),
    pytest.param({"SMTP_HOST": None}, {"export SMTP_HOST=old.example.com   # relay\n": ""}, id="removed"),
    pytest.param({"SMTP_HOST": ""}, {"old.example.com": "''"}, id="empty-before-a-comment"),
    pytest.param({"SMTP_TLS": True}, {"@example.com\n": "@example.com\nSMTP_TLS=true\n"}, id="appended"),
    pytest.param({"SMTP_PASSWORD": "a b#c"}, {"@example.com\n": "@example.com\nSMTP_PASSWORD='a b#c'\n"}, id="quoted"),
]


@pytest.mark.parametrize(("changes", "edits"), CHANGES)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_changed_touches_the_managed_value_only(changes, edits, end) -> None:
    expected = SHOP
    for old, new in edits.items():
        expected = expected.replace(old, new)
    assert dotenv_text.changed(SHOP.replace("\n", end), changes) == expected.replace("\n", end)


PLACES = [
    pytest.param("", "A=1\n", id="empty"),
    pytest.param("B=2", "B=2\nA=1", id="no-final-line-end"),
    pytest.param("B=2\nA", "B=2\nA=1", id="key-without-value"),
    pytest.param("A= # c\n", "A= 1 # c\n", id="comment-for-value"),
    pytest.param('A="x\ny" # c\nB=2\n', 'A="1" # c\nB=2\n', id="value-over-two-lines"),
    pytest.param("\n\n  A=x\n", "\n\n  A=1\n", id="empty-lines-before"),
    pytest.param("A=x#y z\n", "A=1\n", id="hash-in-the-value"),
]


@pytest.mark.parametrize(("before", "after"), PLACES)
def test_changed_sets_a_key_wherever_it_stands(before, after) -> None:
    assert dotenv_text.changed(before, {"A": 1}) == after


def test_changed_removes_the_line_and_no_empty_line_before_it() -> None:
    assert dotenv_text.changed("B=1\n\n  A=x # gone\n\nC=2", {"A": None}) == "B=1\n\n\nC=2"


def test_entries_shows_interpolation_as_it_is_written() -> None:
    assert dict(dotenv_text.entries(SHOP))["SMTP_FROM"] == "${NAME}@example.com"


@pytest.mark.parametrize("value", ["x", None], ids=["set", "removed"])
def test_changed_refuses_a_key_that_is_defined_twice(value) -> None:
    with pytest.raises(Unwritable, match="A is defined twice"):
        dotenv_text.changed("A=1\nB=2\nA=3\n", {"A": value})


def test_changed_refuses_a_broken_line_and_does_not_quote_it() -> None:
    with pytest.raises(Broken, match=r"^line 3 does not parse as A=value$"):
        dotenv_text.changed('B=1\n\nA="secret\nC=1\n', {"A": "x"})


@settings(max_examples=50, deadline=None)
@given(value=st.from_regex(r"[A-Za-z0-9_.@:/+-]{0,8}", fullmatch=True) | st.sampled_from(["true", "null", "1e5"]))
def test_a_plain_line_is_read_as_any_other_by_every_reader(value) -> None:
    """The short way, for most lines, says what the long one says."""
    for reader in DIALECTS:
        plain, other = dotenv_text.entries(f"A={value}\n", reader), dotenv_text.entries(f"A={value}", reader)
        assert plain == other, reader


def test_changed_leaves_other_broken_lines_alone() -> None:
    assert dotenv_text.changed("if [ -f x ]; then\nA=1\nfi extra\n", {"A": "2"}) == "if [ -f x ]; then\nA=2\nfi extra\n"


@pytest.mark.parametrize("key", ["A B", "A=B", "1A", "A#", ""])
def test_changed_refuses_a_name_that_is_none(key) -> None:
    with pytest.raises(Unwritable, match="is not a valid name"):
        dotenv_text.changed("", {key: "x"})


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
HARD = st.text(st.sampled_from("ab \\'\"#$\n\r\t={}`!\u2028"), max_size=12)


@settings(max_examples=300, deadline=None)
@given(value=TEXT | HARD, old=st.sampled_from(["", "x", "'x'", '"x"', "x # c", "'x' # c", " # c"]))
def test_what_is_written_is_read(value, old) -> None:
    try:
        text = dotenv_text.changed(f"B=1\nA={old}\nC=2\n", {"A": value}, "python-dotenv")
    except Unwritable:
        assert re.search(r"\$\{[^}:]*(:-[^}]*)?\}", value)  # which no quotes keep from being replaced
        return
    found = dotenv_values(stream=StringIO(text, newline=""), interpolate=True)
    assert found == {"B": "1", "A": value, "C": "2"}
    assert text.startswith("B=1\nA=")
    assert text.endswith("\nC=2\n")


SHELL = [
    "plain",
    "two words",
    "a$b",
    "a$(b)`c`",
    'say "x"',
    "a#b",
    "CORP\\svc",
    "it's",
    "a\\\\b",
    "!x",
    "a;b",
    "*",
    "~",
    "",
]


@pytest.mark.parametrize("value", SHELL)
def test_what_is_written_is_read_alike_by_a_shell(value, tmp_path) -> None:
    (tmp_path / "env").write_text(dotenv_text.changed("", {"A": value}, "shell"))
    ran = subprocess.run(
        ["sh", "-c", '. ./env; printf %s "$A"'], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout == value


NAME = st.from_regex(r"[A-Z][A-Z0-9_]{0,5}", fullmatch=True)
LINE = st.one_of(
    st.builds(
        "{}={}".format, NAME, st.sampled_from(["1", "a b", "'q # r'", '"d"  # c', "", " # c", '"two\nlines"', "${X}"])
    ),
    st.builds("export {}={}".format, NAME, st.just("x")),
    st.sampled_from(["", "# note", "   # odd", "\t", "NOTHING", "if [ x ]; then"]),
)


@settings(max_examples=300, deadline=None)
@given(
    lines=st.lists(LINE, max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    final=st.booleans(),
    key=NAME,
    value=st.none() | TEXT | HARD,
    data=st.data(),
)
def test_every_other_line_keeps_its_bytes(lines, end, final, key, value, data) -> None:
    text = end.join(lines) + (end if final else "")
    key = data.draw(st.sampled_from([key, *(key for key, _ in dotenv_text.entries(text))]))
    try:
        after = dotenv_text.changed(text, {key: value})
    except Unwritable:
        return
    mine = [line for line in lines if line.removeprefix("export ").partition("=")[0] == key]
    head = "".join(line + end for line in lines[: lines.index(mine[0])]) if mine else text
    tail = text[len(head) + len(mine[0]) :] if mine else ""
    if not mine:
        assert after.startswith(text)
    elif not mine[0].endswith('lines"'):
        assert after.startswith(head)
        assert after.endswith(tail if value is not None else tail.removeprefix(end))
    assert dict(dotenv_text.entries(after)).get(key) == value
