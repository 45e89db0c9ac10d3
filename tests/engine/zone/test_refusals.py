"""What a worker does not carry out: whole messages, and parts of one, each by name; and what it does not believe."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from support import zone_keys

from reconciler.engine.envelope.message import Op, Role, Status
from reconciler.engine.envelope.sealed import seal
from reconciler.model.handshake import Auth, Encryption, Policy, Relay
from reconciler.model.secret import SecretRef
from reconciler.model.wire import document as wire
from reconciler.model.work.proofs import Proven, ProveUnit
from reconciler.model.work.reads import ReadUnit, UnitRead, VersionsTold, VersionsUnit
from reconciler.model.work.writes import UnitWritten


def read(outside: Any, *specs: Any, **claims: Any) -> list[Any]:
    """What became of each target: None where it was read, else the rule."""
    answer = outside.zone.ask(Op.READ, ReadUnit(specs=specs), **claims)
    readings = wire.read(UnitRead, answer.body[0]).readings
    return [one.unreadable and one.unreadable.rule for one in readings]


def test_what_is_forged_is_not_run_and_not_answered(outside: Any, caplog: Any) -> None:
    zone = outside.zone
    unit = ReadUnit(specs=(outside.spec(),))
    nobody = zone_keys.make(zone.folder, "nobody")
    write = zone.request(Op.WRITE, role=Role.WRITE)
    forged = [
        "no message",
        seal(zone.request(Op.READ, [unit]), nobody),
        seal(zone.request(Op.READ, [unit]), zone.own),
        seal(zone.request(Op.READ, [unit], zone="plant"), zone.apply),
        seal(write, zone.plan),
        seal(zone.request(Op.PROVE), zone.plan),
        seal(zone.request(Op.READ, [unit], issued=int(time.time()) - 90, deadline=int(time.time()) - 30), zone.apply),
        seal(zone.request(Op.READ, [unit]), zone.apply)[:-4] + "AAAA",
    ]
    assert [zone.worker.perform(one) for one in forged] == [None] * len(forged)
    assert outside.odoo.requests == 0
    assert caplog.text.count("a message is not believed: ") == len(forged)
    assert "op is prove, and its key may not prove" in caplog.text


def test_a_host_that_worker_yaml_does_not_name_is_not_contacted(outside: Any) -> None:
    outside.zone.settings["hosts"] = ["localhost"]
    other = replace(outside.spec(), unit="dev/other", connection={**outside.spec().connection, "url": outside.odoo.url})
    near = replace(other, connection={**other.connection, "url": outside.odoo.url.replace("127.0.0.1", "localhost")})
    assert read(outside, outside.spec(), near) == ["host-not-allowed", None]


def test_a_write_to_a_host_that_is_not_allowed_fails_and_the_others_go_on(outside: Any) -> None:
    outside.apply()
    request = outside.zone.last(Op.WRITE)
    outside.zone.settings["hosts"] = ["localhost"]
    before = outside.odoo.writes
    sent = replace(outside.zone.request(Op.WRITE), body=request.body, files=request.files)
    answer = outside.zone.send(sent, worker=outside.zone.started())
    (target,) = wire.read(UnitWritten, answer.body[0]).targets
    assert [(one.status, one.error and one.error.rule) for one in target.outcomes] == [("failed", "host-not-allowed")]
    assert outside.odoo.writes == before


@pytest.mark.parametrize("field", ["host", "via", "resolver"])
def test_a_relay_is_proven_at_allowed_hosts_only(outside: Any, field: str) -> None:
    plain = {"name": "x", "host": "localhost", "port": outside.relay.port, "encryption": Encryption.STARTTLS}
    places = {"host": "relay.example.com", "via": "ssh://root@bastion.example.com", "resolver": "192.0.2.1:53"}
    good = Relay(auth=Auth.NONE, zone="dmz", ca_file=outside.submission["ca_file"], **plain)
    wrong = replace(good, **{field: places[field]})
    before = outside.relay.connections
    answer = outside.zone.ask(Op.PROVE, ProveUnit(relays=(wrong, good), policy=Policy()))
    first, second = wire.read(Proven, answer.body[0]).found
    assert (first.status, first.reached) == ("inconclusive", False)
    assert "is not contacted by this zone's worker" in first.checks[0].reason
    assert second.reached
    assert outside.relay.connections == before + 1


def test_a_kind_that_worker_yaml_does_not_name_is_not_handled(outside: Any) -> None:
    outside.zone.settings["kinds"] = ["file"]
    assert read(outside, outside.spec()) == ["kind-not-allowed"]
    assert outside.odoo.requests == 0


@pytest.mark.parametrize(
    ("ref", "rule"),
    [
        (SecretRef(store="env", path="WORKERS_OWN", zone="dmz"), "secret-refused"),
        (SecretRef(store="file", path="/etc/hostname", zone="dmz"), "secret-refused"),
        (SecretRef(store="default", path="mail/x", key="y", zone="plant"), "secret-refused"),
        (SecretRef(store="default", path="mail/x", key="y"), "secret-refused"),
        (SecretRef(store="other", path="mail/x", key="y", zone="dmz"), "secret"),
    ],
    ids=["variable", "file", "of another zone", "of no zone", "of a store that it has not"],
)
def test_only_the_zones_own_secrets_are_opened(outside: Any, ref: SecretRef, rule: str) -> None:
    spec = outside.spec()
    wrong = replace(spec, connection={**spec.connection, "api_key": ref}, connection_secrets=frozenset({ref}))
    assert read(outside, wrong) == [rule]
    told = outside.zone.ask(Op.VERSIONS, VersionsUnit(refs=(ref,)))
    found = wire.read(VersionsTold, told.body[0]).versions[ref]
    assert getattr(found, "rule", None) == rule
    assert outside.odoo.requests == 0


def test_a_target_of_another_zone_is_not_contacted(outside: Any) -> None:
    assert read(outside, replace(outside.spec(), zone="plant")) == ["zone-differs"]


def test_a_connection_is_held_to_its_schema(outside: Any) -> None:
    outside.zone.settings["hosts"] = ["*"]
    spec = outside.spec()
    wrong = replace(spec, connection={**spec.connection, "url": "http://console.example.com"})
    assert read(outside, wrong) == ["connection-form"]


def test_a_worker_that_may_only_read_refuses_the_rest(outside: Any) -> None:
    outside.zone.settings |= {"may": ["read"], "coordinators": [{"key": "apply.pub", "may": ["read"]}]}
    assert read(outside, outside.spec()) == [None]
    assert outside.zone.worker.perform(seal(outside.zone.request(Op.WRITE), outside.zone.apply)) is None


def test_what_the_worker_may_not_is_an_answer(outside: Any) -> None:
    """A key that may more than its worker is an error of worker.yaml: somebody has changed it since."""
    zone = outside.zone
    worker = zone.started()
    worker._zone = replace(worker._zone, spec=replace(worker._zone.spec, may=frozenset({"read"})))
    answer = zone.ask(Op.WRITE)
    assert (answer.status, zone.refused(answer).rule) == (Status.REFUSED, "worker-may")


@pytest.mark.parametrize(
    ("op", "claims", "status"),
    [
        (Op.WRITE, {"version": "99.0.0"}, Status.REFUSED),
        (Op.READ, {"version": "99.0.0"}, Status.DONE),
        (Op.READ, {"protocol": 99}, Status.REFUSED),
        (Op.WRITE, {"protocol": 99}, Status.REFUSED),
        (Op.READ, {"platforms": {"acme": "acme-mail 2.1"}}, Status.REFUSED),
    ],
    ids=["write", "read", "protocol of a read", "protocol of a write", "a platform's package"],
)
def test_versions_that_do_not_match_are_an_answer(zone: Any, op: Op, claims: dict[str, Any], status: Status) -> None:
    answer = zone.ask(op, **claims)
    assert answer.status is status
    if status is Status.REFUSED:
        found = zone.refused(answer)
        assert found.rule == "worker-version"
        assert ("99.0.0" if "version" in claims else "acme-mail 2.1" if "platforms" in claims else "99") in (
            f"{found.what} {found.why}"
        )


def test_what_is_too_late_is_not_begun(outside: Any) -> None:
    outside.zone.offset = 65.0
    answer = outside.zone.ask(Op.READ, ReadUnit(specs=(outside.spec(),)))
    assert outside.zone.refused(answer).rule == "too-late"
    assert outside.odoo.requests == 0


def test_a_unit_of_another_form_is_refused_before_any_is_begun(outside: Any) -> None:
    request = outside.zone.request(Op.READ, [ReadUnit(specs=(outside.spec(),))])
    answer = outside.zone.send(replace(request, body=(*request.body, {"specs": 3})))
    assert outside.zone.refused(answer).rule == "message-form"
    assert outside.odoo.requests == 0
