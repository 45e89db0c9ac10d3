from __future__ import annotations

import pytest

from reconciler.views.paper import Paper, Row, columns, cut, plural


def test_colour_never_stands_alone() -> None:
    assert Paper(color=True).paint("failed", "error") == "\x1b[31mfailed\x1b[0m"
    assert Paper(color=False).paint("failed", "error") == "failed"


def test_a_terminal_without_unicode_gets_ascii() -> None:
    assert Paper(unicode=False).finish("a → b … Zürich") == "a -> b ... Z\\xfcrich"


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [("short", 5, "short"), ("0123456789", 7, "0123…89"), ("0123456789", 4, "0123456789")],
    ids=["fits", "loses its middle", "too narrow to cut"],
)
def test_cut(text: str, width: int, expected: str) -> None:
    assert cut(text, width) == expected


def test_plural() -> None:
    assert [plural(1, "risk"), plural(2, "risk"), plural(0, "entry", "entries")] == ["1 risk", "2 risks", "0 entries"]


def test_columns_align() -> None:
    rows = [
        Row(name="host", value="a.example.com", place="env.yaml:1", near="1"),
        Row(name="p", value="b", place="c", near=""),
    ]
    assert columns(rows, 80, "  ") == ["  host   a.example.com  env.yaml:1", "  p      b              c"]


def test_narrow_columns_give_up_the_place_before_the_value() -> None:
    row = Row(name="host", value="x" * 30, place="environments/prod/environment.yaml:1", near="env:1")
    assert columns([row], 50, "") == [f"host   {'x' * 30}  env:1"]
    assert columns([row], 30, "") == [f"host   {cut('x' * 30, 20)}  env:1"]


def test_no_rows_are_no_lines() -> None:
    assert columns([], 80, "") == []


def test_long_lines_are_wrapped_at_spaces_on_a_terminal() -> None:
    paper = Paper(width=40, wrapped=True)
    said = "    why: the file names a platform that nobody has ever heard of\n"
    assert paper.finish(said) == "    why: the file names a platform that\n        nobody has ever heard of\n"
    assert Paper(width=40).finish(said) == said


@pytest.mark.parametrize(
    "line",
    ["Apply with: reconciler apply plan.json --allow secret-to-new-host", "x" * 50, "\x1b[1m" + "y" * 40 + "\x1b[0m"],
)
def test_a_command_and_a_long_word_stay_whole(line: str) -> None:
    assert Paper(width=40, wrapped=True).finish(line) == line
