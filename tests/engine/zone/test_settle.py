"""What a run left in a zone is settled there: by what its worker kept, else by what can be read; never beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from reconciler.engine.claims.claims import Claims
from reconciler.engine.claims.mine import Mine
from reconciler.engine.claims.results import Interrupted
from reconciler.engine.envelope.message import Op
from reconciler.model.change import Change
from reconciler.model.ports import Ledger, Permit
from reconciler.model.runs.intent import Intent
from reconciler.model.runs.recovery import Fate, Recovered
from reconciler.model.wire import document as wire
from reconciler.model.work.settles import SettleUnit, UnitSettled
from reconciler.model.work.writes import TargetWrites, WriteUnit
from reconciler.pipeline.apply import recover
from reconciler.secrets.stores import Secrets


@pytest.fixture
def begun(outside: Any) -> SettleUnit:
    """A password that was rotated and written, by a run that had no time to remember it. Another run follows."""
    outside.apply()
    outside.rotate()
    outside.apply()
    sent = outside.zone.last(Op.WRITE)
    (target,) = wire.read(WriteUnit, sent.body[0]).targets
    intents = tuple(_intent(one, target, sent.run) for one in target.changes if one.writes)
    outside.zone.run, outside.zone.fence = "run-after", outside.zone.fence + 1
    return SettleUnit(spec=outside.spec(), intents=intents)


def _intent(change: Change, target: TargetWrites, run: str) -> Intent:
    before = target.before.live(change.address.resource)
    return Intent(journal="n", run=run, at="2026-11-20T08:00:00Z", change=change, before=before, applied=None)


def settled(outside: Any, *units: SettleUnit) -> list[UnitSettled]:
    answer = outside.zone.ask(Op.SETTLE, *units)
    assert answer.why is None, answer.why
    return [wire.read(UnitSettled, one) for one in answer.body]


def test_what_the_worker_kept_says_what_nobody_can_read(outside: Any, begun: SettleUnit) -> None:
    (found,) = settled(outside, begun)
    assert (found.fates, found.error) == ((Fate.TOOK_EFFECT,), None)
    assert found.finished is not None
    assert found.finished.installation == begun.spec.installation
    assert found.reading is not None
    (again,) = settled(outside, begun)  # by then the claim is that of the settling
    assert (again.fates, again.finished) == ((Fate.UNKNOWN,), None)


class Killed(BaseException):
    """As kill -9 of whoever applies."""


@pytest.fixture
def died(outside: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Whoever applied a rotated password is killed after the worker's answer, and before it is remembered."""

    def dies(units: Sequence[WriteUnit], permit: Permit, ledger: Ledger[Any], *, grace: float) -> None:
        for unit in units:
            ledger.begins(unit)
            outside.zone.ask(Op.WRITE, unit, run=permit.run)
        raise Killed

    outside.apply()
    outside.rotate()
    with monkeypatch.context() as patch:
        patch.setattr(outside.site.engine, "write", dies)
        with pytest.raises(Killed):
            outside.apply()
    outside.zone.run, outside.zone.fence = "run-after", outside.zone.fence + 1
    return outside


def recovered(outside: Any) -> Recovered:
    """As `reconciler recover`, and as `apply` before it plans."""
    with outside.site.job() as job:
        (found,) = recover.alone(job, ())
    return found


def test_the_next_run_adopts_what_a_worker_finished_for_one_that_died(died: Any) -> None:
    writes = died.odoo.writes
    found = recovered(died)
    assert (found.fate, found.note) == (Fate.TOOK_EFFECT, None)
    assert died.site.state.locks() == ()
    assert [change.action for change in died.site.plan().changes] == ["none"]
    assert died.odoo.writes == writes
    died.rotate()
    assert [one.status for one in died.apply().values()] == ["updated"]


def test_a_secret_that_moved_on_since_is_written_again(died: Any) -> None:
    died.rotate()
    assert recovered(died).note == "password will be written again"
    assert [one.status for one in died.apply().values()] == ["updated"]


def test_what_a_worker_kept_of_another_run_says_nothing(outside: Any, begun: SettleUnit) -> None:
    others = tuple(replace(one, run="another run") for one in begun.intents)
    (found,) = settled(outside, replace(begun, intents=others))
    assert (found.fates, found.finished, found.error) == ((Fate.UNKNOWN,), None, None)


def test_a_worker_that_is_gone_has_kept_nothing(outside: Any, begun: SettleUnit) -> None:
    gone = replace(outside.zone.last(Op.WRITE), seq=outside.zone.seq + 1, jti=uuid4().hex)
    clock = iter(range(0, 1000, 5))
    with Secrets(outside.zone.worker._zone.spec.stores, base=outside.zone.folder) as secrets:
        claims = Claims(
            store=secrets.vault("default"),
            path=outside.zone.settings["claims"]["path"],
            worker="gone",
            clock=lambda: float(next(clock)),
            sleep=lambda seconds: None,
            heart=lambda mine: None,
        )
        known = (begun.spec.installation, gone.run, gone.fence, gone.seq, gone.jti)
        assert isinstance(claims.take(*known), Mine)
        assert isinstance(claims.take(*known), Interrupted)
    (found,) = settled(outside, begun)
    assert (found.fates, found.finished, found.error) == ((Fate.UNKNOWN,), None, None)


def test_targets_of_one_installation_are_settled_under_one_claim(outside: Any, begun: SettleUnit) -> None:
    found = settled(outside, begun, replace(begun, spec=replace(begun.spec, unit="dev/second"), intents=()))
    assert [(one.fates, one.error) for one in found] == [((Fate.TOOK_EFFECT,), None), ((), None)]


def test_an_older_run_settles_nothing(outside: Any, begun: SettleUnit) -> None:
    settled(outside, begun)
    outside.zone.fence -= 1
    (found,) = settled(outside, begun)
    assert found.error is not None
    assert found.error.rule == "claim-fenced"


def test_a_host_that_a_worker_may_not_contact_is_left_alone(outside: Any, begun: SettleUnit) -> None:
    outside.zone.settings["hosts"] = ["console.example.com"]
    outside.zone.started()
    (found,) = settled(outside, begun)
    assert found.error is not None
    assert found.error.rule == "host-not-allowed"
