"""What a shell is offered, by click's own protocol; and once by a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.commandline import TOP, inside
from support.site import Site


@pytest.fixture
def landscape(fake_site: Site) -> Site:
    fake_site.stage("dev", text="relays: {out: {host: localhost, port: 25, encryption: none, auth: none}}\n")
    fake_site.target("dev/shop", "mail_servers: {main: {relay: out}, bulk: {relay: out}}\n")
    fake_site.target("dev/crm", "")
    return fake_site


def offered(monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    """What zsh would be told, without the help beside it; a colon would begin that, so it is escaped."""
    monkeypatch.setenv("_RECONCILER_COMPLETE", "zsh_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(("reconciler", *words)))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    lines = inside().out.splitlines()
    return [word.replace("\\:", ":") for word in lines[1::3]]  # type, word, help


def test_commands_come_from_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    assert offered(monkeypatch, "pl") == ["plan"]
    assert {"adopt", "add", "apply", "attest"} <= set(offered(monkeypatch, "a"))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("plan", "--select", "dev/"), ["dev/crm", "dev/shop", "dev/out"]),
        (("plan", "--select", "dev/shop:"), ["dev/shop:mail_servers[main]", "dev/shop:mail_servers[bulk]"]),
        (("adopt", "dev/s"), ["dev/shop"]),
        (("doctor", "dev/"), ["dev/crm", "dev/shop"]),
        (("explain", "dev/o"), ["dev/out"]),
        (("explain", "literal"), ["literal-secret"]),
        (("explain", "SMTP206"), ["SMTP206"]),
        (("impact", "dev/o"), ["dev/out"]),
        (("history", "dev/s"), ["dev/shop"]),
        (("attest", "dev/shop:mail_servers[b"), ["dev/shop:mail_servers[bulk]"]),
        (("checks", "SMTP20"), [f"SMTP20{number}" for number in range(1, 10)]),
        (("add", "od"), ["odoo"]),
        (("validate", "--format", "gi"), ["github", "gitlab"]),
    ],
)
def test_words_are_those_of_the_files(
    landscape: Site, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], found: list[str]
) -> None:
    assert sorted(set(offered(monkeypatch, *words)) & set(found)) == sorted(found)
    assert all(word.startswith(words[-1]) for word in offered(monkeypatch, *words))


def test_another_root_is_looked_into(landscape: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    (landscape.folder / "environments").rename(landscape.folder / "mail")
    assert offered(monkeypatch, "adopt", "--root", "mail", "dev/s") == ["dev/shop"]
    monkeypatch.setenv("RECONCILER_ROOT", "mail")
    assert offered(monkeypatch, "adopt", "dev/s") == ["dev/shop"]


def test_broken_files_complete_what_can_be_read_and_say_nothing(
    landscape: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    landscape.write("dev/crm.yaml", "platform: [\n")
    assert offered(monkeypatch, "adopt", "dev/") == ["dev/shop"]
    assert len(offered(monkeypatch, "plan", "--select", "dev/shop:")) == 2
    assert offered(monkeypatch, "plan", "--select", "dev/crm:") == []
    monkeypatch.chdir("/")
    assert offered(monkeypatch, "adopt", "dev/") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell: str) -> None:
    told = inside("completion", shell, "--format", "json").json
    assert f"_RECONCILER_COMPLETE={shell}_complete" in told["script"]
    assert inside("completion", shell).out == f"{told['script']}\n"


def shell(name: str, *arguments: str, folder: Path) -> str:
    """What a real shell printed, without anybody's settings."""
    if (program := shutil.which(name)) is None:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run(
        [program, *arguments],
        env={"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(TOP)}
        | {"HOME": str(folder), "TERM": "dumb"},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout or done.stderr


def test_a_real_bash_completes_an_address_beyond_its_colon(landscape: Site) -> None:
    line = 'COMP_WORDS=(reconciler plan --select "dev/crm"); COMP_CWORD=3'
    ask = f'eval "$(reconciler completion bash)"; {line}; _reconciler_completion reconciler; echo "${{COMPREPLY[@]}}"'
    ask = f"{ask}; [[ $COMP_WORDBREAKS != *:* ]] && echo whole"
    assert shell("bash", "--noprofile", "--norc", "-c", ask, folder=landscape.folder).split() == ["dev/crm", "whole"]


def test_a_real_fish_completes_addresses_relays_and_checks(landscape: Site) -> None:
    connection = "{path: app.env, format: dotenv, keys: {host: SMTP_HOST}}"
    landscape.write("dev/app.yaml", f"platform: file\nconnection: {connection}\nsettings: {{host: localhost}}\n")
    lines = ("plan --select dev/app:", "explain dev/o", "checks SMTP200")
    asked = "; ".join(f'complete -C "reconciler {line}"' for line in lines)
    told = shell("fish", "--no-config", "-c", f"reconciler completion fish | source; {asked}", folder=landscape.folder)
    words = [line.partition("\t")[0] for line in told.splitlines()]
    assert words == ["dev/app:settings", "dev/out", "SMTP200"]


ZSH = r"""
zmodload zsh/zpty
zpty it 'zsh -f -i'
zpty -w it 'PS1="> "; autoload -Uz compinit; compinit -u -D; eval "$(reconciler completion zsh)"; print rea""dy'
zpty -r -m it told '*ready*'
zpty -w -n it $'reconciler doctor dev/s\t'
zpty -r -m it told '*dev/shop *'
zpty -w -n it $'\x15reconciler checks SMTP20\t\t'
zpty -r -m it told '*SMTP202*'
print whole
"""


def test_a_real_zsh_completes_at_its_prompt(landscape: Site) -> None:
    """On a terminal of its own; each read waits for what is expected."""
    assert shell("zsh", "-f", "-c", ZSH, folder=landscape.folder).splitlines()[-1] == "whole"
