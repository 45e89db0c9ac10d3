"""A secret goes back by its earlier version, if a real relay takes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from support.submission import REF, USERS

from reconciler.errors import SecretError
from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import Policy, Relay
from reconciler.model.landscape import TargetSpec
from reconciler.model.secret import SecretRef, SecretValue, SecretVersion
from reconciler.model.settings import Applied, AppliedSecret, Desired, Present
from reconciler.model.source import Position
from reconciler.model.work.writes import TargetWrites
from reconciler.pipeline.write import proven_secrets

MAIN = Address.parse("dev/crm:mail_servers[main]")
WHEN = "2026-11-20T11:02:38Z"
VERSION = SecretVersion(number=3, created_time=WHEN)


class Secrets:
    """A store in which version 3 has `earlier`, and what it opened."""

    def __init__(self, earlier: str, *, there: bool = True) -> None:
        self.earlier, self.there, self.opened = earlier, there, []

    def version(self, ref: SecretRef) -> SecretVersion:
        if not self.there:
            raise SecretError("version 3 was destroyed")
        return VERSION

    def opener(self, allowed: Any) -> Secrets:
        return self

    def open(self, ref: SecretRef) -> SecretValue:
        self.opened.append(ref)
        return SecretValue(self.earlier)


@pytest.fixture
def wanted(submission: Relay) -> Desired:
    settings = {
        "host": "localhost",
        "port": submission.port,
        "encryption": "starttls",
        "auth": "basic",
        "username": "user0",
        "password": REF,
        "ca_file": submission.ca_file,
    }
    place = Position(file="crm.yaml", line=1, column=1)
    return Desired(
        address=MAIN, kind="fake", installation="x", settings=settings, handshake=settings, origin={}, position=place
    )


@pytest.fixture
def back() -> Change:
    """As `restore` leaves it: nobody knows the password that was there."""
    lost = Finding(severity=Severity.ERROR, rule="secret-not-restored", field="password", what="lost")
    return Change(address=MAIN, kind="fake", installation="x", action=Action.NONE, findings=(lost,))


def last(version: SecretVersion = VERSION) -> Applied:
    secret = AppliedSecret(ref=REF, version=version)
    return Applied(
        installation="x", address=MAIN, settings={}, secrets={"password": secret}, marker=None, run="1", at=WHEN
    )


def filled(back: Change, wanted: Desired | None, secrets: Secrets, entry: Applied | None) -> Change:
    spec = TargetSpec(unit="dev/crm", kind="fake", installation="x", connection={})
    target = TargetWrites(
        spec=spec,
        changes=(back,),
        known={MAIN.resource: entry} if entry else {},
        wanted={MAIN.resource: wanted} if wanted else {},
    )
    earlier = proven_secrets.Earlier(target, cast("Any", secrets), Policy())
    return earlier.with_secrets(back, back, Present(settings={"username": "user0"}))


def test_the_earlier_version_is_written_when_the_relay_takes_it(back: Change, wanted: Desired) -> None:
    secrets = Secrets(USERS["user0"])
    found = filled(back, wanted, secrets, last())
    assert (found.action, found.findings) == (Action.UPDATE, ())
    assert [(one.field, one.after, one.sensitive) for one in found.fields] == [
        ("password", replace(REF, version=3), True)
    ]
    assert secrets.opened == [replace(REF, version=3)]


def test_a_version_that_the_relay_refuses_is_not_written(back: Change, wanted: Desired) -> None:
    assert filled(back, wanted, Secrets("wrong"), last()) == back


@pytest.mark.parametrize("case", ["destroyed", "unknown", "without versions", "proven elsewhere", "not declared"])
def test_what_nobody_has_or_can_prove_is_not_written(back: Change, wanted: Desired, case: str) -> None:
    secrets, entry, declared = Secrets(USERS["user0"], there=case != "destroyed"), last(), wanted
    if case == "unknown":
        entry = None
    elif case == "without versions":
        entry = last(SecretVersion(number=1))
    elif case == "proven elsewhere":
        declared = replace(wanted, handshake={**wanted.handshake, "verify.from": "platform"})
    elif case == "not declared":
        declared = None
    assert filled(back, declared, secrets, entry) == back
    assert secrets.opened == []
