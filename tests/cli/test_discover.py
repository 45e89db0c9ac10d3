"""`reconciler discover`: lists keys, suggests, and writes what it suggests into the target's file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from lab.canary import token
from lab.servers.odc import OdcStandIn
from lab.servers.odc.tenant import APP, STAGE
from support.commandline import inside

TARGET = "environments/prod/odc.yaml"


@pytest.fixture
def odc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OdcStandIn]:
    """A stage that nobody has mapped yet, declared all the same."""
    with OdcStandIn() as standin:
        standin.tokens.secret = token()
        monkeypatch.setenv("ODC", standin.tokens.secret)
        standin.edit("password", token())
        standin.edit("username", "somebody")
        monkeypatch.chdir(tmp_path)
        (tmp_path / "environments/prod").mkdir(parents=True)
        (tmp_path / "environments/reconciler.yaml").write_text("version: 1\n")
        (tmp_path / "environments/prod/environment.yaml").write_text("order: 1\n")
        (tmp_path / TARGET).write_text(
            "platform: outsystems-odc\n"
            "connection:   # ours\n"
            f"  portal: {standin.url}\n"
            f"  client_id: {standin.client_id}\n"
            "  client_secret: {env: ODC}\n"
            "  stage: Production\n"
            "\n"
            "stage: {sender: {name: Example}}   # last\n"
        )
        yield standin


def test_it_lists_every_key_and_marks_what_is_only_a_suggestion(odc: OdcStandIn) -> None:
    ran = inside("discover", "prod/odc")
    rows = {line.split()[0]: line for line in ran.out.splitlines() if line.startswith("  ") and "  " in line.strip()}
    assert ran.code == 0
    assert ran.out.startswith("prod/odc (outsystems-odc): 14 keys\n")
    assert all(f"{setting}?" in rows for setting in STAGE)
    assert "Text, secret" in rows["password?"]
    assert "Log level" in rows["-"] + ran.out
    assert ran.out.endswith("0 mapped, 11 suggested by name (marked ?), of 14.\n")


def test_no_value_is_shown_but_the_word_of_a_choice(odc: OdcStandIn) -> None:
    ran = inside("discover", "prod/odc", "--format", "json")
    words = {key["suggested"]: key["word"] for key in ran.json["keys"] if key["word"]}
    assert words == {"auth": odc.tenant.words["basic"]}
    assert "somebody" not in ran.out


def test_what_it_prints_is_what_the_file_needs(odc: OdcStandIn) -> None:
    printed = inside("discover", "prod/odc").out.partition("connection:\n")[2].partition("\n\nOr:")[0]
    keys = yaml.safe_load("connection:\n" + printed)["connection"]["keys"]
    assert {setting: entry["key"] for setting, entry in keys.items()} == {
        setting: odc.tenant.keys[setting] for setting in STAGE
    }


def test_write_puts_the_map_into_the_file_and_keeps_its_comments(odc: OdcStandIn) -> None:
    ran = inside("discover", "prod/odc", "--write")
    text = Path(TARGET).read_text()
    assert (ran.code, odc.writes) == (0, 0)
    assert f"Written to {TARGET}: host, port" in ran.out
    assert yaml.safe_load(text)["connection"]["keys"]["port"] == {"key": odc.tenant.keys["port"], "type": "Integer"}
    assert ("connection:   # ours" in text, text.endswith("}   # last\n")) == (True, True)
    assert inside("plan").code == 0


def test_what_is_mapped_already_is_neither_suggested_nor_written_again(odc: OdcStandIn) -> None:
    inside("discover", "prod/odc", "--write")
    before = Path(TARGET).read_text()
    again = inside("discover", "prod/odc", "--write")
    assert "Nothing was written" in again.out
    assert again.out.endswith("11 mapped, 0 suggested by name (marked ?), of 14.\n")
    assert Path(TARGET).read_text() == before


def test_a_key_that_went_away_is_told(odc: OdcStandIn) -> None:
    inside("discover", "prod/odc", "--write")
    del odc.stage().rows[odc.tenant.keys["host"]]
    assert "; mapped but missing: host." in inside("discover", "prod/odc").out


def test_two_keys_that_look_alike_are_not_guessed(odc: OdcStandIn) -> None:
    host = odc.row("host")
    odc.stage().rows["another"] = {**host, "key": "another"}
    keys = {key["key"]: key["suggested"] for key in inside("discover", "prod/odc", "--format", "json").json["keys"]}
    assert (keys[host["key"]], keys["another"]) == (None, None)


def test_a_name_cannot_end_a_comment_or_move_the_cursor(odc: OdcStandIn) -> None:
    odc.row("host")["name"] = 'SMTP server"\nstage: {}\x1b[2J'
    inside("discover", "prod/odc", "--write")
    assert yaml.safe_load(Path(TARGET).read_text())["stage"] == {"sender": {"name": "Example"}}
    assert "\x1b" not in inside("discover", "prod/odc").out


def test_with_experimental_the_keys_of_an_app_are_listed_too(odc: OdcStandIn) -> None:
    Path(TARGET).write_text(
        Path(TARGET).read_text().replace("stage: Production", "stage: Production\n  experimental: true")
    )
    found = {key["suggested"] for key in inside("discover", "prod/odc", "--format", "json").json["keys"]}
    assert set(APP) <= found


@pytest.mark.parametrize(
    ("target", "code", "says"),
    [
        ("prod/odk", 64, "did you mean prod/odc?"),
        ("shop", 64, "there: prod/odc, prod/shop"),
        ("prod/shop", 3, "file has nothing to discover"),
    ],
)
def test_what_cannot_be_discovered_is_told(odc: OdcStandIn, target: str, code: int, says: str) -> None:
    Path("environments/prod/shop.yaml").write_text(
        "platform: file\nconnection: {path: .env, format: dotenv, keys: {host: SMTP_HOST}}\n"
    )
    ran = inside("discover", target)
    assert (ran.code, says in ran.err) == (code, True), ran.err


def test_an_error_in_the_files_comes_first(odc: OdcStandIn) -> None:
    Path(TARGET).write_text(Path(TARGET).read_text() + "hots: x\n")
    ran = inside("discover", "prod/odc")
    assert ran.code == 3
    assert odc.calls == []


def test_waits_are_told_on_stderr_and_summed_up(odc: OdcStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    from reconciler.drivers.http import rate_limit

    slept: list[float] = []
    real: Callable[[float], Any] = rate_limit.time.sleep
    monkeypatch.setattr(rate_limit.time, "sleep", lambda seconds: (slept.append(seconds), real(0.6)))
    odc.server.retry_after = 31
    odc.fail_next("429", "default-system")
    ran = inside("discover", "prod/odc")
    assert slept == [31]
    assert f"waiting 31 s: {odc.url} answers 429: other runs share its rate limit\n" in ran.err
    assert "s of this run were spent waiting for platforms\n" in ran.err
    assert ran.code == 0
