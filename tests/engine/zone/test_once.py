"""A message that writes is carried out once, and in order, however often and whenever it comes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from reconciler.engine.claims.claims import Claims
from reconciler.engine.claims.mine import Mine
from reconciler.engine.claims.results import Interrupted
from reconciler.engine.envelope.message import Op, Request, Role
from reconciler.engine.envelope.sealed import seal
from reconciler.model.outcome import Outcome
from reconciler.model.runs.intent import Intent
from reconciler.model.runs.recovery import Recovered
from reconciler.model.settings import Absent
from reconciler.model.wire import document as wire
from reconciler.model.work.proofs import Proven
from reconciler.model.work.settles import SettleUnit, UnitSettled
from reconciler.model.work.writes import UnitWritten, WriteUnit
from reconciler.secrets.stores import Secrets


@pytest.fixture
def written(outside: Any) -> Any:
    """A run has updated something, and its message is at hand: it would write again."""
    outside.apply()
    outside.console["mail_servers"]["main"]["priority"] = 20
    outside.write()
    assert [one.status for one in outside.apply().values()] == ["updated"]
    return outside


def outcomes(answer: Any) -> list[Outcome]:
    return [one for body in answer.body for target in wire.read(UnitWritten, body).targets for one in target.outcomes]


def again(outside: Any, **claims: Any) -> Request:
    """The same write as another message: it writes if it is let."""
    request = outside.zone.last(Op.WRITE)
    return replace(outside.zone.request(Op.WRITE), body=request.body, files=request.files, **claims)


def test_a_second_delivery_is_answered_from_the_claim(written: Any) -> None:
    first, writes = written.zone.last(Op.WRITE), written.odoo.writes
    written.zone.worker.close()
    another = written.zone.started()
    answer = written.zone.send(first, worker=another)
    assert [one.status for one in outcomes(answer)] == ["updated"]
    assert written.odoo.writes == writes


def test_another_message_writes_again(written: Any) -> None:
    """Or the tests beside this one would prove nothing."""
    before = written.odoo.writes
    assert [one.status for one in outcomes(written.zone.send(again(written)))] == ["updated"]
    assert written.odoo.writes > before


def test_six_copies_at_once_write_once(written: Any) -> None:
    before = written.odoo.writes
    written.zone.send(again(written))
    once = written.odoo.writes - before
    token = seal(again(written), written.zone.apply)
    workers = [written.zone.worker, written.zone.started()]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda at: workers[at % 2].perform(token), range(6)))
    assert all(one is not None for one in found)
    assert written.odoo.writes - before == 2 * once > 0


@pytest.mark.parametrize("claims", [{"fence": 1, "seq": 99}, {"seq": 1}], ids=["older run", "older message"])
def test_what_is_older_is_not_begun(written: Any, claims: dict[str, int]) -> None:
    before = written.odoo.writes
    (found,) = outcomes(written.zone.send(again(written, **claims)))
    assert found.error is not None
    assert (found.status, found.error.rule) == ("not attempted", "claim-fenced")
    assert written.odoo.writes == before


def test_a_write_of_a_worker_that_is_gone_is_read_and_unknown(written: Any) -> None:
    written.odoo.edit("ir.mail_server", written.rows()[-1]["id"], sequence=7)
    request, before = again(written), written.odoo.writes
    _left_behind(written, request)
    (found,) = outcomes(written.zone.send(request))
    assert found.error is not None
    assert (found.status, found.error.rule) == ("unknown", "claim-interrupted")
    assert "worker gone was cut off here" in found.error.what
    assert found.error.what.endswith("; the platform shows: priority is 7, not 20")
    assert written.odoo.writes == before


def test_what_is_unknown_is_settled_by_the_next_run(written: Any, monkeypatch: Any) -> None:
    """The worker is killed in the middle; the console has half of it, and nobody says so but the zone."""
    written.console["mail_servers"]["main"]["priority"] = 30
    written.write()
    zone, send = written.zone, written.zone.send

    def killed(request: Request, key: Any = None, worker: Any = None) -> Any:
        if request.op is Op.WRITE:
            _left_behind(written, request)
            written.odoo.edit("ir.mail_server", written.rows()[-1]["id"], sequence=30)
        return send(request, key, worker)

    with monkeypatch.context() as patch:
        patch.setattr(zone, "send", killed)
        (found,) = written.apply().values()
    assert (found.status, found.error.rule) == ("unknown", "claim-interrupted")
    zone.run, zone.fence = "run-9", 9
    events = written.site.events()
    assert [(one.address, str(one.fate)) for one in events if isinstance(one, Recovered)] == [
        ("dev/openspp:mail_servers[main]", "took effect")
    ]
    assert zone.last(Op.SETTLE).fence == 9


def test_a_run_that_died_after_its_worker_had_finished_is_told_the_answer(written: Any) -> None:
    request = written.zone.last(Op.WRITE)
    (target,) = wire.read(WriteUnit, request.body[0]).targets
    intent = Intent(
        journal="j", run=request.run, at="2026-11-29T08:00:00Z", change=target.changes[0], before=Absent(), applied=None
    )
    written.zone.fence += 1
    answer = written.zone.ask(Op.SETTLE, SettleUnit(spec=written.spec(), intents=(intent,)))
    found = wire.read(UnitSettled, answer.body[0])
    assert found.fates == ("took effect",)
    assert found.finished is not None
    assert [one.status for one in found.finished.targets[0].outcomes] == ["updated"]
    again = written.zone.send(written.zone.last(Op.SETTLE))
    assert wire.read(UnitSettled, again.body[0]) == found


def test_handshakes_are_made_once_too(written: Any) -> None:
    logins = written.relay.logins.count(written.user)
    answer = written.zone.send(written.zone.last(Op.PROVE))
    assert [one.status for one in wire.read(Proven, answer.body[0]).found] == ["pass"]
    assert written.relay.logins.count(written.user) == logins


def test_a_run_that_was_stopped_begins_nothing_more(written: Any) -> None:
    stop = written.zone.request(Op.STOP, role=Role.WRITE)
    assert written.zone.worker.perform(seal(stop, written.zone.apply)) is None
    before = written.odoo.writes
    (found,) = outcomes(written.zone.send(again(written)))
    assert (found.status, found.error) == ("not attempted", None)
    assert written.odoo.writes == before


def test_a_job_that_is_run_again_under_its_name_is_another_run(written: Any) -> None:
    stop = written.zone.request(Op.STOP, role=Role.WRITE)
    written.zone.worker.hear(seal(stop, written.zone.apply))
    (found,) = outcomes(written.zone.send(again(written, run=stop.run, reply="of-another-process")))
    assert found.status == "updated"


def test_who_may_only_read_stops_nothing_that_writes(written: Any) -> None:
    stop = written.zone.request(Op.STOP, role=Role.READ)
    written.zone.worker.hear(seal(stop, written.zone.plan))
    assert [one.status for one in outcomes(written.zone.send(again(written)))] == ["updated"]


def test_what_comes_to_all_workers_is_a_stop_or_nothing(written: Any, caplog: Any) -> None:
    before = written.odoo.writes
    written.zone.worker.hear(seal(again(written), written.zone.apply))
    assert written.odoo.writes == before
    assert "op=write came to all workers" in caplog.text
    written.zone.worker.hear(seal(written.zone.request(Op.STOP, role=Role.WRITE), written.zone.apply))
    assert [one.status for one in outcomes(written.zone.send(again(written)))] == ["not attempted"]


def test_without_the_zones_vault_nothing_is_begun(written: Any) -> None:
    written.zone.settings["secret_stores"]["default"] |= {"address": "http://127.0.0.1:1", "timeout": 0.2}
    before = written.odoo.writes
    (found,) = outcomes(written.zone.send(again(written), worker=written.zone.started()))
    assert found.error is not None
    assert (found.status, found.error.rule) == ("not attempted", "vault-unreachable")
    assert written.odoo.writes == before


def _left_behind(outside: Any, request: Request) -> None:
    """As a worker leaves it that is killed in the middle, and as another one has noticed."""
    zone, clock = outside.zone, iter(range(0, 1000, 5))
    unit = wire.read(WriteUnit, request.body[0])
    with Secrets(zone.worker._zone.spec.stores, base=zone.folder) as secrets:
        claims = Claims(
            store=secrets.vault("default"),
            path=zone.settings["claims"]["path"],
            worker="gone",
            clock=lambda: float(next(clock)),
            sleep=lambda seconds: None,
            heart=lambda mine: None,
        )
        mine = {"run": request.run, "fence": request.fence, "seq": request.seq, "jti": request.jti}
        assert isinstance(claims.take(unit.installation, **mine), Mine)
        assert isinstance(claims.take(unit.installation, **mine), Interrupted)
