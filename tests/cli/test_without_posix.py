"""Windows, as far as it can be tried here: validate, verify and HTTP platforms work; what needs POSIX says so."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.servers.odoo import OdooStandIn
from lab.servers.smtp.relay import SmtpRelay
from support.commandline import TOP, Ran, surroundings

FILES = {
    "reconciler.yaml": "version: 1\n",
    "dev/environment.yaml": "order: 10\nrelays: {out: {host: localhost, port: 587, encryption: starttls,"
    " auth: none}}\n",
    "dev/erp.yaml": """\
platform: odoo
connection: {url: "{url}", database: lab, username: admin, api_key: {env: ODOO_KEY}}
mail_servers: {main: {relay: out}}
""",
}


@pytest.fixture(scope="module")
def odoo() -> Iterator[OdooStandIn]:
    with OdooStandIn(version=19) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, odoo: OdooStandIn) -> Path:
    for path, text in FILES.items():
        file = tmp_path / "environments" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("{url}", odoo.url), encoding="utf-8")
    return tmp_path


def without(folder: Path, *arguments: str) -> Ran:
    environment = surroundings({"ODOO_KEY": "lab-api-key"})
    environment["PYTHONPATH"] = os.pathsep.join(map(str, (TOP, TOP / "tests", TOP / "examples")))
    done = subprocess.run(
        [sys.executable, "-m", "support.without_posix", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
        encoding="utf-8",
    )
    return Ran(arguments=arguments, code=done.returncode, out=done.stdout, err=done.stderr)


def test_files_are_validated_and_explained(folder: Path) -> None:
    assert without(folder, "validate").out == "3 files are valid\n"
    assert "localhost" in without(folder, "explain", "dev/erp").out


def test_an_http_platform_is_planned_and_examined(folder: Path, odoo: OdooStandIn) -> None:
    plan = without(folder, "plan")
    assert plan.code == 0, plan.text
    assert "dev/erp:mail_servers[main]" in plan.out
    assert "not readable" not in plan.out
    assert ["dev/erp", f"{odoo.url},"] in [line.split()[1:3] for line in without(folder, "doctor").out.splitlines()]


def test_a_relay_is_verified(folder: Path) -> None:
    with SmtpRelay() as relay:
        told = without(folder, "verify", "--host", "localhost", "--port", str(relay.port), "--encryption", "none")
    assert told.code in (0, 4), told.text
    assert "1 relay: " in told.out


@pytest.mark.parametrize(
    "connection",
    ["file\nconnection: {path: /etc/app.ini, preset: grafana}\nsettings: {relay: out}",
     "postfix\nconnection: {ssh: root@localhost}\nsettings: {relay: out}"],
    ids=["file", "ssh"],
)  # fmt: skip
def test_what_needs_posix_says_so_and_the_others_go_on(folder: Path, connection: str) -> None:
    (folder / "environments/dev/app.yaml").write_text(f"platform: {connection}\n", encoding="utf-8")
    told = without(folder, "plan")
    assert "needs a POSIX system" in told.out, told.text
    assert "or pause it" in told.out
    assert "+ dev/erp:mail_servers[main]" in told.out


def test_a_state_in_a_folder_says_so_before_anything_is_written(folder: Path, odoo: OdooStandIn) -> None:
    before = odoo.writes
    told = without(folder, "apply", "--auto-approve", "--allow", "unverified")
    assert "file state needs a POSIX system" in told.text
    assert odoo.writes == before


def test_a_new_repository_is_written(folder: Path) -> None:
    assert without(folder, "init", "mail").code == 0
