"""How far an apply goes at once."""

from __future__ import annotations

import pytest
from lab.servers import fake
from support.site import Site

from reconciler.errors import PlatformRefused
from reconciler.model.change import Action, Change
from reconciler.model.handshake import Handshake, Level, Status
from reconciler.model.outcome import Outcome
from reconciler.pipeline.apply import run as apply
from reconciler.pipeline.apply import soak, waves
from reconciler.pipeline.apply.waves import Waves

ROUTE = "host: localhost, port: 2525, encryption: none, auth: none, verify: {level: connect}"


@pytest.fixture
def many(site: Site, world: fake.World) -> fake.World:
    """Two stages: four installations, then one."""
    site.stage("dev")
    site.stage("prod", order=20)
    for number in range(4):
        site.target(f"dev/crm{number}", "mail_servers: {main: {priority: 10}}", f"crm{number}")
    site.target("prod/crm", "mail_servers: {main: {priority: 10}}", "prod")
    return world


def applied(site: Site, **more: object) -> dict[str, str]:
    site.settings |= {"waves": Waves(**more), "workers": 1}  # type: ignore[arg-type]
    return {one.partition(":")[0]: str(outcome.status) for one, outcome in site.apply().items()}


def test_no_stage_after_the_last_one_is_written_and_that_is_no_failure(site: Site, many: fake.World) -> None:
    assert applied(site, stop_after="dev") == {**{f"dev/crm{n}": "created" for n in range(4)}, "prod/crm": "skipped"}
    assert many.of("prod").written == []


def test_when_a_canary_fails_nothing_else_of_its_stage_is_written(site: Site, many: fake.World) -> None:
    def refuse(change: Change) -> None:
        raise PlatformRefused("no")

    many.of("crm0").on_write = refuse
    found = applied(site, canary=1)
    assert found == {
        "dev/crm0": "failed",
        **dict.fromkeys(("dev/crm1", "dev/crm2", "dev/crm3", "prod/crm"), "not attempted"),
    }


def test_after_a_canary_the_others_follow(site: Site, many: fake.World) -> None:
    order: list[str] = []
    for number in (3, 1, 0, 2):
        many.of(f"crm{number}").on_write = lambda change: order.append(change.address.unit)
    assert set(applied(site, canary=2).values()) == {"created"}
    assert order[:2] == ["dev/crm0", "dev/crm1"]


def test_after_so_many_failures_nothing_new_is_begun(site: Site, many: fake.World) -> None:
    def refuse(change: Change) -> None:
        raise PlatformRefused("no")

    for number in range(4):
        many.of(f"crm{number}").on_write = refuse
    found = applied(site, stop_on=2)
    assert sorted(found.values()) == ["failed", "failed", "not attempted", "not attempted", "not attempted"]


@pytest.mark.parametrize(("verdict", "second"), [(Status.PASS, "created"), (Status.FAIL, "not attempted")])
def test_what_was_written_is_watched_before_the_next_wave(
    site: Site, world: fake.World, monkeypatch: pytest.MonkeyPatch, verdict: Status, second: str
) -> None:
    site.stage("dev")
    site.stage("prod", order=20)
    for name in ("dev", "prod"):
        site.target(f"{name}/crm", f"mail_servers: {{main: {{{ROUTE}}}}}", name)
    asked: list[int] = []

    def tried(relays, job) -> dict[object, Handshake]:
        asked.append(len(relays))
        return {relays[0]: _handshake(verdict)}

    monkeypatch.setattr(soak, "EVERY", 0.05)
    monkeypatch.setattr(soak, "_tried", tried)
    monkeypatch.setattr(apply, "_handshakes", lambda *_: {})
    site.settings["waves"] = Waves(soak=0.2)
    events = site.events()
    told = {str(one.address.unit): str(one.status) for one in events if isinstance(one, Outcome)}
    assert told == {"dev/crm": "created", "prod/crm": second}
    assert [one.seconds for one in events if isinstance(one, apply.Soaking)] == [0.2]
    assert len(asked) >= (3 if verdict is Status.PASS else 1)


def _handshake(status: Status) -> Handshake:
    return Handshake(relay=None, host="localhost", port=2525, level=Level.CONNECT, status=status, steps=(), checks=())


def test_a_canary_of_all_is_no_wave_of_its_own() -> None:
    assert list(waves.of([], 3)) == [()]


def test_what_is_not_written_goes_with_the_last_wave(site: Site, many: fake.World) -> None:
    changes = site.plan("dev").changes
    first, rest = waves.of(changes, 1)
    assert [one.address.unit for one in first] == ["dev/crm0"]
    assert {one.action for one in rest} == {Action.CREATE}
    assert len(first) + len(rest) == len(changes)
