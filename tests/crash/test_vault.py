"""The same with state, leases and journal in a real Vault: killed before and after each request to it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from lab.servers.vault import VaultServer
from lab.subjects import file

pytestmark = pytest.mark.crash

MOST, LEAST = 30, 25
CENTRAL = """\
version: 1
secret_stores:
  default: {type: vault, address: ADDRESS, auth: {method: token, token: {env: STATE_TOKEN}}}
state: {backend: vault, store: default, path: reconciler/state}
"""


def test_killed_at_every_request_to_vault_the_next_run_converges(make_site: Callable[..., Any]) -> None:
    with VaultServer() as vault:
        site = make_site(file.VARIANTS["dotenv"])
        site.extra = {"STATE_TOKEN": vault.root_token}
        states = (site.subject.first, site.subject.second)

        def declare(number: int) -> None:
            site.declare(states[number])
            central = site.folder / "environments/reconciler.yaml"
            central.write_text(CENTRAL.replace("ADDRESS", vault.address))

        right, total = {}, 0
        for number in (1, 0, 1, 0):
            declare(number)
            done = site.apply()
            assert done.code == 0, done.said
            right[number], total = site.subject.settings(), done.points
        tried = 0
        for point in range(1, total + 1, max(1, total // MOST)):
            tried += 1
            declare(tried % 2)
            if site.apply(kill=point).killed:
                again = site.apply()
                assert again.code == 0, f"point {point}: {again.said}"
                assert site.subject.settings() == right[tried % 2], f"point {point}: {again.said}"
                assert held(vault) == [], f"point {point}: {again.said}"
        proven = site.run("history", "--verify", "--limit", "0", "--format", "json")
        assert proven.code == 0, proven.said
        assert '"cut_off": true' in proven.said
        assert not any(secret in kept(vault, "reconciler/state") for secret in site.subject.environ.values())
        sys.stdout.write(f"state in Vault: {tried} of {total} points\n")
        assert tried >= LEAST


def held(vault: VaultServer) -> list[Any]:
    found: list[Any] = vault.api("GET", "secret/data/reconciler/state/locks/leases")["data"]["data"]["leases"]
    return found


def kept(vault: VaultServer, path: str) -> str:
    """All documents below a path, as text."""
    names = vault.api("LIST", f"secret/metadata/{path}")["data"]["keys"]
    folders = [kept(vault, f"{path}/{name[:-1]}") for name in names if name.endswith("/")]
    read = (vault.api("GET", f"secret/data/{path}/{name}")["data"]["data"] for name in names if not name.endswith("/"))
    return "\n".join([*folders, *(json.dumps(one) for one in read)])
