"""A whole run through a worker: what it reads, proves and writes is as in-process, and no secret leaves the zone."""

from __future__ import annotations

from typing import Any

import pytest
from lab import canary

from reconciler.engine.envelope.message import Op
from reconciler.model.outcome import OutcomeStatus
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.wire import document as wire
from reconciler.model.work.reads import ReadUnit, UnitRead, VersionsTold, VersionsUnit


def statuses(outcomes: Any) -> list[str]:
    return [str(one.status) for one in outcomes.values()]


def test_a_run_through_a_worker_creates_updates_and_ends_in_sync(outside: Any, caplog: Any) -> None:
    assert statuses(outside.apply()) == ["created"]
    outside.console["mail_servers"]["main"]["priority"] = 20
    outside.write()
    assert statuses(outside.apply()) == ["updated"]
    assert outside.rows()[-1]["sequence"] == 20
    assert [change.action for change in outside.site.plan().changes] == ["none"]
    assert outside.relay.users[outside.user] == outside.rows()[-1]["smtp_pass"]
    assert "op=write unit=dev/openspp outcome=created:1 seconds=" in caplog.text
    assert "op=prove unit=relays:1 outcome=pass:1 seconds=" in caplog.text


def test_a_user_logs_in_once_in_a_run(outside: Any) -> None:
    outside.console["mail_servers"]["other"] = {"relay": "submission", "priority": 11}
    outside.write()
    before = outside.relay.logins.count(outside.user)
    outside.apply()
    consoles_own = 2  # Odoo's own test of each server
    assert outside.relay.logins.count(outside.user) - before == 1 + consoles_own


def test_a_write_that_fails_its_test_is_taken_back_with_the_earlier_password(outside: Any) -> None:
    outside.apply()
    first = outside.rows()[-1]["smtp_pass"]
    later = f"later-{outside.user}"
    outside.relay.users[later] = password = canary.secret()  # the earlier login still works
    outside.zone.vault.put(f"mail/{outside.zone.area}", password=password)
    outside.submission["username"] = later
    outside.write()
    outside.odoo.cut_off()
    (found,) = outside.apply().values()
    assert found.status is OutcomeStatus.RESTORED, found
    assert (outside.rows()[-1]["smtp_pass"], outside.rows()[-1]["smtp_user"]) == (first, outside.user)


def test_versions_come_with_who_opens_secrets_there(outside: Any) -> None:
    version = outside.rotate()
    ref = SecretRef(store="default", path=f"mail/{outside.zone.area}", key="password", zone="dmz")
    told = wire.read(VersionsTold, outside.zone.ask(Op.VERSIONS, VersionsUnit(refs=(ref,))).body[0])
    found = told.versions[ref]
    assert isinstance(found, SecretVersion)
    assert found.number == version
    assert told.roles["default"].startswith("approle ")


@pytest.mark.parametrize("key", ["plan", "apply"])
def test_both_keys_may_read(outside: Any, key: str) -> None:
    answer = outside.zone.ask(Op.READ, ReadUnit(specs=(outside.spec(),)), key=getattr(outside.zone, key))
    (reading,) = wire.read(UnitRead, answer.body[0]).readings
    assert (reading.unit, reading.unreadable) == ("dev/openspp", None)


def test_ten_installations_in_a_message_are_answered_in_its_order(outside: Any) -> None:
    units = [ReadUnit(specs=(outside.spec(),)) for _ in range(10)]
    answer = outside.zone.ask(Op.READ, *units)
    found = [wire.read(UnitRead, one).readings[0].unit for one in answer.body]
    assert found == ["dev/openspp"] * 10
