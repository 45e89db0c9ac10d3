"""The platform admin-page: its files, and a change from plan to page. The rest is the contract's."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from lab.subjects import admin_page as subjects

from reconciler.model.settings import Present
from reconciler.pipeline import declaration
from reconciler.platforms import admin_page
from reconciler.testing import Trial

MAP = subjects.MAP.read_text(encoding="utf-8")
TARGET = """\
platform: admin-page
connection:
  url: https://tickets.example.com
  page_map: maps/tickets.yaml
  username: reconciler
  password: {env: PW}
settings: {SETTINGS}
"""


def said(folder: Path, *, text: str = MAP, settings: str = "host: smtp.example.com", where: str = "maps") -> list[str]:
    """What `validate` says, a line each, with its place."""
    files = {
        "environments/reconciler.yaml": "version: 1\n",
        "environments/dev/environment.yaml": "order: 10\nverify: {from: nowhere}\n",
        "environments/dev/tickets.yaml": TARGET.replace("SETTINGS", settings),
        f"{where}/tickets.yaml": text,
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    found = declaration.judged(folder / "environments", base=folder, today="2026-11-20")
    return [f"{str(one.where).removeprefix(str(folder) + '/')}: {one.what}" for one in found.findings]


@pytest.fixture
def fine(tmp_path: Path) -> str:
    """A declaration that holds, whatever else it needs."""
    return "host: smtp.example.com, port: 587, encryption: starttls, auth: none, sender: {address: a@example.com}"


def test_a_page_map_and_settings_by_its_names_are_valid(tmp_path: Path, fine: str) -> None:
    assert said(tmp_path, settings=fine + ", footer: Bye") == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("type: text}", "type: txt}", "maps/tickets.yaml:16:40: type: expected one of text, number"),
        ("heading: Mail", "headings: Mail", "maps/tickets.yaml:14:5: headings: unknown key"),
        ("    save: Save\n", "", "maps/tickets.yaml:12:3: save: missing"),
        ("page: /login", "page: login", "maps/tickets.yaml:5:9: page: 'login'"),
    ],
)
def test_a_mistake_in_a_page_map_is_told_with_its_place(
    tmp_path: Path, fine: str, old: str, new: str, line: str
) -> None:
    found = said(tmp_path, text=MAP.replace(old, new, 1), settings=fine)

    assert [one[: len(line)] for one in found] == [line]


def test_a_page_map_that_is_not_there_is_told_where_it_is_named(tmp_path: Path, fine: str) -> None:
    found = said(tmp_path, settings=fine, where="other")

    assert found == ["environments/dev/tickets.yaml:4:13: page_map: maps/tickets.yaml: no such file"]


def test_a_page_map_lies_beside_the_files(tmp_path: Path, fine: str) -> None:
    (tmp_path / "maps").symlink_to("/etc")
    (tmp_path / "inside").mkdir()

    found = said(tmp_path, settings=fine, where="inside")

    assert found == ["environments/dev/tickets.yaml:4:13: page_map: maps/tickets.yaml is outside this folder"]


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ("host: a.example.com, hots: b", "hots"),
        (
            "host: a.example.com, footer: {env: PW, version: 1}",
            "a secret, but its field in the page map has type text",
        ),
    ],
)
def test_what_the_page_map_cannot_take_is_an_error(tmp_path: Path, settings: str, what: str) -> None:
    assert any(what in one for one in said(tmp_path, settings=settings))


def test_a_literal_password_is_an_error_that_does_not_print_it(tmp_path: Path) -> None:
    text = MAP.replace("footer: {label: Footer, type: text}", "token: {label: Token, type: password}")

    found = said(tmp_path, text=text, settings="host: a.example.com, token: c4n4ry-literal")

    assert any("token" in one for one in found)
    assert not any("c4n4ry" in one for one in found)


def test_a_plan_reads_the_page_and_apply_writes_only_what_differs(tmp_path: Path) -> None:
    with subjects.subject(tmp_path / "subject") as subject:
        trial = Trial(subject=subject, folder=tmp_path / "contract")
        trial.declare({"settings": {"host": "smtp.example.com", "port": 25, "encryption": "none", "auth": "none"}})
        live = trial.live(trial.read())

        trial.apply(trial.plan())

        (before,) = live.values()
        assert isinstance(before, Present)
        assert (before.settings["encryption"], before.settings["footer"]) == ("none", "Sent by Tickets")
        assert subject.console.posted[-1]["host"] == "smtp.example.com"
        assert subject.unmanaged() == "Sent by Tickets"
        assert subject.console.sessions == set()


def test_a_pages_own_test_that_fails_ends_the_write(tmp_path: Path) -> None:
    with subjects.subject(tmp_path / "subject") as subject:
        press = "<button type=button onclick='r.textContent = \"Relay refused.\"'>Try</button><p id=r class=bad></p>"
        subject.console.body = subject.console.body.replace("<button>Save", press + "<button>Save")
        trial = Trial(subject=subject, folder=tmp_path / "contract")
        file = trial.folder / "maps/tickets.yaml"
        file.write_text(MAP + "    test: {press: Try, passed: {text: Sent.}, failed: {css: .bad}}\n", encoding="utf-8")
        trial.declare({"settings": {"host": "smtp.example.com", "port": 25, "encryption": "none", "auth": "none"}})

        (outcome,) = trial.apply(trial.plan())

        assert outcome.error
        assert "the page's own test failed, and nothing was saved: Relay refused." in outcome.error.what
        assert subject.console.posted == []


def test_a_person_gets_the_same_map_as_a_work_order() -> None:
    connection = {"url": "https://tickets.example.com", "page_map": yaml.safe_load(MAP), "driver": "guided"}
    guide = admin_page.guide(connection)

    assert guide
    assert guide.product == "Tickets 4"
    assert [
        (one.page, one.label, one.value) for one in guide.lines({"encryption": "tls", "host": "a.example.com"})
    ] == [
        ("Mail", "SMTP server", "a.example.com"),
        ("Mail", "Encryption", "SSL/TLS"),
    ]


def test_a_person_needs_no_account(tmp_path: Path, fine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    guided = TARGET.replace("  username: reconciler\n  password: {env: PW}\n", "  driver: guided\n")
    monkeypatch.setitem(globals(), "TARGET", guided)
    assert said(tmp_path, settings=fine) == []
