"""The same environments as files, for `reconciler apply` as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from measured import CHECKOUT, Command, tool
from o11_script import USER
from o11_visits import FORMS, SECRET, Environment

ALLOWED = ("--allow", "unverified", "--allow", "secret-to-new-host")


def applied(folder: Path, environments: Sequence[Environment], auth: str) -> Command:
    """Plans and applies, in a process of its own, browser and all."""
    passwords = {f"O11_{number}": one.password for number, one in enumerate(environments)}
    return Command(
        arguments=(tool("reconciler"), "apply", "--auto-approve", *ALLOWED),
        folder=folder,
        environ={"PYTHONPATH": str(CHECKOUT), "MAIL": SECRET, **passwords},
        before=lambda: _written(folder, environments, auth),
        says=f"Applied {len(environments)}, failed 0",
    )


def _written(folder: Path, environments: Sequence[Environment], auth: str) -> None:
    stage = folder / "environments" / "prod"
    stage.mkdir(parents=True, exist_ok=True)
    (folder / "environments" / "reconciler.yaml").write_text("version: 1\n")
    (stage / "environment.yaml").write_text("order: 10\nverify: {from: nowhere}\n")
    for number, one in enumerate(environments):
        connection = {"url": one.url, "username": USER, "password": {"env": f"O11_{number}"}}
        target = {"platform": "outsystems-o11", "connection": connection, "email": _email(auth)}
        (stage / f"o11-{number}.yaml").write_text(json.dumps(target))  # JSON is YAML


def _email(auth: str) -> dict[str, object]:
    form, secret = FORMS[auth], {"env": "MAIL", "version": 1}
    email: dict[str, object] = {"host": form["server"], "port": int(form["port"]), "auth": auth}
    if auth == "basic":
        return email | {"encryption": "starttls", "username": form["username"], "password": secret}
    given = {"tenant_id": form["tenant"], "client_id": form["client_id"], "client_secret": secret}
    return email | {"encryption": "starttls", "username": "mail", "oauth2": {"provider": "entra", **given}}
