"""What is told when a broker, a worker or an answer is not there: within the deadline, and of each zone alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support import stub_zone as stub
from support.engine_contract import Books, Leave
from support.inside import Inside
from support.stub_zone import Stub

from reconciler.engine.envelope.message import Op, Request
from reconciler.engine.remote import post, writing
from reconciler.engine.remote.coordinator import Remote
from reconciler.engine.remote.transport import Lost, Parcel, Way
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import Policy, Status
from reconciler.model.landscape import TargetSpec
from reconciler.model.outcome import Outcome
from reconciler.model.secret import SecretRef

HERE, THERE = stub.spec("dmz"), stub.spec("plant")
SOON = 0.3  # seconds: a deadline that a test waits for, and that nobody has to keep


class Two:
    """Two zones, of which the first is the one that something happens to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.dmz, self.plant = Stub("dmz", folder), Stub("plant", folder)
        self.inside = Inside({})
        self._made: list[Remote] = []

    def remote(self, deadline: float = 20.0) -> Remote:
        self._made.append(stub.remote(self.inside, self.folder, self.dmz, self.plant, deadline=deadline))
        return self._made[-1]

    def close(self) -> None:
        for one in self._made:
            one.close()


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Two]:
    monkeypatch.setattr(post, "AGAIN", 0.01)
    made = Two(tmp_path)
    yield made
    made.close()


def rules(remote: Remote) -> dict[str, str | None]:
    found = remote.read([HERE, THERE])
    return {name: one.unreadable.rule if one.unreadable else None for name, one in found.items()}


def rule(remote: Remote, spec: TargetSpec) -> str | None:
    found = remote.read([spec])[spec.unit].unreadable
    return found.rule if found else None


def write(remote: Remote, one: Any = HERE, **permit: Any) -> list[Outcome]:
    found = list(remote.write([stub.unit(one)], Leave(**permit), Books(), grace=5.0))
    return [outcome for unit in found for target in unit.targets for outcome in target.outcomes]


def test_all_is_well(two: Two) -> None:
    remote = two.remote()
    assert rules(remote) == {HERE.unit: None, THERE.unit: None}
    assert [str(one.status) for one in write(remote)] == ["updated"]


def test_a_broker_that_is_down_is_told_once_and_tried_once(two: Two) -> None:
    two.inside.down = "Connection refused"
    found = two.remote().read([HERE, THERE, stub.spec("dmz", "other")])
    (told,) = {one.unreadable for one in found.values()}
    assert told is not None
    assert (told.rule, told.what) == ("broker-unreachable", "broker rabbit.example.com:5671: Connection refused")
    assert two.inside.connects <= 3  # one for each message that asked, at most
    assert two.inside.sent == []


def test_a_broker_that_was_never_there_is_not_waited_for_again(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "RETURNS", 600.0)
    two.inside.down = "no answer"
    remote = two.remote()
    assert [rule(remote, HERE), rule(remote, THERE)] == ["broker-unreachable"] * 2
    assert two.inside.connects == 1


def test_nothing_was_written_where_the_broker_is_down(two: Two) -> None:
    two.inside.down = "Connection refused"
    (outcome,) = write(two.remote())
    assert outcome.error is not None
    assert (str(outcome.status), outcome.error.rule) == ("not attempted", "broker-unreachable")


def test_a_zone_without_a_worker_is_told_at_once_and_the_other_goes_on(two: Two) -> None:
    two.inside.work["dmz"] = None
    remote = two.remote()
    assert rules(remote) == {HERE.unit: "zone-without-worker", THERE.unit: None}
    assert [str(one.status) for one in write(remote)] == ["not attempted"]
    assert {one.zone for one in two.inside.sent} == {"plant"}


def test_a_zone_that_the_broker_does_not_know_is_told(two: Two) -> None:
    remote = two.remote()
    del two.inside.work["dmz"]
    assert rules(remote) == {HERE.unit: "zone-undeclared", THERE.unit: None}


