"""What a person on a terminal sees and answers; and what pipes, poor terminals and poor encodings get."""

from __future__ import annotations

import os
import subprocess
from typing import Any

import pytest
from lab import canary
from lab.canary import leaks
from support.commandline import MODULE, surroundings
from support.terminal import Terminal

PROMPT = "Apply this plan? Type yes to confirm"


def terminal(site: Any, *arguments: str, **environment: str) -> Terminal:
    return Terminal(*arguments, folder=site.folder, environment=site.environment() | environment)


def test_yes_at_the_prompt_applies(shop: Any) -> None:
    with terminal(shop, "apply") as screen:
        screen.wait_for(PROMPT)
        screen.type("yes\n")
        code = screen.end()
    assert code == 0
    assert "Applied 1, failed 0, not attempted 0" in screen.seen
    assert shop.run("drift").code == 0
    assert not leaks(screen.seen)


@pytest.mark.parametrize("answer", ["no\n", "\n", "y\n", "YES\n"], ids=["no", "enter", "y", "YES"])
def test_anything_but_yes_at_the_prompt_writes_nothing(shop: Any, answer: str) -> None:
    with terminal(shop, "apply") as screen:
        screen.wait_for(PROMPT)
        screen.type(answer)
        code = screen.end()
    assert code == 130, screen.seen[-1500:]
    assert "Cancelled; nothing was written." in screen.seen
    assert "old-relay" in shop.land.app().read_text("utf-8")


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_ctrl_c_and_ctrl_d_at_the_prompt_write_nothing(shop: Any, key: str) -> None:
    with terminal(shop, "apply") as screen:
        screen.wait_for(PROMPT)
        screen.type(key)
        code = screen.end(insist=key)
    assert code == 130, screen.seen[-1500:]
    assert "nothing was written" in screen.seen
    assert "Traceback" not in screen.seen
    assert "old-relay" in shop.land.app().read_text("utf-8")


def test_nobody_is_asked_when_there_is_nothing_to_do(shop: Any) -> None:
    shop.run("apply", "--auto-approve")
    with terminal(shop, "apply") as screen:
        assert screen.end() == 0
    assert PROMPT not in screen.seen
    assert "No changes; 1 in sync." in screen.seen


def test_ci_is_nobody_to_ask_even_on_a_terminal(shop: Any) -> None:
    with terminal(shop, "apply", CI="true", RECONCILER_TRUSTED="1") as screen:
        assert screen.end() == 64
    assert "apply needs a confirmation, and there is no terminal" in screen.seen


def test_a_terminal_gets_colours(shop: Any) -> None:
    with terminal(shop, "plan") as screen:
        assert screen.end() == 0
    assert "\x1b[" in screen.seen


@pytest.mark.parametrize(
    ("command", "poor"),
    [
        (["plan"], {"NO_COLOR": "1"}),
        (["apply", "--auto-approve"], {"NO_COLOR": "1"}),
        (["verify"], {"NO_COLOR": "1"}),
        (["plan"], {"TERM": "dumb"}),
        (["validate"], {"TERM": "dumb"}),
    ],
    ids=str,
)
def test_a_terminal_that_wants_no_colours_gets_none(shop: Any, command: list[str], poor: dict[str, str]) -> None:
    with terminal(shop, *command, **poor) as screen:
        assert screen.end() in (0, 2)
    assert "\x1b" not in screen.seen


@pytest.mark.parametrize(
    "arguments", [["plan"], ["plan", "--format", "json"], ["--help"], ["plan", "--root", "none"]], ids=" ".join
)
def test_a_reader_that_leaves_gets_no_traceback(shop: Any, arguments: list[str]) -> None:
    code, err = to_nobody(shop, *arguments)
    assert code in (0, 1, 3)
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    assert "Broken pipe" not in err


def test_apply_goes_on_when_its_reader_leaves(site: Any) -> None:
    site.run("plan", "--out", "plan.json")
    code, err = to_nobody(site, "apply", "plan.json")
    assert (code, err) == (0, "")
    assert site.run("drift").out == "No drift. 2 resources in sync.\n"


def to_nobody(site: Any, *arguments: str) -> tuple[int, str]:
    """Like `| head` after head has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    environment = surroundings(site.environment())
    with os.fdopen(writing, "wb") as out:
        done = subprocess.run(
            [*MODULE, *arguments],
            cwd=site.folder,
            env=environment,
            stdout=out,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    return done.returncode, done.stderr.decode()


@pytest.fixture
def umlauts(site: Any) -> Any:
    site.land.documents["dev/openspp.yaml"]["mail_servers"]["main"]["sender"] = {"name": "Größe → 名"}
    site.land.documents["dev/openspp.yaml"]["paused"] = {"reason": "Größe → 名", "until": "2999-01-01"}
    site.land.write()
    return site


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["plan"],
        ["plan", "--format", "json"],
        ["apply", "--auto-approve"],
        ["apply", "--auto-approve", "--format", "json"],
        ["drift"],
        ["verify"],
        ["explain"],
        ["validate"],
        ["--help"],
        ["plan", "--help"],
        ["plan", "--select", "ü"],
    ],
    ids=" ".join,
)
def test_a_stream_that_knows_no_unicode_gets_ascii(umlauts: Any, arguments: list[str], encoding: str) -> None:
    ended = umlauts.run(*arguments, encoding=encoding)
    assert ended.code in (0, 2, 64)
    assert ended.text.isascii()


def test_what_a_relay_answered_is_ascii_there_too(umlauts: Any) -> None:
    umlauts.relay.users[umlauts.land.user()] = canary.secret()
    failed = umlauts.run("verify", encoding="ascii")
    assert failed.code == 4
    assert "535" in failed.out
    assert failed.text.isascii()


@pytest.mark.parametrize(
    "locale",
    [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
    ids=["C", "ascii", "C without UTF-8"],
)
def test_a_locale_without_unicode_is_no_crash(umlauts: Any, locale: dict[str, str]) -> None:
    planned = umlauts.spawn("plan", **locale)
    assert planned.code == 0
    assert umlauts.spawn("plan", "--format", "json", **locale).json["complete"] is True
    if "LC_ALL" not in locale or "PYTHONUTF8" in locale:
        assert planned.text.isascii()
