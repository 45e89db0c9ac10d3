"""The policies of examples/vault open what plan and apply need, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab.servers.vault import VaultServer

from reconciler.errors import StateError, VaultDenied, VaultKeyMissing
from reconciler.model.address import Address
from reconciler.model.landscape import StateSpec
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Applied
from reconciler.secrets.stores import Secrets
from reconciler.state.choose import open_state

ENTRY = Applied(
    installation="https://apply.example.com",
    address=Address.parse("prod/erp:mail_servers[main]"),
    settings={"port": 587},
    secrets={},
    marker=None,
    run="1",
    at="2026-11-20T11:03:00Z",
)
EXAMPLES = Path(__file__).parents[2] / "examples/vault"
STATE = StateSpec(backend="vault", path="reconciler/state", store="default")
LOGIN = SecretRef(store="default", path="platforms/openspp", key="api_key")


@pytest.fixture
def as_role(vault: VaultServer, connect, ref, canary: str):
    vault.put(ref().path, password=canary)
    vault.put(LOGIN.path, api_key=canary)

    def role(name: str) -> Secrets:
        vault.policy(name, EXAMPLES / f"{name}.hcl")
        return connect(token=vault.token(name))

    return role


def test_plan_sees_the_version_of_a_mail_secret_and_not_the_secret(as_role, ref, refused) -> None:
    secrets = as_role("plan")
    assert secrets.version(ref()).number == 1
    with refused(VaultKeyMissing):
        secrets.version(ref("pasword"))
    with refused(VaultDenied) as caught:
        secrets.opener(None).open(ref())
    assert f"needs read on secret/data/{ref().path}" in (caught.value.why or "")


def test_plan_opens_the_logins_of_platforms(as_role, canary: str) -> None:
    assert as_role("plan").opener({LOGIN}).open(LOGIN).reveal() == canary


def test_plan_reads_the_state_and_cannot_write_it(as_role) -> None:
    state = open_state(STATE, as_role("plan"))
    assert state.load(["https://plan.example.com"]) == {}
    assert "https://plan.example.com" not in state.installations()
    with pytest.raises(StateError, match="permission denied"):
        state.save("https://plan.example.com", [ENTRY])
    with pytest.raises(StateError, match="permission denied"), state.lock("https://plan.example.com", "me"):
        pass


def test_apply_opens_mail_secrets_and_keeps_the_state(as_role, ref, canary: str) -> None:
    secrets = as_role("apply")
    assert secrets.version(ref()).number == 1
    assert secrets.opener(None).open(ref()).reveal() == canary
    state = open_state(STATE, secrets)
    with state.lock("https://apply.example.com", "me"):
        state.save("https://apply.example.com", [ENTRY])
        state.save("https://apply.example.com", [ENTRY])
    assert state.load([ENTRY.installation]) == {ENTRY.installation: (ENTRY,)}
