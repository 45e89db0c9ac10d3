"""One real Vault for this folder; every secret in it is the canary, and the canary must never show."""

from __future__ import annotations

import logging
import os
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from lab.servers.vault import VaultServer

from reconciler.errors import ReconcilerError
from reconciler.model.landscape import StoreSpec
from reconciler.model.secret import SecretRef
from reconciler.secrets.stores import Secrets

CANARY = "c4nary-V@lue+never/shown"

Connect = Callable[..., Secrets]
Refused = Callable[[type[ReconcilerError]], AbstractContextManager[pytest.ExceptionInfo[ReconcilerError]]]


@pytest.fixture(scope="session")
def vault() -> Iterator[VaultServer]:
    with VaultServer() as server:
        yield server


@pytest.fixture
def canary() -> str:
    return CANARY


@pytest.fixture
def area() -> str:
    """A folder in Vault of the test's own."""
    return f"mail/{uuid.uuid4().hex[:8]}"


@pytest.fixture(autouse=True)
def quiet(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Iterator[None]:
    """No Vault of the developer's own, and no secret in any output, at DEBUG."""
    for name in [name for name in os.environ if name.startswith(("VAULT_", "BAO_"))]:
        monkeypatch.delenv(name)
    caplog.set_level(logging.DEBUG)
    yield
    out, err = capsys.readouterr()
    assert CANARY not in caplog.text + out + err


@pytest.fixture
def connect(vault: VaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Connect]:
    """Makes Secrets for the store `default`; `token` goes by environment, further keywords are options of the store."""
    with ExitStack() as stack:

        def connected(*, token: str | None = None, **options: Any) -> Secrets:
            if "auth" not in options:
                monkeypatch.setenv("VAULT_TOKEN", vault.root_token if token is None else token)
            options = {"address": vault.address, "timeout": 2, **options}
            spec = StoreSpec(name="default", type="vault", options=options)
            return stack.enter_context(Secrets({"default": spec}, base=tmp_path))

        yield connected


@pytest.fixture
def refused() -> Refused:
    """Like pytest.raises, and looks for the canary in the whole chain."""

    @contextmanager
    def raising(kind: type[ReconcilerError]) -> Iterator[pytest.ExceptionInfo[ReconcilerError]]:
        with pytest.raises(kind) as caught:
            yield caught
        assert CANARY not in told(caught.value)
        assert caught.value.fix or caught.value.why

    return raising


def told(error: BaseException) -> str:
    """All that an exception and those below it could print."""
    parts, waiting, seen = list[str](), [error], set[int]()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        parts += [str(current), repr(current), *traceback.format_exception(current)]
        parts += [repr(getattr(current, name, None)) for name in ("what", "why", "fix", "args")]
        waiting += [below for below in (current.__cause__, current.__context__) if below is not None]
    return "\n".join(parts)


@pytest.fixture
def ref(area: str) -> Callable[..., SecretRef]:
    def made(key: str = "password", *, path: str | None = None, version: int | None = None) -> SecretRef:
        return SecretRef(store="default", path=path or f"{area}/relay", key=key, version=version)

    return made
