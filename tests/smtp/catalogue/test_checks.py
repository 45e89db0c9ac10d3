"""The catalogue is whole, its page is what it says, and every check has a fault that it finds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lab.servers.smtp.zoo import CONTROLS, ZOO

from reconciler.cli.main import run
from reconciler.model.handshake import CheckSeverity, Level
from reconciler.smtp.catalogue.checks import CATALOGUE

PAGE = Path(__file__).parents[3] / "docs" / "checks.md"
# found in test_static, test_faults (the connection), test_nodes, test_probe (pins), test_login, test_auth_line,
# test_as_client, test_predicted and test_oauth2
ELSEWHERE = {
    "SMTP001",
    "SMTP002",
    "SMTP100",
    "SMTP105",
    "SMTP210",
    "SMTP301",
    "SMTP304",
    "SMTP306",
    "SMTP310",
    "SMTP320",
    "SMTP321",
    "SMTP322",
    "SMTP323",
    "SMTP324",
    "SMTP325",
    "SMTP900",
}
OF_DNS = {"SMTP010", "SMTP011", "SMTP020", "SMTP021", "SMTP022", "SMTP023"}
NEVER_BAD = {"SMTP211"}
OF_THE_PLATFORM = {"SMTP501"}


def test_every_check_has_a_fault_in_the_zoo() -> None:
    found = {fault.check for fault in (*ZOO.values(), *CONTROLS.values())}
    assert set(CATALOGUE) - found == ELSEWHERE | OF_DNS | NEVER_BAD | OF_THE_PLATFORM


def test_the_zoo_is_large() -> None:
    assert len(ZOO) + len(CONTROLS) >= 80


def test_every_row_says_what_it_proves_and_what_to_do() -> None:
    assert [
        check.id for check in CATALOGUE.values() if not (check.proves and check.advice and check.side_effects)
    ] == []


def test_opt_in_checks_are_those_that_the_other_end_would_notice() -> None:
    off = {check.id for check in CATALOGUE.values() if check.severity is CheckSeverity.OFF}
    assert off == {"SMTP213", "SMTP305", "SMTP402", "SMTP403", "SMTP405"}
    assert all(CATALOGUE[check].side_effects != "none" for check in off)


def test_levels_are_in_the_order_of_a_handshake() -> None:
    order = [Level.STATIC, Level.CONNECT, Level.TLS, Level.AUTH, Level.ENVELOPE, Level.MESSAGE]
    assert sorted(Level, key=lambda level: level.rank) == order


def test_the_page_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    """Else: python -m reconciler checks --format markdown > docs/checks.md"""
    assert run(["checks", "--format", "markdown"]) == 0
    assert PAGE.read_text(encoding="utf-8") == capsys.readouterr().out


def test_the_command_lists_every_check_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    run(["checks", "--format", "json"])
    rows = json.loads(capsys.readouterr().out)["checks"]
    assert [row["id"] for row in rows] == sorted(CATALOGUE)
    assert set(rows[0]) == {"id", "level", "severity", "title", "proves", "advice", "side_effects"}


def test_the_command_lists_every_check_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    run(["checks"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["id", "level", "severity", "title"]
    assert "SMTP206  tls       fail      The certificate is valid today and for 30 days" in lines
    assert len(lines) == len(CATALOGUE) + 1
