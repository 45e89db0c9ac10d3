"""`doctor` without a target: the secret stores, the token, and what it may do; and that no secret is opened for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lab.servers.answers import Answer, Answers
from lab.servers.vault import VaultServer


def lines(site: Any, *words: str) -> dict[str, str]:
    """What was said, by the word before it; the last of equal words."""
    shown = site.run("doctor", *words).out.splitlines()
    return {line[6:].split(maxsplit=1)[0]: line for line in shown if line[:6].strip() in ("ok", "FAIL", "!")}


def fixes(site: Any) -> str:
    return "\n".join(line for line in site.run("doctor").out.splitlines() if line.strip().startswith("fix:"))


def test_a_store_that_is_well_has_no_problems(shop: Any) -> None:
    told = shop.run("doctor", role="apply")
    assert told.code == 0
    assert told.out.splitlines()[0] == "secret stores (vault)"
    assert f"server    {shop.vault.address}, version " in told.out
    assert "token     service token by token, policies apply, default" in told.out
    assert "mount     secret/ is KV v2" in told.out
    assert "rights    mail secrets: may read, 1 of 1" in told.out
    assert "rights    state: may create and update, 1 of 1" in told.out
    assert told.out.endswith("No problems.\n")


def test_what_only_an_apply_needs_is_no_fault_of_a_token_for_plans(shop: Any) -> None:
    told = shop.run("doctor")
    assert told.code == 0
    assert "!     rights    mail secrets: may not read secret/data/" in told.out
    assert "apply or verify needs it" in told.out
    assert "ok    rights    versions of mail secrets: may read, 1 of 1" in told.out


def test_a_path_that_a_plan_needs_is_named_with_the_policy_that_opens_it(shop: Any) -> None:
    shop.tokens["plan"] = shop.vault.token("default")
    told = shop.run("doctor")
    assert told.code == 1
    assert "FAIL  rights    versions of mail secrets: may not read secret/metadata/" in told.out
    assert 'fix: add  path "secret/metadata/' in told.out
    assert '{ capabilities = ["read"] }' in told.out


def short(site: Any) -> None:
    site.tokens["plan"] = site.vault.token("plan", ttl="65s")


def counted(site: Any) -> None:
    site.tokens["plan"] = site.vault.token("plan", num_uses=9)


def root(site: Any) -> None:
    site.tokens["plan"] = site.vault.root_token


def namespace(site: Any) -> None:
    option(site, namespace="mial")


def mount(site: Any) -> None:
    option(site, mount="cubbyhole")


def no_mount(site: Any) -> None:
    site.tokens["plan"] = site.vault.root_token
    option(site, mount="nowhere")


def down(site: Any) -> None:
    option(site, address="http://127.0.0.1:1")


def option(site: Any, **options: Any) -> None:
    site.land.documents["reconciler.yaml"]["secret_stores"]["default"].update(options)
    site.land.write()


# what is done, the exit code, what is said, the fix
CASES: dict[str, tuple[Callable[[Any], None], int, str, str]] = {
    "ends soon": (short, 0, "!     time      the token ends in 1 min", "raise token_ttl"),
    "few uses": (counted, 1, "FAIL  uses      the token may be used 8 more times", "token_num_uses"),
    "root": (root, 0, "!     token     this is a root token", "examples/vault/"),
    "namespace": (namespace, 1, "has no such namespace", "vault namespace list"),
    "another engine": (mount, 1, "FAIL  store     cubbyhole/ is a mount of cubbyhole", "secret_stores.default.mount"),
    "no mount": (no_mount, 1, "nothing is mounted at nowhere/", "secret_stores.default.mount"),
    "down": (down, 1, "FAIL  store     Vault http://127.0.0.1:1 cannot be reached (connection refused)", "VAULT_ADDR"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_told_with_its_fix(shop: Any, case: str) -> None:
    break_it, code, says, fix = CASES[case]
    break_it(shop)
    told = shop.run("doctor")
    assert told.code == code, told.out
    assert says in told.out
    assert fix in told.out.partition(says)[2]


def test_a_sealed_store_is_named_as_such(shop: Any) -> None:
    with VaultServer() as server:
        server.seal()
        option(shop, address=server.address)
        told = shop.run("doctor")
    assert told.code == 1
    assert ": sealed" in told.out
    assert "vault operator unseal" in told.out


def test_another_program_at_the_address_is_told(shop: Any) -> None:
    with Answers(Answer(json={"status": "UP"})) as server:
        option(shop, address=server.address)
        told = shop.run("doctor")
    assert told.code == 1
    assert "does not answer like Vault (version is missing or null, and should be text)" in told.out


def test_as_json_it_is_one_document(shop: Any) -> None:
    told = shop.run("doctor", "--format", "json").json
    assert (told["target"], told["ok"]) == ("secret stores", True)
    assert {one["what"] for one in told["examined"]} == {"server", "token", "time", "mount", "rights"}


def test_no_secret_is_opened_for_it(shop: Any) -> None:
    """The token may not; and would say so."""
    shop.tokens["plan"] = shop.vault.token("plan")
    assert "permission denied" not in shop.run("doctor").out
