"""`doctor`: what is told of one target, and that nothing is written and no mail secret is opened for it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from lab.servers import fake
from lab.subjects import admin_page as subjects
from support.site import Site

from reconciler.cli.main import run
from reconciler.model.attestation import Guide
from reconciler.model.finding import Finding, Severity


@pytest.fixture
def crm(fake_site: Site, world: fake.World) -> fake.Installation:
    fake_site.stage("dev")
    fake_site.target("dev/crm", "mail_servers: {main: {priority: 10}}", "crm")
    there = world.of("crm")
    there.put("mail_servers[main]", priority=5)
    there.put("mail_servers[other]", mark=False)
    return there


def test_a_target_that_answers_has_no_problems(crm: fake.Installation, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "dev/crm"]) == 0
    assert capsys.readouterr().out == (
        "dev/crm (fake)\n  ok    read      1 resource, and 1 undeclared\n\nNo problems.\n"
    )
    assert crm.written == []


def test_a_target_that_does_not_answer_says_why_and_what_to_do(
    crm: fake.Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    crm.on_read = fake.unreachable
    assert run(["doctor", "dev/crm"]) == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  FAIL  connect   no answer from the fake",
        "        fix: start it",
        "",
        "1 problem.",
    ]


def test_a_wrong_target_gets_the_nearest(crm: fake.Installation, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "dev/cmr"]) == 64
    assert "did you mean dev/crm?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "fix"), [("dev/crm:farm", "did you mean dev/crm?"), ("qa/", "<environment>/<target>")]
)
def test_what_is_no_name_of_a_target_is_not_made_one(
    name: str, fix: str, crm: fake.Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor", name]) == 64
    assert fix in capsys.readouterr().err.partition("fix:")[2]


def test_a_console_that_only_people_look_at_is_left_alone(
    crm: fake.Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    crm.guide = Guide(product="Acme Console", lines=lambda changes: ())
    crm.on_read = fake.unreachable
    assert run(["doctor", "dev/crm"]) == 0
    assert "!     by hand   only people look at this console" in capsys.readouterr().out


def test_a_warning_is_neither_well_nor_a_problem(
    crm: fake.Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    crm.findings = (Finding(severity=Severity.WARNING, rule="odd", what="looks odd", fix="look"),)
    assert run(["doctor", "dev/crm"]) == 0
    assert "  !     odd       looks odd\n        fix: look\n\nNo problems.\n" in capsys.readouterr().out


def test_on_a_pull_request_it_refuses(crm: fake.Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    assert run(["doctor", "dev/crm"]) == 64


@pytest.fixture
def tickets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subjects.AdminPageSubject]:
    """A console in a real browser, declared in the current folder."""
    with subjects.subject(tmp_path / "subject") as subject:
        home = tmp_path / "home"
        root = home / "environments"
        (home / "maps").mkdir(parents=True)
        (home / "maps/tickets.yaml").write_text(subjects.MAP.read_text("utf-8"), encoding="utf-8")
        (root / "dev").mkdir(parents=True)
        (root / "reconciler.yaml").write_text("version: 1\n", encoding="utf-8")
        (root / "dev/environment.yaml").write_text("order: 10\nverify: {from: nowhere}\n", encoding="utf-8")
        target = {"platform": "admin-page", "connection": {**subject.connection, "page_map": "maps/tickets.yaml"}}
        text = yaml.safe_dump({**target, "settings": {"host": "a.example.com"}})
        (root / "dev/tickets.yaml").write_text(text, encoding="utf-8")
        monkeypatch.chdir(home)
        for name, value in subject.environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("MAIL_PASSWORD")  # a mail secret: nobody may want it
        yield subject


def test_every_label_of_the_map_is_shown_beside_the_page(
    tickets: subjects.AdminPageSubject, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor", "dev/tickets"]) == 0
    said = capsys.readouterr().out
    assert re.search(
        r"^  ok    reached   http://127\.0\.0\.1:\d+, without TLS, connected in \d+ ms$", said, re.MULTILINE
    )
    assert "ok    login     as reconciler at Tickets 4, signed in once and out again" in said
    assert (
        "ok    labels    6 fit on 1 page, which this account may open; 2 not shown with the values it has now" in said
    )
    assert "ok    write     Save can be pressed; whether it saves cannot be told without writing" in said
    assert "ok    version   not told; the page map was made for any version" in said
    assert re.search(r"^  ok  mail  SMTP server +host +text +for \(text\)$", said, re.MULTILINE)
    assert tickets.console.posted == []


def test_a_label_that_moved_is_found_by_name(
    tickets: subjects.AdminPageSubject, capsys: pytest.CaptureFixture[str]
) -> None:
    tickets.console.body = tickets.console.body.replace(">Sender<", ">From address<")
    assert run(["doctor", "dev/tickets", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["label"] for one in found["labels"] if not one["ok"]] == ["Sender"]
    (labels,) = [one for one in found["examined"] if one["what"] == "labels"]
    assert labels["fix"] == "correct the labels in a copy of the map, and name it in connection.page_map"


def test_trace_lists_paths_and_keys_and_no_value(
    tickets: subjects.AdminPageSubject, capsys: pytest.CaptureFixture[str]
) -> None:
    script = "<script>fetch('/api/mail', {headers: {accept: 'application/json'}})</script>"
    tickets.console.body = tickets.console.body.replace("<h1>", f"{script}<h1>")
    run(["doctor", "dev/tickets", "--trace"])
    said = capsys.readouterr().out
    assert "GET   /api/mail" in said
    assert tickets.environ["CONSOLE_PASSWORD"] not in said


def test_a_save_that_is_locked_is_told(tickets: subjects.AdminPageSubject, capsys: pytest.CaptureFixture[str]) -> None:
    tickets.console.body = tickets.console.body.replace("<button>Save", "<button disabled>Save")
    assert run(["doctor", "dev/tickets"]) == 0
    assert "!     write     Save is locked on mail: this account may only look" in capsys.readouterr().out


@pytest.mark.parametrize("trace", [[], ["--trace"]])
def test_a_trace_without_requests_says_so(
    tickets: subjects.AdminPageSubject, trace: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run(["doctor", "dev/tickets", *trace])
    assert ("what the pages requested: nothing but their own files" in capsys.readouterr().out) is bool(trace)


def test_a_trace_of_what_is_no_console_says_so(crm: fake.Installation, capsys: pytest.CaptureFixture[str]) -> None:
    run(["doctor", "dev/crm", "--trace"])
    assert "!     trace     nothing to list: no page of a console was read in a browser" in capsys.readouterr().out


def test_a_login_that_is_refused_is_one_problem(
    tickets: subjects.AdminPageSubject, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONSOLE_PASSWORD", "another-0ne")
    assert run(["doctor", "dev/tickets"]) == 1
    said = capsys.readouterr().out
    assert "ok    reached" in said
    assert "FAIL  login     dev/tickets: the login was refused" in said
    assert "another-0ne" not in said
