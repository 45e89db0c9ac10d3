"""What stands in a unit that was carried out before: it goes back as it came, and opens or contacts nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.engine.envelope.message import Op
from reconciler.engine.zone.allowed import Allowed
from reconciler.engine.zone.files import Files
from reconciler.model.finding import Finding
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Present
from reconciler.model.wire import document as wire
from reconciler.model.work.proofs import Proven
from reconciler.model.work.writes import TargetWrites, WriteUnit


@pytest.fixture
def written(outside: Any) -> TargetWrites:
    """An update, with the password that was applied before."""
    outside.apply()
    outside.console["mail_servers"]["main"]["priority"] = 20
    outside.write()
    outside.apply()
    unit = wire.read(WriteUnit, outside.zone.last(Op.WRITE).body[0])
    assert unit.targets[0].known
    return unit.targets[0]


def allowed(outside: Any, one: TargetWrites) -> TargetWrites | Finding:
    return Allowed(outside.zone.worker._zone.spec, Files(None), {}).writes(one)


def test_an_earlier_password_may_be_proven_at_a_host_that_is_allowed(outside: Any, written: TargetWrites) -> None:
    found = allowed(outside, written)
    assert isinstance(found, TargetWrites)
    assert found.known == written.known


def test_it_has_no_way_back_through_a_host_that_is_not(outside: Any, written: TargetWrites) -> None:
    assert written.before is not None
    (resource, live), *_ = written.before.resources.items()
    assert isinstance(live, Present)
    moved = replace(live, settings={**live.settings, "host": "relay.example.com"})
    found = allowed(outside, replace(written, before=replace(written.before, resources={resource: moved})))
    assert isinstance(found, TargetWrites)
    assert found.known == {}


def test_it_has_none_where_it_is_of_another_network(outside: Any, written: TargetWrites) -> None:
    ((resource, applied),) = written.known.items()
    secret = applied.secrets["password"]
    ours = replace(applied, secrets={"password": replace(secret, ref=replace(secret.ref, zone=None))})
    found = allowed(outside, replace(written, known={resource: ours}))
    assert isinstance(found, TargetWrites)
    assert found.known == {}


def test_a_change_writes_no_secret_of_another_network(outside: Any, written: TargetWrites) -> None:
    (change,) = written.changes
    field = replace(change.fields[0], after=SecretRef(store="env", path="WORKERS_OWN", zone="dmz"))
    found = allowed(outside, replace(written, changes=(replace(change, fields=(field,)),)))
    assert isinstance(found, Finding)
    assert (found.rule, found.address) == ("secret-refused", "dev/openspp")


def test_what_a_handshake_leaves_for_the_next_names_no_file_of_the_worker(outside: Any, written: TargetWrites) -> None:
    answer = outside.zone.send(outside.zone.last(Op.PROVE))
    (login,) = wire.read(Proven, answer.body[0]).known.logins
    assert str(login.by.ca_file).startswith("sha256:")
