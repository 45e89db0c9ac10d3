"""examples/zones: what the files say fits together, and is what the code and the lab have."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from lab.servers import rabbit
from ruamel.yaml import YAML

from reconciler.engine.celery.definitions import definitions

ZONES = Path(__file__).parents[1] / "examples/zones"
UNIT = (ZONES / "worker/reconciler-worker.service").read_text("utf-8")
WORKER = (ZONES / "worker/worker.yaml").read_text("utf-8")
ENGINE = YAML(typ="safe", pure=True).load((ZONES / "environments/reconciler.yaml").read_text("utf-8"))["engine"]


def test_the_definitions_are_those_that_are_printed() -> None:
    wanted = definitions(sorted(ENGINE["zones"]), vhost="reconciler", coordinator="coordinator")
    assert json.loads((ZONES / "broker/definitions.json").read_text("utf-8")) == wanted
    assert "//coordinator@" in ENGINE["broker"]
    assert ENGINE["broker"].endswith("/reconciler")


def test_a_second_import_takes_nobodys_password() -> None:
    assert definitions(["dmz"], vhost="v", coordinator="c")["users"] == []
    (one,) = definitions(["dmz"], vhost="v", coordinator="c", hashes={"dmz": "hash"})["users"]
    assert (one["name"], one["password_hash"]) == ("dmz", "hash")


def test_the_broker_is_as_strict_as_the_one_of_the_lab() -> None:
    def options(text: str) -> set[str]:
        lines = re.findall(r"^ssl_options\.\S+ = \S+$", text, re.MULTILINE)
        return {line for line in lines if "file = " not in line}

    assert options((ZONES / "broker/rabbitmq.conf").read_text("utf-8")) == options(rabbit.CONFIG) != set()


def test_the_unit_loads_what_worker_yaml_opens() -> None:
    loaded = re.findall(r"^LoadCredential=([a-z-]+):/etc/reconciler/secrets/\1$", UNIT, re.MULTILINE)
    opened = re.findall(r"\{file: /run/credentials/reconciler-worker\.service/([a-z-]+)\}", WORKER)
    assert sorted(loaded) == sorted(opened)
    assert len(loaded) == 4
    assert WORKER.count("{file: ") == len(opened)


def test_the_unit_waits_longer_than_a_message_lives() -> None:
    stops = re.search(r"^TimeoutStopSec=(\d+)$", UNIT, re.MULTILINE)
    assert stops is not None
    assert int(stops[1]) > ENGINE["deadline"]


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    if (program := shutil.which("systemd-analyze")) is None:
        pytest.skip("systemd-analyze is not installed (apt-get install systemd)")
    unit = tmp_path / "reconciler-worker.service"
    unit.write_text(UNIT.replace("/opt/reconciler/bin/reconciler", "/bin/true"), "utf-8")
    done = subprocess.run([program, "verify", unit], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if unit.name in line]) == (0, [])