def test_a_read_without_an_answer_ends_at_the_deadline(two: Two) -> None:
    two.inside.swallows.add("dmz")
    assert rule(two.remote(SOON), HERE) == "zone-silent"


def test_versions_without_an_answer_are_findings(two: Two) -> None:
    two.inside.swallows.add("dmz")
    ref = SecretRef(store="default", path="mail", key="password", zone="dmz")
    found = two.remote(SOON).versions([ref])[ref]
    assert isinstance(found, Finding)
    assert found.rule == "zone-silent"


def test_a_proof_without_an_answer_is_inconclusive(two: Two) -> None:
    two.inside.swallows.add("dmz")
    relay = stub.relay()
    found = two.remote(SOON).prove([relay], Policy())[relay]
    assert (found.status, found.reached) == (Status.INCONCLUSIVE, False)
    assert "no answer in 0.3 s" in str(found.summary)


def test_a_write_without_an_answer_is_unknown_with_what_is_there_now(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "LOOKS", 0.985)
    monkeypatch.setattr(writing, "LOOKS_AT_MOST", 20.0)
    two.dmz.answers[Op.WRITE] = lambda request: None
    (outcome,) = write(two.remote())
    assert outcome.error is not None
    assert (str(outcome.status), outcome.error.rule) == ("unknown", "zone-silent")
    assert outcome.error.what.endswith("the platform shows what was planned")
    assert [request.op for request in two.dmz.asked] == [Op.WRITE, Op.READ]


def test_a_write_without_an_answer_says_when_nobody_can_look(two: Two) -> None:
    two.inside.swallows.add("dmz")
    (outcome,) = write(two.remote(SOON))
    assert outcome.error is not None
    assert str(outcome.status) == "unknown"
    assert "what is there now cannot be read: zone dmz: no answer" in outcome.error.what


def test_a_refusal_is_an_answer(two: Two) -> None:
    why = Finding(severity=Severity.ERROR, rule="other-version", what="the worker has 0.2", fix="install it")
    two.dmz.answers = dict.fromkeys(Op, lambda request: why)
    remote = two.remote()
    assert remote.read([HERE])[HERE.unit].unreadable == why
    (outcome,) = write(remote)
    assert (str(outcome.status), outcome.error) == ("not attempted", why)


def test_an_answer_that_is_not_believed_is_ignored_told_once_and_waited_on(
    two: Two, caplog: pytest.LogCaptureFixture
) -> None:
    """It comes before the true one: garbage, and the answer of another zone in this one's name."""

    def forged_first(request: Request) -> list[Any]:
        two.inside.also[:] = ["garbage", two.plant.sealed(replace(request), stub.read(request), zone="dmz")]
        return stub.read(request)

    two.dmz.answers[Op.READ] = forged_first
    remote = two.remote()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert remote.read([HERE])[HERE.unit].unreadable is None
    told = [one.getMessage() for one in caplog.records if "not believed" in one.getMessage()]
    assert len(told) == 2, told


def test_a_second_answer_is_nothing(two: Two, caplog: pytest.LogCaptureFixture) -> None:
    """A message that came twice is answered twice."""

    def twice(request: Request) -> list[Any]:
        two.inside.also[:] = [two.dmz.sealed(request, stub.read(request))]
        return stub.read(request)

    two.dmz.answers[Op.READ] = twice
    remote = two.remote()
    for _ in range(3):
        assert rule(remote, HERE) is None
    assert "not believed" not in caplog.text


