"""Vault, with state, behind a proxy that loses, cuts, doubles, delays and swells: bounded, told, nothing lost."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from lab import canary
from lab.servers.vault import VaultServer
from support import fault_proxy
from support.fault_proxy import FaultProxy

from reconciler.errors import ReconcilerError, SecretError, StateError
from reconciler.model.address import Address
from reconciler.model.landscape import StoreSpec
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Applied
from reconciler.secrets.stores import Secrets
from reconciler.state.vault import VaultState

pytestmark = pytest.mark.crash

TIMEOUT = 0.8  # seconds for one request with its repetitions
MOST = 4 * TIMEOUT + 5  # of one operation: a load is a list and a read, and the machine is shared
AFTERWARDS = 20.0  # seconds for one request, where there is no fault or it passes

Ask = Callable[[Secrets, VaultState, SecretRef, str], Any]
ASKED: dict[str, Ask] = {
    "version": lambda secrets, state, ref, name: secrets.version(ref),
    "open": lambda secrets, state, ref, name: secrets.opener(None).open(ref),
    "load": lambda secrets, state, ref, name: state.load([name]),
    "installations": lambda secrets, state, ref, name: state.installations(),
    "save": lambda secrets, state, ref, name: state.save(name, [entry(name, 2)]),
    "lock": lambda secrets, state, ref, name: locked(state, name),
}


def locked(state: VaultState, name: str) -> None:
    with state.lock(name, "me"):
        pass


def entry(name: str, port: int) -> Applied:
    return Applied(
        installation=name,
        address=Address.parse("prod/erp:mail_servers[main]"),
        settings={"port": port},
        secrets={},
        marker=None,
        run="1",
        at="2026-11-20T11:03:00Z",
    )


@pytest.fixture(scope="module")
def vault() -> Iterator[VaultServer]:
    with VaultServer() as server:
        yield server


@pytest.fixture
def proxy(vault: VaultServer) -> Iterator[FaultProxy]:
    with FaultProxy(int(vault.address.rpartition(":")[2])) as proxy:
        yield proxy


@pytest.fixture
def secrets(vault: VaultServer, proxy: FaultProxy, tmp_path: Any) -> Iterator[Secrets]:
    spec = StoreSpec(name="default", type="vault", options={"address": proxy.address, "timeout": TIMEOUT})
    with Secrets({"default": spec}, base=tmp_path, environ={"VAULT_TOKEN": vault.root_token}) as opened:
        yield opened


@pytest.mark.parametrize("times", [1, None], ids=["once", "always"])
@pytest.mark.parametrize("question", ASKED)
@pytest.mark.parametrize("fault", fault_proxy.NAMES)
def test_each_question_ends_in_time_and_is_right_or_says_why(
    vault: VaultServer, proxy: FaultProxy, secrets: Secrets, fault: str, question: str, times: int | None
) -> None:
    area, name, word = uuid.uuid4().hex[:8], "https://erp.example.com", canary.token()
    ref = SecretRef(store="default", path=f"mail/{area}", key="password")
    vault.put(ref.path, password=word)
    state = VaultState(secrets.vault("default"), f"reconciler/{area}")
    state.save(name, [entry(name, 1)])
    proxy.fault, proxy.times = fault, times
    start, told, ended = time.monotonic(), "", None
    try:
        ended = ASKED[question](secrets, state, ref, name)
    except (SecretError, StateError) as error:
        told = f"{error.what} {error.why} {error.fix}"
    assert time.monotonic() - start < MOST
    assert proxy.met
    assert not canary.leaks(told)
    proxy.off()
    patient(secrets)
    if question == "open" and not told:
        assert ended.reveal() == word
    # whatever was told: what is there is the old or the new, whole, and the same run can go on
    (found,) = VaultState(secrets.vault("default"), f"reconciler/{area}").load([name])[name]
    assert found.settings["port"] in (
        (2,) if question == "save" and not told else (1, 2) if question == "save" else (1,)
    )
    state.save(name, [entry(name, 3)])
    (found,) = VaultState(secrets.vault("default"), f"reconciler/{area}").load([name])[name]
    assert found.settings["port"] == 3


# what passes does no harm: it is asked again, or was only slow
PASSING = ("latency", "reset", "answer lost", "answer cut", "answer doubled", "503 after it", "500 after it")


@pytest.mark.parametrize("question", ["version", "open", "load", "installations", "save"])
@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_does_no_harm_to_reads_and_to_the_state(
    vault: VaultServer, proxy: FaultProxy, secrets: Secrets, fault: str, question: str
) -> None:
    area, name = uuid.uuid4().hex[:8], "https://erp.example.com"
    ref = SecretRef(store="default", path=f"mail/{area}", key="password")
    vault.put(ref.path, password=canary.token())
    patient(secrets)
    state = VaultState(secrets.vault("default"), f"reconciler/{area}")
    proxy.fault, proxy.times = fault, 1
    ASKED[question](secrets, state, ref, name)
    assert proxy.met == 1


def test_vault_sealed_in_the_middle_is_told_as_such(tmp_path: Any) -> None:
    with VaultServer() as server:
        spec = StoreSpec(name="default", type="vault", options={"address": server.address, "timeout": TIMEOUT})
        environ = {"VAULT_TOKEN": server.root_token}
        with Secrets({"default": spec}, base=tmp_path, environ=environ) as secrets:
            ref = SecretRef(store="default", path="mail/a", key="password")
            server.put("mail/a", password=canary.token())
            state = VaultState(secrets.vault("default"), "reconciler/a")
            state.save("erp", [entry("erp", 1)])
            server.seal()
            for ask in ASKED.values():
                with pytest.raises(ReconcilerError) as caught:
                    ask(secrets, state, replaced(ref), "erp")
                assert "is sealed" in caught.value.what
                assert "unseal" in (caught.value.fix or "")


def patient(secrets: Secrets) -> None:
    """The same run goes on with more time: what it does now is not about when."""
    api = secrets.vault("default").api
    api.options = replace(api.options, timeout=AFTERWARDS)


def replaced(ref: SecretRef) -> SecretRef:
    """One that was not asked for yet: what was once answered holds for the run."""
    return SecretRef(store=ref.store, path=f"mail/{uuid.uuid4().hex[:8]}", key=ref.key)
