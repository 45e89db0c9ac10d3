"""apply/finished.py: which secrets count as written by a zone's worker for a run that died."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from support.plans import change, field, here

from reconciler.model.address import Address
from reconciler.model.change import Action
from reconciler.model.finding import Finding, Severity
from reconciler.model.runs.intent import Intent
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Absent, AppliedSecret
from reconciler.model.work.writes import UnitWritten, Written
from reconciler.pipeline.apply import finished

REF = SecretRef(store="default", path="mail/x", key="password", zone="dmz")
MAIN, OTHER = "dev/crm:mail_servers[main]", "dev/crm:mail_servers[other]"
V4 = SecretVersion(number=4, created_time="2026-11-20T08:00:00Z")


def intent(address: str, version: str | None) -> Intent:
    wanted = change(address, Action.UPDATE, field("password", None, REF, here(1), version=version, sensitive=True))
    return Intent(journal="n", run="7", at="2026-11-20T08:00:00Z", change=wanted, before=Absent(), applied=None)


def found(now: SecretVersion | Finding, *intents: Intent) -> Any:
    def versions(refs: Sequence[SecretRef]) -> Mapping[SecretRef, SecretVersion | Finding]:
        return dict.fromkeys(refs, now)

    took = Written(outcomes=(), after=None, took_effect=frozenset({Address.parse(MAIN)}))
    answer = UnitWritten(installation="crm", targets=(took,))
    return finished.secrets(intents, answer, SimpleNamespace(versions=versions))  # type: ignore[arg-type]  # asks no more


def test_a_secret_that_is_what_it_was_was_written() -> None:
    assert found(V4, intent(MAIN, "v4")) == {Address.parse(MAIN): {"password": AppliedSecret(ref=REF, version=V4)}}


def test_what_did_not_take_effect_was_not() -> None:
    assert found(V4, intent(OTHER, "v4")) == {}


@pytest.mark.parametrize(
    ("now", "planned"),
    [
        (SecretVersion(number=5), "v4"),
        (SecretVersion(number=None), None),
        (Finding(severity=Severity.ERROR, rule="vault-sealed", what="sealed"), "v4"),
    ],
    ids=["moved on", "without versions", "not told"],
)
def test_what_nobody_is_sure_of_is_written_again(now: SecretVersion | Finding, planned: str | None) -> None:
    assert found(now, intent(MAIN, planned)) == {Address.parse(MAIN): {}}