def test_an_answer_by_the_way_of_another_zone_is_ignored(two: Two) -> None:
    """Who has taken plant's worker over plays there what dmz has signed."""
    remote = two.remote(SOON)
    two.inside.work["plant"] = lambda token: two.dmz.sealed_for(two.plant, token)
    assert rule(remote, THERE) == "zone-silent"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda request: [*stub.read(request), *stub.read(request)],
        lambda request: [],
        lambda request: stub.wrote(replace(request, body=())) or [replace(stub.reading(HERE))],
        lambda request: [replace(one, readings=(stub.reading(THERE),)) for one in stub.read(request)],
    ],
    ids=["too many", "none", "of another kind", "of another unit"],
)
def test_an_answer_to_something_else_is_no_answer(two: Two, wrong: Any) -> None:
    two.dmz.answers[Op.READ] = wrong
    assert rules(two.remote()) == {HERE.unit: "zone-answer", THERE.unit: None}


def test_a_write_that_another_unit_answers_is_unknown(two: Two) -> None:
    two.dmz.answers[Op.WRITE] = lambda request: [stub.written(stub.unit(THERE))]
    (outcome,) = write(two.remote())
    assert outcome.error is not None
    assert (str(outcome.status), outcome.error.rule) == ("unknown", "zone-answer")


def test_a_broker_that_is_back_before_the_deadline_costs_no_answer(two: Two) -> None:
    """What it may have lost is sent again."""

    def lost(request: Request) -> None:
        two.dmz.answers[Op.READ] = stub.read
        two.inside.loses("Connection reset")

    two.dmz.answers[Op.READ] = lost
    remote = two.remote()
    assert remote.read([HERE])[HERE.unit].unreadable is None
    assert two.inside.connects == 2
    assert [one.jti for one in two.inside.sent] == [two.dmz.asked[0].jti] * 2


def test_a_write_that_may_have_been_sent_is_unknown_though_nobody_is_there_now(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "RETURNS", 0.0)
    remote = two.remote()

    def broken(parcel: Parcel) -> None:
        two.inside.work["dmz"] = None
        raise Lost("Connection reset")

    monkeypatch.setattr(two.inside, "publish", broken)
    (outcome,) = write(remote)
    assert str(outcome.status) == "unknown"


def test_a_write_that_the_broker_has_kept_is_not_sent_again(two: Two) -> None:
    def lost(request: Request) -> list[Any]:
        two.inside.loses("Connection reset")
        return stub.wrote(request)

    two.dmz.answers[Op.WRITE] = lost
    assert [str(one.status) for one in write(two.remote())] == ["updated"]
    assert (two.inside.connects, len(two.inside.sent)) == (2, 1)


def test_a_stop_is_signed_and_names_the_run(two: Two) -> None:
    heard: list[str] = []
    two.inside.heard = heard.append
    remote = two.remote()
    remote.read([HERE])
    write(remote, run="run-7", fence=3)
    remote.stop()
    remote.close()
    two.dmz.answers[Op.STOP] = lambda request: None
    for token in heard:
        two.dmz.perform(token)
    assert [(one.op, one.run, one.fence) for one in two.dmz.asked[-2:]] == [(Op.STOP, "a1b2", 0), (Op.STOP, "run-7", 3)]


def test_writes_are_sure_and_in_order_and_proofs_go_their_own_way(two: Two) -> None:
    remote = two.remote()
    two.dmz.answers[Op.PROVE] = lambda request: []
    remote.read([HERE])
    remote.prove([stub.relay()], Policy())
    write(remote, run="run-7", fence=3)
    assert [(one.way, one.sure) for one in two.inside.sent[:3]] == [
        (Way.WORK, False),
        (Way.PROVE, False),
        (Way.WORK, True),
    ]
    numbers = [request.seq for request in two.dmz.asked]
    assert numbers == sorted(set(numbers))
    assert (two.dmz.asked[2].run, two.dmz.asked[2].fence) == ("run-7", 3)


def test_who_opens_secrets_is_told_with_the_versions(two: Two) -> None:
    remote = two.remote()
    assert remote.version("dmz")
    two.dmz.answers[Op.VERSIONS] = lambda request: stub.told(replace(request, body=({"refs": []},)))
    remote.versions([SecretRef(store="default", path="mail", key="password", zone="dmz")])
    assert remote.roles == {}  # an answer to something else is not believed
