"""Who has one network pays for no other: nothing of the engine of zones is imported where no unit is in one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support import zone_keys

HEAVY = ("amqp", "celery", "jwt", "kombu", "reconciler.engine.celery", "reconciler.engine.envelope")
ENGINE = (
    "engine: {type: celery, broker: 'amqps://us@rabbit.example.com/x', signing_key: {env: NOBODY}, "
    "zones: {dmz: {key: keys/dmz.pub}}}\n"
)


@pytest.mark.parametrize("engine", ["", ENGINE], ids=["none", "one that nothing needs"])
def test_a_plan_of_one_network_imports_none_of_it(tmp_path: Path, engine: str) -> None:
    environment = tmp_path / "environments" / "dev"
    environment.mkdir(parents=True)
    (tmp_path / "keys").mkdir()
    zone_keys.make(tmp_path / "keys", "dmz")
    (tmp_path / "environments" / "reconciler.yaml").write_text(f"version: 1\n{engine}", "utf-8")
    (environment / "environment.yaml").write_text("order: 10\n", "utf-8")
    (environment / "app.yaml").write_text(
        "platform: file\n"
        "connection: {path: app.env, format: dotenv, keys: {host: HOST, port: PORT, encryption: null, auth: null}}\n"
        "settings: {host: mail.example.com, port: 25, encryption: starttls, auth: none}\n",
        "utf-8",
    )
    (tmp_path / "app.env").write_text("HOST=mail.example.com\n", "utf-8")
    words = [sys.executable, "-X", "importtime", "-m", "reconciler", "plan"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "reconciler.engine.local" in imported
    assert not imported & set(HEAVY)
    assert ("reconciler.engine.zoned" in imported) is bool(engine)
