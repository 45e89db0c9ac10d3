from __future__ import annotations

import pytest

from reconciler.views.paper import Paper, Row, columns, cut, plural


def test_colour_never_stands_alone() -> None:
    paper = Paper(color=True)
    assert paper.finish([paper.paint("failed", "error")]) == "\x1b[31mfailed\x1b[0m\n"
    assert Paper(color=False).paint("failed", "error") == "failed"


def test_text_from_outside_has_no_colour_of_its_own() -> None:
    assert Paper(color=True).finish(["\x1b[31mred\x1b[0m", "\ufdd0"]) == "\\x1b[31mred\\x1b[0m\n\\ufdd0\n"


def test_a_terminal_without_unicode_gets_ascii() -> None:
    assert Paper(unicode=False).finish(["a → b … Zürich"]) == "a -> b ... Z\\xfcrich\n"


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
    assert columns(rows, Paper(width=80), "  ") == ["  host   a.example.com  env.yaml:1", "  p      b              c"]


def test_narrow_columns_give_up_the_place_before_the_value() -> None:
    row = Row(name="host", value="x" * 30, place="environments/prod/environment.yaml:1", near="env:1")
    assert columns([row], Paper(width=50), "") == [f"host   {'x' * 30}  env:1"]
    assert columns([row], Paper(width=30, wrapped=True), "") == [f"host   {cut('x' * 30, 20)}  env:1"]


def test_in_a_pipe_no_value_is_cut() -> None:
    row = Row(name="host", value="x" * 200, place="env:1", near="1")
    assert columns([row], Paper(), "") == [f"host   {'x' * 200}  1"]


def test_no_rows_are_no_lines() -> None:
    assert columns([], Paper(), "") == []


def test_long_lines_are_wrapped_at_spaces_on_a_terminal() -> None:
    paper = Paper(width=40, wrapped=True)
    said = "    why: the file names a platform that nobody has ever heard of"
    assert paper.finish([said]) == "    why: the file names a platform that\n        nobody has ever heard of\n"
    assert Paper(width=40).finish([said]) == f"{said}\n"


@pytest.mark.parametrize(
    "line",
    [
        "Apply with: reconciler apply plan.json --allow secret-to-new-host",
        "x" * 50,
        Paper(color=True).paint("y" * 40, "bold"),
    ],
    ids=["command", "word", "painted"],
)
def test_a_command_and_a_long_word_stay_whole(line: str) -> None:
    assert Paper(width=40, wrapped=True).finish([line]) == Paper().finish([line])
