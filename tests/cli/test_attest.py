"""A console that nobody but a person can read and write: work orders, attestations, and what ends them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

import pytest
from lab.servers import fake
from support.site import Site

from reconciler.cli.main import run
from reconciler.errors import PlatformUnreachable, SecretMissing, StateError
from reconciler.model.attestation import ConsoleEvent, Guide, Line
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Value
from reconciler.secrets.stores import Secrets
from reconciler.state.folder import FileState

FARM = "dev/crm:farm"
SETTINGS = (
    "{host: %s, port: 587, encryption: starttls, auth: basic, username: u, password: {env: PW, version: %s}, "
    "verify: {from: nowhere}}"
)
ALLOWED = ("--allow", "unverified")


def lines(changes: Mapping[str, Value]) -> tuple[Line, ...]:
    labels = {"host": "SMTP Server", "port": "SMTP Port", "password": "Password"}
    return tuple(
        Line(page="Administration > Email", label=labels.get(field, field), value=value)
        for field, value in changes.items()
    )


@pytest.fixture(autouse=True)
def crm(fake_site: Site, world: fake.World, monkeypatch: pytest.MonkeyPatch) -> fake.Installation:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("PW", "s3cret-of-the-test")
    monkeypatch.setenv("USER", "anna")
    fake_site.stage("dev")
    declare(fake_site, "smtp.example.com", 1)
    there = world.of("crm")
    there.guide = Guide(product="Acme Console", url="https://crm.example.com", lines=lines)
    return there


def declare(site: Site, host: str, version: int) -> None:
    site.target("dev/crm", f"farm: {SETTINGS % (host, version)}\n", "crm")


def apply() -> int:
    return run(["apply", "--auto-approve", *ALLOWED])


def test_apply_hands_a_work_order_over_and_writes_nothing(
    crm: fake.Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert apply() == 5
    said = capsys.readouterr().out
    assert "TODO  farm  handed over host, port, encryption, auth, username, password" in said
    assert "to do by hand in Acme Console" in said
    assert "SMTP Server   smtp.example.com" in said
    assert "the secret env PW" in said
    assert "when it is saved: reconciler attest dev/crm:farm" in said
    assert "handed over 1" in said.splitlines()[-1]
    assert "s3cret-of-the-test" not in said
    assert crm.written == []


def test_a_work_order_is_data_too(capsys: pytest.CaptureFixture[str]) -> None:
    run(["apply", "--auto-approve", *ALLOWED, "--format", "json"])
    (outcome,) = json.loads(capsys.readouterr().out)["outcomes"]
    assert outcome["status"] == "handed over"
    assert outcome["order"]["url"] == "https://crm.example.com"
    assert outcome["order"]["lines"][0] == {
        "page": "Administration > Email",
        "label": "SMTP Server",
        "value": "smtp.example.com",
    }


def test_nobody_reads_a_guided_console(crm: fake.Installation) -> None:
    def read() -> None:
        raise AssertionError("it was read")

    crm.on_read = read
    assert run(["plan", "--detailed-exitcode"]) == 2


def test_what_nobody_has_looked_at_is_unknown_and_not_unset(capsys: pytest.CaptureFixture[str]) -> None:
    run(["plan"])
    said = capsys.readouterr().out
    assert "unknown → smtp.example.com" in said
    assert "(not set)" not in said
    assert "by hand, with a work order; never attested" in said


def test_attested_is_told_as_attested_and_not_as_in_sync(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["attest", FARM, "--test", "passed"]) == 0
    assert capsys.readouterr().out == "dev/crm:farm: attested, its own test passed, by anna, password v1\n"
    assert [run(["plan", "--detailed-exitcode"]), run(["drift"]), apply()] == [0, 0, 0]
    said = capsys.readouterr().out
    assert "No changes; 1 attested." in said
    assert "No drift. 0 resources in sync, 1 attested." in said


def test_an_attestation_is_in_the_journal_with_what_was_attested(
    fake_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["attest", FARM, "--test", "failed", "--by", "ben"])
    declare(fake_site, "new.example.com", 2)
    run(["attest", FARM])
    capsys.readouterr()
    assert run(["history", "dev", "--verify"]) == 0
    first, second = (part.splitlines() for part in capsys.readouterr().out.split("1 attested")[1:])
    assert [line.strip() for line in first[2:9]] == [
        f"{FARM}  attested",
        "host: (not set) → smtp.example.com",
        "port: (not set) → 587",
        "encryption: (not set) → starttls",
        "auth: (not set) → basic",
        "username: (not set) → u",
        "password: unknown → v1",
    ]
    assert [line.strip() for line in first[9:11]] == ["on the word of ben", "proof: own test failed"]
    assert [line.strip() for line in second[2:6]] == [
        f"{FARM}  attested",
        "host: smtp.example.com → new.example.com",
        "password: v1 → v2",
        "on the word of anna",
    ]


def test_an_attestation_that_the_state_did_not_take_is_no_attestation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise StateError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(FileState, "save", full)
        assert run(["attest", FARM]) == 1
    run(["history", "dev"])
    said = capsys.readouterr().out
    assert "nothing was written (incomplete)" in said
    assert f"{FARM}  nobody knows what became of it" in said
    assert [run(["plan", "--detailed-exitcode"]), run(["locks"])] == [2, 0]


def test_a_changed_declaration_asks_again(fake_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    run(["attest", FARM, "--by", "ben"])
    declare(fake_site, "new.example.com", 1)
    assert run(["drift"]) == 2
    said = capsys.readouterr().out
    assert "dev/crm:farm   attested today by ben; changed in git: apply, then attest" in said
    assert "0 of 1 resource drifted, 1 to attest, 0 in sync." in said


def test_a_rotated_secret_asks_again(fake_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    run(["attest", FARM])
    declare(fake_site, "smtp.example.com", 2)
    assert run(["plan", "--detailed-exitcode"]) == 2
    assert "v1 → v2" in capsys.readouterr().out


def test_a_secret_file_that_is_changed_asks_again(fake_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    file = fake_site.folder / "pw"
    file.write_text("s3cret-of-the-test", encoding="utf-8")
    os.utime(file, ns=(1_700_000_000_000_000_001, 1_700_000_000_000_000_001))
    fake_site.target(
        "dev/crm", f"farm: {SETTINGS % ('smtp.example.com', 1)}\n".replace("env: PW, version: 1", "file: pw"), "crm"
    )
    run(["attest", FARM])
    assert run(["plan", "--detailed-exitcode"]) == 0
    assert "rotation-undetectable" not in capsys.readouterr().out
    file.write_text("s3cret-of-the-tesT", encoding="utf-8")
    os.utime(file, ns=(1_700_000_000_000_000_002, 1_700_000_000_000_000_002))
    assert run(["drift"]) == 2
    assert "its file was changed 2023-11-14 22:13 UTC" in capsys.readouterr().out
    file.unlink()  # a machine that has no such file cannot tell
    assert run(["drift"]) == 0


def test_a_file_of_a_declared_version_counts_by_that(fake_site: Site) -> None:
    file = fake_site.folder / "pw"
    file.write_text("s3cret-of-the-test", encoding="utf-8")
    fake_site.target("dev/crm", f"farm: {SETTINGS % ('smtp.example.com', 1)}\n".replace("env: PW", "file: pw"), "crm")
    run(["attest", FARM])
    os.utime(file, ns=(1, 1))
    assert run(["drift"]) == 0


@pytest.mark.parametrize(
    ("days", "tested", "rule"),
    [(-1, [], "attestation-expired"), (None, ["--test", "failed"], "attested-test-failed")],
    ids=["expired", "test failed"],
)
def test_an_attestation_that_counts_no_more(
    crm: fake.Installation, days: int | None, tested: list[str], rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    crm.guide = Guide(product="Acme Console", lines=lines, days=days)
    run(["attest", FARM, *tested])
    assert run(["drift"]) == 2
    said = capsys.readouterr().out
    assert f"! {rule}: " in said
    assert f"reconciler attest {FARM}" in said


def test_a_change_in_the_products_own_log_is_possibly_drift(
    crm: fake.Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    def events(opener: Opener, since: str) -> tuple[ConsoleEvent, ...]:
        return (ConsoleEvent(at="2999-01-01T08:00:00Z", by="mallory", what="Email Settings"),)

    crm.guide = Guide(product="Acme Console", lines=lines, events=events)
    assert run(["attest", FARM]) == 0
    assert run(["drift"]) == 2
    said = capsys.readouterr().out
    assert "! possibly-drifted: mallory changed Email Settings on 2999-01-01 08:00 UTC, after it was attested" in said


@pytest.mark.parametrize(
    ("error", "told"),
    [(PlatformUnreachable("no answer", fix="start it"), "no answer"), (ZeroDivisionError(), "ZeroDivisionError in")],
    ids=["away", "a bug"],
)
def test_a_log_that_cannot_be_read_leaves_what_was_attested(
    fake_site: Site, crm: fake.Installation, error: Exception, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def events(opener: Opener, since: str) -> tuple[ConsoleEvent, ...]:
        raise error

    crm.guide = Guide(product="Acme Console", lines=lines, events=events)
    assert run(["plan"]) == 0  # nothing attested: nothing to ask
    run(["attest", FARM])
    capsys.readouterr()
    assert [run(["plan", "--detailed-exitcode"]), run(["drift"])] == [0, 0]
    said = capsys.readouterr().out
    assert said.count("changes-not-told: who changed it since ") == 2
    assert said.count(f"is not known: {told}") + said.count(f"is not known: dev/crm: {told}") == 2
    assert "No changes; 1 attested." in said
    declare(fake_site, "new.example.com", 1)
    assert run(["plan", "--detailed-exitcode"]) == 2
    assert "smtp.example.com → new.example.com" in capsys.readouterr().out


def test_only_what_a_person_writes_can_be_attested(crm: fake.Installation, capsys: pytest.CaptureFixture[str]) -> None:
    crm.guide = None
    assert run(["attest", FARM]) == 3
    assert "reconciler apply --select dev/crm" in capsys.readouterr().err


def test_a_wrong_address_gets_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["attest", "dev/crm:fram"]) == 64
    assert "did you mean dev/crm:farm?" in capsys.readouterr().err


def test_a_work_order_as_markdown_is_a_table_to_tick_off(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", "--auto-approve", *ALLOWED, "--format", "markdown"]) == 5
    said = capsys.readouterr().out
    assert said.startswith("**Applied 0, handed over 1")
    assert "### By hand in Acme Console: `dev/crm:farm`\n\nAt `https://crm.example.com`" in said
    assert "| `SMTP Server` | `smtp.example.com` |" in said
    assert said.endswith("When it is saved:\n\n```sh\nreconciler attest dev/crm:farm\n```\n")


def test_a_relay_that_fails_gets_no_work_order(fake_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    nobody = "{host: 127.0.0.1, port: 1, encryption: none, auth: none, verify: {level: connect}}"
    fake_site.target("dev/crm", f"farm: {nobody}\n", "crm")
    assert run(["apply", "--auto-approve"]) == 5
    said = capsys.readouterr().out
    assert "FAIL  farm" in said
    assert "to do by hand" not in said


def test_an_empty_address_is_a_wrong_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["attest", ""]) == 64
    assert "the empty address: no such resource is declared" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", " ", "anna\nprod/crm:farm: attested", "anna\x1b[31m"])
def test_a_name_stands_in_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["attest", FARM, "--by", name]) == 64
    assert "--by: not a name" in capsys.readouterr().err
    assert run(["plan"]) == 0
    assert "never attested" in capsys.readouterr().out


def test_a_version_that_the_store_does_not_tell_is_no_mistake_in_the_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def away(secrets: Secrets, ref: SecretRef) -> SecretVersion:
        raise SecretMissing("the store is away")

    monkeypatch.setattr(Secrets, "version", away)
    assert run(["attest", FARM]) == 1
    assert "the store is away" in capsys.readouterr().err


def test_what_was_handed_over_is_attested_and_not_what_is_declared_by_then(
    fake_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    apply()
    declare(fake_site, "new.example.com", 2)  # merged, and rotated, while somebody was typing
    assert run(["attest", FARM]) == 0
    assert "password v1" in capsys.readouterr().out
    assert run(["plan", "--detailed-exitcode"]) == 2
    said = capsys.readouterr().out
    assert "smtp.example.com → new.example.com" in said
    assert "v1 → v2" in said


def test_a_work_order_alone_says_nothing_of_the_console(capsys: pytest.CaptureFixture[str]) -> None:
    apply()
    run(["plan"])
    said = capsys.readouterr().out
    assert "unknown → smtp.example.com" in said
    assert "never attested" in said


def test_a_work_order_that_cannot_be_kept_is_not_handed_over(
    fake_site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise StateError("no space left for the state", fix="free some")

    monkeypatch.setattr(type(fake_site.state), "save", full)
    assert apply() == 5
    said = capsys.readouterr().out
    assert "no space left for the state" in said
    assert "to do by hand" not in said
