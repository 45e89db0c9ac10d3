"""docs/zones.md as an administrator follows it: commands are run, as far as they change nothing outside a folder."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from support.commandline import TOP, inside

from reconciler.cli.main import cli
from reconciler.engine.celery import definitions, link
from reconciler.engine.claims import times
from reconciler.engine.envelope import sealed
from reconciler.engine.remote import batches, post
from reconciler.pipeline.apply import job
from reconciler.views.start.rules import catalogue

PAGE = (TOP / "docs/zones.md").read_text("utf-8")
FAILURES = PAGE.partition("<!-- failures -->")[2].partition("\n\nThe journal")[0]
OPENSSL = shutil.which("openssl")
ELSEWHERE = ("apt-get", "journalctl", "rabbitmqctl", "systemctl", "vault")  # what changes a whole machine
CREDENTIALS = "/run/credentials/reconciler-worker.service"


def blocks(title: str) -> str:
    section = PAGE.partition(f"\n### {title}\n")[2].partition("\n##")[0]
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL))


def followed(text: str, folder: Path, cwd: Path) -> None:
    """`folder` stands for the root of a machine."""
    shims = folder / "shims"
    shims.mkdir(exist_ok=True)
    for name in ELSEWHERE:
        (shims / name).write_text("#!/bin/sh\necho made-up\n", "utf-8")
        (shims / name).chmod(0o755)
    text = re.sub(r"^python3 -m venv .*$", "", text, flags=re.MULTILINE).replace(" -g rabbitmq ", " ")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-euo", "pipefail", "-c", text.replace("/etc/", f"{folder}/etc/")],
        cwd=cwd,
        env={"PATH": f"{shims}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if OPENSSL is None:
        pytest.skip("openssl is not installed (apt-get install openssl)")
    machine = tmp_path_factory.mktemp("broker")
    (machine / "etc/rabbitmq").mkdir(parents=True)
    followed(blocks("1. The broker"), machine, TOP)
    followed(blocks("2. The coordinator"), machine, machine / "zones")
    return machine


def test_the_broker_has_what_its_configuration_names(broker: Path) -> None:
    named = re.findall(r"= /(etc/\S+)$", (broker / "etc/rabbitmq/rabbitmq.conf").read_text("utf-8"), re.MULTILINE)
    assert [path for path in named if not (broker / path).is_file()] == []
    certificates = sorted((broker / "zones").glob("*.pem"))
    assert len(certificates) == 4
    command = [str(OPENSSL), "verify", "-x509_strict", "-CAfile", "zones-ca.pem", *(one.name for one in certificates)]
    subprocess.run(command, cwd=broker / "zones", check=True, capture_output=True, timeout=60)


def test_a_worker_that_was_set_up_by_the_page_starts(broker: Path, tmp_path: Path) -> None:
    machine, checkout = tmp_path / "worker", tmp_path / "checkout"
    (machine / "etc/systemd/system").mkdir(parents=True)
    checkout.mkdir()
    (checkout / "examples").symlink_to(TOP / "examples")
    for name in re.findall(
        r"`(\S+?)`", PAGE.partition("As root on a machine in the zone")[2].partition(" come there")[0]
    ):
        shutil.copy(broker / "zones" / name, checkout)
    followed(blocks("3. The worker"), machine, checkout)
    file, secrets = machine / "etc/reconciler/worker.yaml", machine / "etc/reconciler/secrets"
    assert {one.stat().st_mode & 0o077 for one in (secrets, *secrets.iterdir())} == {0}
    file.write_text(file.read_text("utf-8").replace(CREDENTIALS, str(secrets)), "utf-8")
    ran = inside("worker", "--zone", "dmz", "--config", str(file), "--check")
    assert (ran.code, "No problems." in ran.out) == (0, True), ran.text


def commands() -> list[str]:
    fenced = re.findall(r"^(?:\$ )?(reconciler \S.*)$", PAGE, re.MULTILINE)
    return [*fenced, *re.findall(r"`(reconciler [a-z].*?)`", PAGE)]


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_a_command_is_there_with_its_options(line: str) -> None:
    name, *words = shlex.split(line, comments=True)[1:]
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    known = {text for one in command.params for text in one.opts}
    assert [word for word in words if word.startswith("-") and word not in known] == []


def test_every_failure_is_a_rule_that_is_explained() -> None:
    told = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", FAILURES))
    assert len(told) > 10
    assert told - set(catalogue()) == set()


def test_every_rule_of_a_zone_that_fails_is_told() -> None:
    files = [*(TOP / "reconciler/engine/remote").glob("*.py"), TOP / "reconciler/engine/claims/results.py"]
    text = "".join(file.read_text("utf-8") for file in files)
    made = set(re.findall(r'(?:_error\(\s*| rule = )"([a-z-]+)"', text))
    assert len(made) > 8
    assert made - set(re.findall(r"`([a-z-]+)`", FAILURES)) == set()


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("`broker-unreachable`, once for all zones: nothing was sent | within {:g} s |", link.CONNECTS),
        ("nothing, if it is back within {:g} s", post.RETURNS),
        ("| {:g} s without a beat of the claim |", times.DEAD),
        ("writes no more {:g} s after its last confirmed beat", times.SAFE),
        ("| {:g} s: two heartbeats |", 2 * link.BEATS),
        ("clocks more than {:g} s apart", sealed.LEEWAY),
        ("drops it after it has come back {:g} times", definitions.RETURNED),
        ("What has not ended {:g} s later is UNKNOWN", job.GRACE),
        ("its answers are kept for {:g} h", times.KEPT / 3600),
        ("Up to {:g} small installations", batches.MOST * batches.AT_ONCE),
    ],
)
def test_a_time_is_that_of_the_code(said: str, seconds: float) -> None:
    assert said.format(seconds) in PAGE
