"""What `doctor` found out, on paper of any width."""

from __future__ import annotations

from reconciler.model.checkup import Checkup, Examined, Label
from reconciler.views import doctor as view
from reconciler.views.paper import Paper

LONG = "Redirect Emails to Test List or Redirect Emails To Test List"


def checkup(label: str) -> Checkup:
    one = Label(
        page="environment",
        label=label,
        setting="test_list.active",
        type="checkbox",
        found=1,
        how="next cell (checkbox)",
    )
    return Checkup(unit="dev/o11", kind="outsystems-o11", examined=(), labels=(one,))


def rows(label: str, paper: Paper) -> list[str]:
    return view.text(checkup(label), paper).splitlines()[2:4]


def test_a_terminal_gets_a_table_that_fits_it() -> None:
    head, row = rows(LONG, Paper(width=80, wrapped=True))

    assert (len(row), row.endswith("  next cell (checkbox)")) == (80, True)
    assert head.split() == ["label", "on", "the", "page"]


def test_a_table_that_fits_keeps_its_columns() -> None:
    head, _ = rows("Username", Paper(width=90, wrapped=True))

    assert head.split() == ["page", "label", "setting", "type", "on", "the", "page"]


def test_a_pipe_gets_everything() -> None:
    _, row = rows(LONG, Paper())

    assert LONG in row


def test_what_fails_alike_is_told_once() -> None:
    lost = [Examined(what=f"dev/{n}", ok=False, said="login: the token is rejected", fix="log in") for n in "abc"]
    other = Examined(what="dev/d", ok=False, said="login: the password is refused", fix="log in")
    fine = [Examined(what=f"dev/{n}", ok=True, said="reached") for n in "ef"]
    targets = Checkup(
        unit="targets", kind="4 of 6 with problems", examined=(lost[0], fine[0], other, *lost[1:], fine[1])
    )

    assert view.text(targets, Paper()) == (
        "targets (4 of 6 with problems)\n"
        "  FAIL  dev/a and 2 more  login: the token is rejected\n"
        "        also: dev/b, dev/c\n"
        "        fix: log in\n"
        "  ok    dev/e             reached\n"
        "  FAIL  dev/d             login: the password is refused\n"
        "        fix: log in\n"
        "  ok    dev/f             reached\n"
        "\n"
        "4 problems.\n"
    )
