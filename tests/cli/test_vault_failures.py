"""Each way in which Vault can fail, as plan, apply and verify tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lab import canary
from lab.servers.vault import VaultServer

FILES = {"backend": "file", "path": ".state"}


def store(site: Any, **options: Any) -> None:
    site.land.documents["reconciler.yaml"]["secret_stores"]["default"].update(options)
    site.land.write()


def secret(site: Any, **reference: Any) -> None:
    site.land.relay()["password"].update(reference)
    site.land.write()


def destroy(site: Any) -> None:
    site.vault.api("PUT", f"secret/destroy/{site.mail_path()}", {"versions": [1]})


def delete(site: Any) -> None:
    site.vault.api("DELETE", f"secret/data/{site.mail_path()}")


# what is done, what the message says, the fix it offers
OF_ONE_SECRET: dict[str, tuple[Callable[[Any], object], str, str]] = {
    "path": (
        lambda site: secret(site, vault="mail/none/none#password"),
        "does not exist",
        "vault kv put -mount=secret mail/none/none password=-\n",
    ),
    "key": (
        lambda site: secret(site, vault=f"{site.mail_path()}#passwort"),
        "#passwort: no such key",
        "did you mean password?",
    ),
    "version": (lambda site: secret(site, version=7), "version 7 never existed", "version: 1"),
    "destroyed": (destroy, "version 1 was destroyed", "write a new version"),
    "deleted": (delete, "version 1 was deleted", "undelete"),
}


@pytest.mark.parametrize("case", OF_ONE_SECRET)
def test_a_secret_that_is_not_there_blocks_its_resources_only(shop: Any, case: str) -> None:
    break_it, what, fix = OF_ONE_SECRET[case]
    break_it(shop)
    planned = shop.run("plan")
    assert planned.code == 1
    assert "blocked dev/shop:settings" in planned.out
    assert what in planned.out
    assert fix in planned.out


@pytest.mark.parametrize("case", OF_ONE_SECRET)
def test_a_secret_that_is_not_there_is_not_written(shop: Any, case: str) -> None:
    OF_ONE_SECRET[case][0](shop)
    before = shop.land.app().read_text("utf-8")
    applied = shop.run("apply", "--auto-approve", "--format", "json")
    assert applied.code == 5
    assert applied.json["complete"] is False
    assert [one["status"] for one in applied.json["outcomes"]] == ["not attempted"]
    assert shop.land.app().read_text("utf-8") == before


@pytest.mark.parametrize("case", OF_ONE_SECRET)
def test_verify_without_its_secret_is_inconclusive(shop: Any, case: str) -> None:
    break_it, what, _ = OF_ONE_SECRET[case]
    break_it(shop)
    verified = shop.run("verify")
    assert verified.code == 1
    assert "no login was tried" in verified.out
    assert what in verified.out


def test_a_secret_destroyed_after_the_plan_is_stale(shop: Any) -> None:
    shop.run("plan", "--out", "plan.json")
    destroy(shop)
    applied = shop.run("apply", "plan.json")
    assert applied.code == 5
    assert "version 1 was destroyed" in applied.out


def test_a_secret_rotated_after_the_plan_is_stale(shop: Any) -> None:
    shop.run("plan", "--out", "plan.json")
    shop.rotate()
    applied = shop.run("apply", "plan.json")
    assert applied.code == 5
    assert "stale 1" in applied.out
    assert "plan again" in applied.out


@pytest.fixture(scope="module")
def tls() -> Iterator[VaultServer]:
    with VaultServer(tls=True) as server:
        yield server


@pytest.fixture(scope="module")
def sealed() -> Iterator[VaultServer]:
    with VaultServer() as server:
        server.seal()
        yield server


def denied(site: Any, _: Any) -> None:
    site.tokens["plan"] = site.tokens["apply"] = site.vault.token("default", id=canary.token())


def expired(site: Any, _: Any) -> None:
    site.tokens["plan"] = site.tokens["apply"] = token = site.vault.token("apply", id=canary.token())
    site.vault.api("POST", "auth/token/revoke", {"token": token})


def no_mount(site: Any, _: Any) -> None:
    site.tokens["plan"] = site.tokens["apply"] = site.vault.token("root", id=canary.token())
    store(site, mount="nowhere")


def no_token(site: Any, _: Any) -> None:
    site.tokens["plan"] = site.tokens["apply"] = ""


def server(name: str) -> Callable[[Any, pytest.FixtureRequest], None]:
    return lambda site, request: store(site, address=request.getfixturevalue(name).address)


# what is done, the rule of the finding, what the message says, the fix it offers
OF_THE_STORE: dict[str, tuple[Callable[[Any, Any], None], str, str, str]] = {
    "denied": (denied, "vault-denied", "permission denied", "capabilities = ["),
    "expired": (expired, "vault-login", "does not accept the token", "log in again"),
    "no token": (no_token, "vault-login", "no token for Vault", "export VAULT_TOKEN="),
    "no mount": (no_mount, "vault-mount-missing", "nothing is mounted at nowhere/", "secret_stores.default.mount"),
    "sealed": (server("sealed"), "vault-sealed", "is sealed", "vault operator unseal"),
    "wrong ca": (server("tls"), "vault-unreachable", "certificate not accepted", "secret_stores.default.ca_file"),
    "down": (
        lambda site, _: store(site, address="http://127.0.0.1:1"),
        "vault-unreachable",
        "connection refused",
        "secret_stores.default.address",
    ),
}


@pytest.mark.parametrize("command", [["plan"], ["drift"], ["apply", "--auto-approve"]], ids=lambda words: words[0])
@pytest.mark.parametrize("case", OF_THE_STORE)
def test_a_vault_that_keeps_the_state_and_fails_ends_the_run(
    shop: Any, case: str, command: list[str], request: pytest.FixtureRequest
) -> None:
    break_it, _, what, fix = OF_THE_STORE[case]
    break_it(shop, request)
    ended = shop.run(*command)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("error: state: ")
    assert what in ended.err
    assert "    fix: " in ended.err
    assert fix in ended.err


@pytest.mark.parametrize("case", OF_THE_STORE)
def test_a_vault_that_fails_blocks_what_needs_it_and_no_more(
    make_site: Callable[..., Any], case: str, request: pytest.FixtureRequest
) -> None:
    site = make_site(odoo={"dev": 19}, state=FILES)
    site.land.documents["dev/local.yaml"] = local = dict(site.land.documents["dev/shop.yaml"])
    local["connection"] = {**local["connection"], "path": "apps/local.env"}
    local["settings"] = {"relay": "submission", "password": {"env": "LOCAL_PASSWORD"}, "username": "local"}
    break_it, rule, what, fix = OF_THE_STORE[case]
    break_it(site, request)
    site.land.write()
    planned = site.run("plan", "--format", "json")
    actions = {change["address"]: change["action"] for change in planned.json["changes"]}
    found = {found["rule"] for change in planned.json["changes"] for found in change["findings"]}
    assert (planned.code, planned.json["complete"]) == (1, False)
    assert actions == {
        "dev/openspp:mail_servers[main]": "blocked",
        "dev/shop:settings": "blocked",
        "dev/local:settings": "create",
    }
    assert rule in found
    told = site.run("plan").out
    assert what in told
    assert fix in told


@pytest.mark.parametrize("command", ["plan", "drift", "apply", "verify"])
@pytest.mark.parametrize("case", OF_THE_STORE)
def test_the_json_of_a_run_that_vault_ended_is_whole(
    shop: Any, case: str, command: str, request: pytest.FixtureRequest
) -> None:
    OF_THE_STORE[case][0](shop, request)
    ended = shop.run(command, *(["--auto-approve"] if command == "apply" else []), "--format", "json")
    assert ended.code == 1
    if command == "verify":
        assert [one["status"] for one in ended.json["handshakes"]] == ["inconclusive"]
    else:
        assert ended.json["complete"] is False
        assert ended.json["findings"][0]["rule"] == "state"
        assert ended.json["outcomes" if command == "apply" else "changes"] == []
