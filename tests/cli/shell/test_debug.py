"""`--debug` logs every request, and no secret: not in any command, and not when a library logs one."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any, cast
from urllib.parse import quote

import pytest
from lab.canary import leaks
from support.commandline import Ran

from reconciler.cli.main import run
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.pipeline.means import Means
from reconciler.pipeline.plan import make
from reconciler.secrets.stores import Secrets
from reconciler.secrets.vault import login as vault_login

COMMANDS = [
    ["validate"],
    ["plan", "--out", "plan.json"],
    ["apply", "--auto-approve"],
    ["drift", "--format", "json"],
    ["verify"],
    ["explain"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_debug_goes_to_stderr_and_shows_no_secret(site: Any, command: list[str]) -> None:
    before, after = site.run("--debug", *command), site.run(*command, "--debug")
    assert (before.code, after.code) == (0 if command[0] not in ("drift",) else 2,) * 2
    if command[0] in ("plan", "apply", "drift"):
        assert "urllib3.connectionpool: " in before.err
        assert "urllib3.connectionpool: " in after.err
        assert "urllib3" not in before.out


def test_debug_in_a_process_of_its_own_shows_no_secret(site: Any) -> None:
    ended = site.spawn("apply", "--auto-approve", "--debug")
    assert ended.code == 0
    assert "urllib3.connectionpool: " in ended.err


def test_what_a_library_logs_of_an_opened_secret_is_hidden(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Secrets._opened

    def talkative(self: Secrets, ref: SecretRef) -> SecretValue:
        value = opened(self, ref)
        text = value.reveal()
        for form in (text, quote(text), repr(text), base64.b64encode(f"\0user\0{text}".encode()).decode()):
            logging.getLogger("requests").debug("sending %s", form)
        return value

    monkeypatch.setattr(Secrets, "_opened", talkative)
    ended = alone(site, monkeypatch, "--debug", "apply", "--auto-approve")
    assert ended.code == 0
    assert ended.err.count("requests: sending ") >= 8
    assert "***" in ended.err


def test_the_token_of_the_environment_is_hidden(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given = vault_login._given_token

    def talkative(*arguments: Any) -> SecretValue:
        token = given(*arguments)
        logging.getLogger("hvac").debug("X-Vault-Token: %s", token.reveal())
        return token

    monkeypatch.setattr(vault_login, "_given_token", talkative)
    ended = alone(site, monkeypatch, "--debug", "plan")
    assert "hvac: X-Vault-Token: ***" in ended.err


def test_a_bug_is_told_with_its_place_and_without_secrets(
    shop: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(land: Any, findings: Any, means: Means, *_: Any, **__: Any) -> Any:
        ref = SecretRef(store="default", path=shop.mail_path(), key="password")
        raise RuntimeError(f"so it is {means.secrets.opener(None).open(ref).reveal()}")

    monkeypatch.setattr(make, "plan", broken)
    monkeypatch.setenv("VAULT_TOKEN", shop.tokens["apply"])
    assert run(["plan"]) == 1
    out, err = capsys.readouterr()
    assert not leaks(out + err)
    assert "RuntimeError: so it is ***" in err
    assert "This is a bug in reconciler" in err


def test_a_bug_is_one_document_with_format_json(shop: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError("something")

    monkeypatch.setattr(make, "plan", broken)
    assert run(["plan", "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["complete"] is False
    assert "this is a bug in reconciler" in data["findings"][0]["what"]


def alone(site: Any, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Ran:
    """Without the log handlers of pytest, which keep what is logged as it is."""
    with monkeypatch.context() as patched:
        patched.setattr(logging.getLogger(), "handlers", [])
        ran: Ran = site.run(*arguments)
        return ran


HOSTILE = logging.makeLogRecord({"name": "requests", "levelno": logging.WARNING, "msg": "\x1b[2Jx\n::error::y\u202e"})


@pytest.mark.parametrize("option", [[], ["--debug"]], ids=["warning", "debug"])
def test_a_library_that_logs_an_answer_moves_no_cursor(
    site: Any, monkeypatch: pytest.MonkeyPatch, option: list[str]
) -> None:
    opened = Secrets._opened

    def talkative(self: Secrets, ref: SecretRef) -> SecretValue:
        # a handler of pytest keeps Python from asking its last resort
        (logging.getLogger() if option else cast(logging.Handler, logging.lastResort)).handle(HOSTILE)
        return opened(self, ref)

    monkeypatch.setattr(Secrets, "_opened", talkative)
    assert "\\x1b[2Jx\n\\x3a:error::y\\u202e\n" in alone(site, monkeypatch, *option, "plan").err
