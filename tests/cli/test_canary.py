"""Canary secrets in every place where a secret can be: none comes out, of any command, in any form, at any level.

Searched for every disguise of `lab.canary` are stdout, stderr, files, state, temporary files, and what child processes
were given.
"""

from __future__ import annotations

import base64
import html
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from lab import canary
from lab.canary import FORMS, leaks, leaks_in
from lab.servers.answers import Answer, Answers
from support import zone_keys

from reconciler.views import forms

# a command, and the words that it needs
WORDS: dict[str, tuple[str, ...]] = {
    "validate": (),
    "plan": (),
    "show": ("saved.json",),
    "ci": ("--report",),
    "nightly": ("--prove", "--report"),
    "show --since": ("saved.json", "--since", "saved.json"),
    "apply": ("--auto-approve",),
    "verify": (),
    "drift": (),
    "drift compared": ("--compare-secrets",),
    "doctor": (),
    "doctor target": ("dev/openspp",),
    "explain": ("dev/openspp:mail_servers[main]",),
    "adopt": ("dev/openspp",),
    "discover": ("dev/openspp",),
    "attest": ("dev/shop:settings",),
    "state": ("move", "file:.none", "file:.other"),
    "checks": (),
    "impact": (),
    "history": ("--verify",),
    "history of a target": ("dev/shop",),
    "locks": (),
    "recover": ("--select", "dev/shop"),
    "unlock": ("nobody", "--reason", "it hangs"),
    "rollback": ("nobody",),
    "report": ("--prove",),
    "report of documents": ("saved.json",),
    "zones": (),
    "worker": ("--zone", "dmz", "--config", "worker.yaml", "--check"),
}
LEVELS = ((), ("--debug",))


def well(site: Any) -> None:
    """All as it should be."""


def refused(site: Any) -> None:
    """The relay knows another password; the platform another key."""
    site.relay.users[site.land.user()] = canary.secret()
    site.vault.put(f"platforms/{site.land.area}/dev", api_key=canary.token())


def echoing(site: Any) -> None:
    """The platform repeats what it was sent, in every answer."""
    site.land.documents["dev/openspp.yaml"]["connection"]["url"] = site.echo
    site.land.write()


def no_vault(site: Any) -> None:
    site.land.documents["reconciler.yaml"]["secret_stores"]["default"]["address"] = site.echo
    site.land.write()


def other_token(site: Any) -> None:
    site.tokens |= dict.fromkeys(site.tokens, canary.token())


SITUATIONS: dict[str, Callable[[Any], None]] = {
    "well": well,
    "refused": refused,
    "a platform that echoes": echoing,
    "a Vault that echoes": no_vault,
    "a token that is none": other_token,
}


class Echo(Answers):
    def answer(self, asked: Any) -> Answer:
        headers = " ".join(f"{name}: {value}" for name, value in asked.headers.items())
        body = asked.body.decode("utf-8", "replace")
        told = [f"no {headers} {body}", quote(body), html.escape(headers), base64.b64encode(asked.body).decode()]
        super().answer(asked)
        return Answer(status=400, json={"errors": told, "error": {"message": " ".join(told)}, "message": told[0]})


@pytest.fixture
def watched(site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Programs that are started write down what they were given, and temporary files go into a folder of the test."""
    temporary, programs, given = (tmp_path / name for name in (".tmp", ".programs", ".given"))
    for folder in (temporary, programs, given):
        folder.mkdir()
    for name in ("git", "ssh", "postconf", "sh"):
        script = programs / name
        script.write_text(
            f'#!/bin/bash\ncat /proc/$$/environ /proc/$$/cmdline > "{given}/{name}-$$"\n'
            f'PATH="${{PATH#*:}}" exec {name} "$@"\n'
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("JENKINS_URL", "https://jenkins.example.com/")  # `ci` runs in jobs only
    for name in ("MAIL_PASSWORD", "ODOO_KEY", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, canary.token())
    _worker(tmp_path)
    with Echo(Answer()) as echo:
        site.echo, site.given, site.temporary = echo.address, given, temporary
        yield site


def _worker(folder: Path) -> None:
    for name in ("zone", "plan"):
        zone_keys.make(folder, name)
    (folder / "worker.yaml").write_text(
        "zone: dmz\nbroker: amqps://dmz@rabbit.example.com/reconciler\nlogin: {env: MAIL_PASSWORD}\n"
        "key: {file: zone.pem}\ncoordinators: [{key: plan.pub, may: [read]}]\nhosts: ['*']\nkinds: [file]\n"
        "may: [read]\n"
    )


def files(site: Any) -> list[Path]:
    """All but the application's own, which is meant to have its password."""
    there = [
        path for path in site.folder.rglob("*") if path.is_file() and not path.is_relative_to(site.folder / "apps")
    ]
    return [path for path in there if not path.is_relative_to(site.folder / ".programs")]


def searched(site: Any, ran: list[Any]) -> dict[str, list[str]]:
    found = {" ".join(one.arguments): leaks(one.out + one.err) for one in ran}
    found |= {str(path): leaks_in(path.read_bytes()) for path in files(site)}
    found |= {f"Vault {path}": leaks(json.dumps(document)) for path, document in site.documents().items()}
    return found


@pytest.mark.parametrize(
    "situation", [pytest.param(name, marks=[] if name == "well" else [pytest.mark.long]) for name in SITUATIONS]
)
def test_no_secret_comes_out(watched: Any, situation: str) -> None:
    site, ran = watched, []
    assert site.run("plan", "--out", "saved.json").code == 0
    SITUATIONS[situation](site)
    for name, words in WORDS.items():
        command = name.partition(" ")[0]
        told = forms.COMMANDS[command].forms
        ways = [(form, level) for form in told for level in LEVELS]
        ran += [site.run(command, *words, "--format", form, *level, role="apply") for form, level in ways]
    ran.append(site.run("apply", "saved.json", "--debug", role="apply"))
    ran.append(site.run("verify", "--transcript", "--debug", role="apply"))
    ran.append(site.run("plan", "--out", "again.json", "--debug"))
    ran.append(site.spawn("plan", "--debug"))
    ran.append(site.spawn("apply", "--auto-approve", "--debug"))
    found = searched(site, ran)
    assert len(ran) >= 109
    assert len(found) >= 130
    assert not {place: how for place, how in found.items() if how}


def test_no_command_is_left_out() -> None:
    """`init` and `add` write files and know no secret, a shell's script has none."""
    told = {name.partition(" ")[0] for name in forms.COMMANDS}
    assert {name.partition(" ")[0] for name in WORDS} == told - {"init", "add", "completion"}


def test_programs_get_none_of_our_secrets(watched: Any) -> None:
    """git for the commit of a plan, ssh for a Postfix elsewhere and for a relay behind it."""
    watched.land.documents["dev/postfix.yaml"] = {
        "platform": "postfix",
        "connection": {"ssh": "postfix@127.0.0.1:1"},
        "settings": {"message_size_limit": 36700160},
    }
    watched.land.write()
    assert watched.run("plan").code == 1  # nobody answers there
    watched.run("verify", "--host", "relay.invalid", "--via", "ssh://me@127.0.0.1:1", "--level", "connect")
    given = {path.name.partition("-")[0]: path.read_bytes() for path in watched.given.iterdir()}
    assert {"git", "ssh"} <= set(given)
    assert not {name: leaks_in(content) for name, content in given.items() if leaks_in(content)}
    assert not [name for name, content in given.items() if b"VAULT_TOKEN=" in content]


def test_no_temporary_file_is_left(watched: Any) -> None:
    watched.run("plan")
    watched.run("apply", "--auto-approve")
    watched.run("verify")
    assert [path.name for path in watched.temporary.rglob("*") if path.is_file()] == []


DISGUISES: dict[str, Callable[[str], str]] = {
    "plain": lambda word: f"password={word}",
    "hex": lambda word: word.encode().hex(),
    "URL": lambda word: "".join(f"%{byte:02X}" for byte in word.encode()),
    "JSON": lambda word: "".join(f"\\u{ord(sign):04x}" for sign in word),
    "HTML": lambda word: "".join(f"&#{ord(sign)};" for sign in word),
    "base64": lambda word: base64.b64encode(f"\0user\0{word}".encode()).decode(),
    "base64 of UTF-16": lambda word: base64.b64encode(f"$p = '{word}'".encode("utf-16-le")).decode(),
    "UTF-16": lambda word: word.encode("utf-16-le").decode("latin-1"),
    "quoted-printable": lambda word: "".join(f"={ord(sign):02X}" for sign in word),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_search_finds_each_disguise(form: str) -> None:
    """Wherever it begins."""
    for before in ("", "a", "ab"):
        assert leaks(f"x {DISGUISES[form](before + canary.WORD)} y"), (form, before)
        assert leaks_in(DISGUISES[form](before + canary.WORD).encode("latin-1"))
