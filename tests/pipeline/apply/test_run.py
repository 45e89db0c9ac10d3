"""Apply on a platform in memory, with real state files: what is written, in which order, and what is told."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from lab.servers import fake
from lab.servers.smtp.faults import FaultServer
from lab.servers.smtp.pki import make
from lab.servers.smtp.relay import SmtpRelay
from support.site import Site, actions

from reconciler.errors import InvalidError, PlatformError, PlatformRefused, StateError
from reconciler.model.address import Address, Resource
from reconciler.model.change import Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Policy, Status
from reconciler.model.outcome import Outcome
from reconciler.model.settings import Applied
from reconciler.model.work.writes import TargetWrites
from reconciler.pipeline.apply import run as apply
from reconciler.pipeline.observe import targets
from reconciler.pipeline.write import target
from reconciler.state.folder import FileState

MAIN = "dev/crm:mail_servers[main]"
OLD = "dev/crm:mail_servers[old]"
ROUTE = "host: localhost, port: 2525, encryption: none, auth: basic, username: u, verify: {from: nowhere}"
SECRET = f"{ROUTE}, password: {{env: PW, version: 1}}"

LOWERED = "verify: {checks: {SMTP302: warn}}\n"


@pytest.fixture
def crm(site: Site, world: fake.World) -> fake.Installation:
    """One stage, one target, one mail server that has to be created."""
    site.stage("dev")
    site.target("dev/crm", "mail_servers: {main: {priority: 10}}", "crm")
    return world.of("crm")


def statuses(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {address: str(outcome.status) for address, outcome in outcomes.items()}


def rule(outcome: Outcome) -> str | None:
    return outcome.error.rule if outcome.error else None


def refusing(address: str) -> Callable[[Change], None]:
    def on_write(change: Change) -> None:
        if str(change.address) == address:
            raise PlatformRefused("no")

    return on_write


def entries(site: Site, installation: str = "fake:crm") -> dict[str, Applied]:
    return {str(entry.address): entry for entry in site.state.load([installation]).get(installation, ())}


# --- what is written


def test_a_risk_that_nobody_accepted_stops_it_before_anybody_is_contacted(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET}}}}}", "crm")
    todo = site.plan()
    crm.on_read = fake.unreachable
    with pytest.raises(InvalidError, match="nothing would prove") as refused:
        site.events(todo, allow=["archive"])
    assert refused.value.fix == "review it, then apply with --allow unverified"
    assert crm.written == []


def test_what_would_be_refused_stops_the_run_before_anything_is_written(
    site: Site, world: fake.World, crm: fake.Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.stage("prod", order=20)
    site.target("prod/crm", "mail_servers: {main: {priority: 10}}", "prod")
    later = "prod/crm:mail_servers[main]"

    class Foreseeing(fake.FakeWriter):  # a class of its own: what a Protocol found in a class, it remembers
        def refused(self, changes: Sequence[Change]) -> dict[Address, Exception]:
            return {one.address: PlatformRefused("no") for one in changes if str(one.address) == later}

    monkeypatch.setattr(fake, "FakeWriter", Foreseeing)
    outcomes = site.apply()
    assert statuses(outcomes) == {MAIN: "not attempted", later: "failed"}
    assert rule(outcomes[MAIN]) == "refused-beside-it"
    assert crm.written == []


def test_what_is_declared_is_written_and_then_in_sync(site: Site, crm: fake.Installation) -> None:
    assert statuses(site.apply()) == {MAIN: "created"}
    assert crm.row("mail_servers[main]").settings == {"priority": 10}
    assert actions(site.plan()) == {MAIN: "none"}


def test_an_update_writes_only_what_differs(site: Site, crm: fake.Installation) -> None:
    crm.put("mail_servers[main]", priority=20, host="left.alone")
    outcome = site.apply()[MAIN]
    assert (str(outcome.status), outcome.fields) == ("updated", ("priority",))
    assert crm.row("mail_servers[main]").settings == {"priority": 10, "host": "left.alone"}


def test_what_the_platform_does_not_use_yet_is_pending_and_stops_later_stages(
    site: Site, world: fake.World, crm: fake.Installation
) -> None:
    site.stage("prod", order=20)
    site.target("prod/crm", "mail_servers: {main: {priority: 10}}", "prod")
    crm.put("mail_servers[main]", priority=20).pending = frozenset({"priority"})

    assert statuses(site.apply()) == {MAIN: "pending", "prod/crm:mail_servers[main]": "not attempted"}
    assert entries(site)[MAIN].settings == {"priority": 10}


def test_an_archived_resource_keeps_its_object(site: Site, crm: fake.Installation) -> None:
    crm.put("mail_servers[old]")
    assert statuses(site.apply()) == {OLD: "archived", MAIN: "created"}
    assert crm.row("mail_servers[old]").archived
    assert actions(site.plan()) == {MAIN: "none"}


def test_an_adopted_object_gets_our_mark(site: Site, crm: fake.Installation) -> None:
    crm.put("mail_servers[main]", mark=False, priority=20)
    assert statuses(site.apply()) == {MAIN: "adopted"}
    assert [str(row.key) for row in crm.rows.values()] == ["mail_servers[main]"]
    assert actions(site.plan()) == {MAIN: "none"}


def test_a_moved_resource_keeps_its_object_and_its_state(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET}}}}}", "crm")
    site.apply()
    site.target("dev/crm", f"mail_servers: {{new: {{moved_from: main, {SECRET}}}}}", "crm")
    assert statuses(site.apply()) == {"dev/crm:mail_servers[new]": "updated"}
    assert [str(row.key) for row in crm.rows.values()] == ["mail_servers[new]"]
    assert actions(site.plan()) == {"dev/crm:mail_servers[new]": "none"}
    assert "password" in entries(site)["dev/crm:mail_servers[new]"].secrets


def test_what_is_in_sync_is_remembered_without_a_word(site: Site, crm: fake.Installation) -> None:
    crm.put("mail_servers[main]", priority=10)
    assert site.apply() == {}
    assert entries(site)[MAIN].settings == {"priority": 10}
    assert crm.written == []


def test_a_secret_is_opened_by_the_writer_and_never_kept(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET}}}}}", "crm")
    site.apply()
    assert crm.opened == {"password": "s3cr3t-canary"}
    kept = [file.read_text(encoding="utf-8") for file in (site.folder / ".reconciler").rglob("*") if file.is_file()]
    assert "s3cr3t-canary" not in "".join(kept)
    assert actions(site.plan()) == {MAIN: "none"}


def test_a_counted_up_generation_is_written_again(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET}}}}}", "crm")
    site.apply()
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET.replace('version: 1', 'version: 2')}}}}}", "crm")
    outcome = site.apply()[MAIN]
    assert (str(outcome.status), outcome.fields) == ("updated", ("password",))
    assert actions(site.plan()) == {MAIN: "none"}


def test_what_nobody_proved_is_said(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET}}}}}", "crm")
    assert site.apply()[MAIN].notes == ("not proven that mail can be sent this way (verify.from: nowhere)",)
    text = SECRET.replace("nowhere", "platform").replace("2525", "2526")
    site.target("dev/crm", f"mail_servers: {{main: {{{text}}}}}", "crm")
    assert site.apply()[MAIN].notes == (
        "the platform has not proven that mail can be sent this way (verify.from: platform)",
    )


@pytest.mark.parametrize(("severity", "status"), [("info", "info"), ("warn", "warn")])
def test_a_refused_login_that_is_lowered_is_written_and_said(
    site: Site, crm: fake.Installation, severity: str, status: str
) -> None:
    with SmtpRelay(users={"u": "another"}, tls="none") as relay:
        text = SECRET.replace("2525", str(relay.port)).replace("localhost", "127.0.0.1")
        text = text.replace("{from: nowhere}", f"{{checks: {{SMTP302: {severity}}}}}")
        site.target("dev/crm", f"mail_servers: {{main: {{{text}}}}}", "crm")
        outcome = site.apply()[MAIN]
    assert (str(outcome.status), relay.logins) == ("created", ["u"])
    assert outcome.notes == (
        f"not proven that mail can be sent this way: SMTP302 ended the handshake, and counts as {status} "
        "by verify.checks",
    )


def test_an_expired_certificate_that_is_lowered_proves_no_login(
    site: Site, crm: fake.Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pki = make(tmp_path_factory.mktemp("pki"))
    with SmtpRelay(users={"u": "s3cr3t-canary"}, certificate=pki.expired) as relay:
        route = f"host: localhost, port: {relay.port}, encryption: starttls, ca_file: {pki.ca_file}"
        login = "auth: basic, username: u, password: {env: PW, version: 1}"
        site.stage("dev", text=f"relays: {{r: {{{route}, {login}}}}}\nverify: {{checks: {{SMTP206: warn}}}}")
        site.target("dev/crm", "mail_servers: {main: {relay: r}}", "crm")
        (note,) = site.apply()[MAIN].notes
    assert (relay.logins, "SMTP206 ended the handshake, and counts as warn" in note) == ([], True)


# --- stages


@pytest.fixture
def three(site: Site, world: fake.World) -> Site:
    for name, order in (("dev", 10), ("test", 20), ("prod", 30)):
        site.stage(name, order)
        site.target(f"{name}/crm", "mail_servers: {a: {priority: 1}, b: {priority: 1}}")
    return site


def test_stages_are_applied_in_their_order(three: Site) -> None:
    three.stage("dev", 40)
    events = three.events()
    assert [event.names for event in events if isinstance(event, apply.StageStarted)] == [
        ("test",),
        ("prod",),
        ("dev",),
    ]


def test_stages_of_equal_order_run_together(three: Site) -> None:
    three.stage("test", 10)
    events = three.events()
    assert [event.names for event in events if isinstance(event, apply.StageStarted)] == [("dev", "test"), ("prod",)]


LOGIN = "auth: basic, username: u, password: {env: PW, version: 1}"


def prove(site: Site, login: str, **senders: str) -> None:
    """A stage for each name, with one mail server behind this login."""
    for number, (name, sender) in enumerate(senders.items()):
        level = "verify: {level: envelope, recipient: p@example.com}" if sender else ""
        given = f"sender: {{address: {sender}}}\n{level}" if sender else ""
        site.stage(name, 10 * number, f"relays: {{r: {{{login}}}}}\n{given}")
        site.target(f"{name}/crm", "mail_servers: {main: {relay: r}}")


def test_stages_of_one_login_log_in_once(site: Site, world: fake.World) -> None:
    with SmtpRelay(users={"u": "s3cr3t-canary"}, tls="none") as relay:
        route = f"host: 127.0.0.1, port: {relay.port}, encryption: none, {LOGIN}"
        prove(site, route, dev="a@example.com", test="b@example.com", prod="a@example.com")
        outcomes = site.apply()
    assert (set(statuses(outcomes).values()), relay.logins) == ({"created"}, ["u"])
    assert relay.senders == ["a@example.com", "b@example.com"]
    handshake = outcomes["prod/crm:mail_servers[main]"].handshake
    told = {check.id: check.reason for check in handshake.checks} if handshake else {}
    assert told["SMTP302"] == f"logged in as u, on 127.0.0.1:{relay.port} (r)"
    assert (relay.connections, told["SMTP100"].startswith("connected")) == (3, True)


def test_a_login_that_one_stage_lowers_is_not_tried_again_by_the_next(site: Site, world: fake.World) -> None:
    with SmtpRelay(users={"u": "another"}, tls="none") as relay:
        prove(site, f"host: 127.0.0.1, port: {relay.port}, encryption: none, {LOGIN}", dev="", test="")
        site.stage("dev", 5, (site.root / "dev/environment.yaml").read_text().partition("\n")[2] + LOWERED)
        outcomes = site.apply()
    assert relay.logins == ["u"]
    assert statuses(outcomes) == {MAIN: "created", "test/crm:mail_servers[main]": "failed"}
    error = outcomes["test/crm:mail_servers[main]"].error
    assert error is not None
    assert error.what.endswith("was inconclusive")


def test_a_failed_resource_stops_later_stages_but_not_its_neighbours(three: Site, world: fake.World) -> None:
    world.of("test-crm").on_write = refusing("test/crm:mail_servers[a]")
    assert statuses(three.apply()) == {
        "dev/crm:mail_servers[a]": "created",
        "dev/crm:mail_servers[b]": "created",
        "test/crm:mail_servers[a]": "failed",
        "test/crm:mail_servers[b]": "created",
        "prod/crm:mail_servers[a]": "not attempted",
        "prod/crm:mail_servers[b]": "not attempted",
    }
    assert list(entries(three, "fake:test-crm")) == ["test/crm:mail_servers[b]"]


def test_one_installation_in_two_stages_is_not_stale_by_our_own_write(site: Site, world: fake.World) -> None:
    for name, order in (("dev", 10), ("test", 20)):
        site.stage(name, order)
        site.target(f"{name}/crm", f"mail_servers: {{{name}: {{{SECRET}}}}}", "crm")
        world.of("crm").put(f"mail_servers[{name}]")
    world.of("crm").shared_marker = True
    assert set(statuses(site.apply()).values()) == {"updated"}


# --- stale


@pytest.mark.parametrize("settings", [{"priority": 30}, {"priority": 20, "host": "elsewhere"}], ids=["value", "other"])
def test_what_changed_since_the_plan_is_stale_where_it_matters(
    site: Site, crm: fake.Installation, settings: dict[str, object]
) -> None:
    row = crm.put("mail_servers[main]", priority=20)
    todo = site.plan()
    row.settings.update(settings)
    expected = "stale" if settings["priority"] != 20 else "updated"
    assert statuses(site.apply(todo)) == {MAIN: expected}
    assert (crm.written == []) is (expected == "stale")


def test_a_stale_resource_says_what_moved(site: Site, crm: fake.Installation) -> None:
    row = crm.put("mail_servers[main]", priority=20)
    todo = site.plan()
    row.settings["priority"] = 30
    error = site.apply(todo)[MAIN].error
    assert error
    assert error.what == "no longer as planned: priority: on the platform 30, was 20"


def test_a_changed_mark_makes_a_planned_secret_stale(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET}}}}}", "crm")
    row = crm.put("mail_servers[main]")
    todo = site.plan()
    crm.touch(row)
    outcome = site.apply(todo)[MAIN]
    assert (str(outcome.status), crm.written) == ("stale", [])
    assert outcome.error
    assert outcome.error.what == "no longer as planned: changed on the platform: m2 now, m1 in the plan"


def test_a_version_that_moved_since_the_plan_is_stale(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET}}}}}", "crm")
    todo = site.plan()
    fields = tuple(replace(one, version="v0") if one.sensitive else one for one in todo.changes[0].fields)
    todo = replace(todo, changes=(replace(todo.changes[0], fields=fields),))
    error = site.apply(todo)[MAIN].error
    assert error
    assert error.what == "no longer as planned: password: version v1, was v0"


def test_a_risk_that_the_plan_does_not_show_is_stale(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET}}}}}", "crm")
    site.apply()
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET.replace('localhost', 'localhost.')}}}}}", "crm")
    todo = site.plan()
    assert "secret-to-new-host" in {risk.rule for risk in todo.changes[0].risks}
    todo = replace(todo, changes=(replace(todo.changes[0], risks=()),))
    assert statuses(site.apply(todo)) == {MAIN: "stale"}


def test_what_is_already_as_declared_is_unchanged_and_remembered(site: Site, crm: fake.Installation) -> None:
    row = crm.put("mail_servers[main]", priority=20)
    todo = site.plan()
    row.settings["priority"] = 10
    assert statuses(site.apply(todo)) == {MAIN: "unchanged"}
    assert MAIN in entries(site)


def test_what_somebody_archived_already_is_only_forgotten(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", "mail_servers: {main: {priority: 10}, old: {priority: 1}}", "crm")
    site.apply()
    site.target("dev/crm", "mail_servers: {main: {priority: 10}}", "crm")
    todo = site.plan()
    crm.row("mail_servers[old]").archived = True
    assert statuses(site.apply(todo)) == {OLD: "released"}
    assert actions(site.plan()) == {MAIN: "none"}


def test_drift_of_what_was_in_sync_is_left_to_the_next_plan(site: Site, crm: fake.Installation) -> None:
    row = crm.put("mail_servers[main]", priority=10)
    todo = site.plan()
    row.settings["priority"] = 20
    assert site.apply(todo) == {}
    assert row.settings["priority"] == 20


def test_a_platform_that_is_lost_since_the_plan_is_not_attempted(site: Site, crm: fake.Installation) -> None:
    crm.put("mail_servers[old]")
    todo = site.plan()
    crm.on_read = fake.unreachable
    outcomes = site.apply(todo)
    assert statuses(outcomes) == {MAIN: "not attempted", OLD: "not attempted"}
    assert {rule(outcome) for outcome in outcomes.values()} == {"platform-unreachable"}


# --- what keeps a change from being written


def test_a_relay_that_refuses_keeps_its_resources_from_being_written(site: Site, crm: fake.Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    site.target("dev/crm", "mail_servers: {main: {relay: r}, other: {priority: 5}}", "crm")
    site.stage("dev", text=f"relays: {{r: {{host: 127.0.0.1, port: {port}, encryption: none, auth: none}}}}")
    outcomes = site.apply()
    assert statuses(outcomes) == {MAIN: "failed", "dev/crm:mail_servers[other]": "created"}
    assert rule(outcomes[MAIN]) == "handshake"
    assert crm.written == ["dev/crm:mail_servers[other]"]
    assert list(entries(site)) == ["dev/crm:mail_servers[other]"]


def test_a_relay_that_accepts_lets_its_resources_be_written(site: Site, crm: fake.Installation) -> None:
    with SmtpRelay(users={"u": "s3cr3t-canary"}, tls="none") as relay:
        text = SECRET.replace("2525", str(relay.port)).replace("localhost", "127.0.0.1").replace("nowhere", "here")
        site.target("dev/crm", f"mail_servers: {{main: {{{text}}}, bulk: {{{text}}}}}", "crm")
        outcomes = site.apply()
    assert set(statuses(outcomes).values()) == {"created"}
    assert relay.logins == ["u"]
    assert all(outcome.handshake and outcome.handshake.status is Status.PASS for outcome in outcomes.values())


def test_a_paused_target_is_planned_and_skipped(site: Site, crm: fake.Installation) -> None:
    paused = "paused: {reason: 'migration, MAIL-123', until: 2026-11-20}\n"
    site.target("dev/crm", "mail_servers: {main: {priority: 10}}", "crm", paused)
    todo = site.plan()
    assert (actions(todo), todo.applyable) == ({MAIN: "create"}, False)
    outcome = site.apply(todo)[MAIN]
    assert (str(outcome.status), outcome.notes) == ("skipped", ("paused until 2026-11-20: migration, MAIL-123",))
    assert crm.written == []


def test_every_plan_shows_a_pause(site: Site, crm: fake.Installation) -> None:
    crm.put("mail_servers[main]", priority=10)
    site.target("dev/crm", "mail_servers: {main: {priority: 10}}", "crm", "paused: {reason: why, until: 2026-12-01}\n")
    assert [found.what for found in site.plan().findings] == ["dev/crm is paused until 2026-12-01: why"]


def test_a_pause_that_has_ended_pauses_nothing(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", "mail_servers: {main: {priority: 10}}", "crm", "paused: {reason: gone, until: 2026-11-19}\n")
    todo = site.plan()
    assert todo.changes[0].findings == ()
    assert statuses(site.apply(todo)) == {MAIN: "created"}


def test_an_installation_that_another_run_holds_is_not_attempted(site: Site, world: fake.World) -> None:
    site.stage("dev")
    site.target("dev/crm", "mail_servers: {main: {priority: 10}}", "crm")
    site.target("dev/erp", "farm: {priority: 10}", "erp")
    with site.state.lock("fake:crm", "alice@laptop"):
        outcomes = site.apply()
    assert statuses(outcomes) == {MAIN: "not attempted", "dev/erp:farm": "created"}
    assert outcomes[MAIN].error
    assert "alice@laptop" in outcomes[MAIN].error.what


def test_a_blocked_resource_is_not_attempted_and_says_why(site: Site, crm: fake.Installation) -> None:
    crm.put("mail_servers[main]", mark=False)
    crm.put("mail_servers[main]", mark=False)
    outcome = site.apply()[MAIN]
    assert (str(outcome.status), rule(outcome)) == ("not attempted", "ambiguous")


# --- what can go wrong while it is written


def test_what_is_created_and_never_read_back_is_archived_again(site: Site, crm: fake.Installation) -> None:
    crm.forgetful = frozenset({"priority"})
    outcome = site.apply()[MAIN]
    assert (str(outcome.status), rule(outcome)) == ("restored", "not-read-back")
    assert outcome.error
    assert outcome.error.what == "written, but priority is not set, not 10"
    assert crm.row("mail_servers[main]").archived
    assert entries(site) == {}


def test_what_is_read_back_late_is_waited_for(site: Site, crm: fake.Installation) -> None:
    site.settings["patience"] = 5.0
    crm.forgetful = frozenset({"priority"})
    reads: list[int] = []

    def late() -> None:
        reads.append(1)
        if crm.written and len(reads) > 4:
            crm.row("mail_servers[main]").settings["priority"] = 10

    crm.on_read = late
    assert statuses(site.apply()) == {MAIN: "created"}


CHECKS = (
    CheckResult(id="A", status=CheckStatus.PASS, reason="connected"),
    CheckResult(id="B", status=CheckStatus.FAIL, reason="550 relay access denied", advice="ask the relay's team"),
)
DENIED = Handshake(relay=None, host="h", port=25, level=Level.AUTH, status=Status.FAIL, steps=(), checks=CHECKS)


def test_a_platform_whose_own_test_fails_gets_its_earlier_settings_back(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET}, priority: 10}}}}", "crm")
    site.apply()
    before, known = dict(crm.row("mail_servers[main]").settings), entries(site)[MAIN]
    crm.on_test = lambda resource: DENIED
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET}, priority: 11, tags: [a]}}}}", "crm")
    outcome = site.apply()[MAIN]
    assert (str(outcome.status), outcome.test, outcome.fields) == ("restored", DENIED, ("priority", "tags"))
    assert outcome.error
    assert outcome.error.what == "written, but the platform's own test failed: 550 relay access denied"
    assert crm.row("mail_servers[main]").settings == {**before, "tags": None}
    assert replace(entries(site)[MAIN], marker=known.marker) == known, "what was applied before is still known"
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET}, priority: 10}}}}", "crm")
    assert actions(site.plan()) == {MAIN: "none"}


def test_whoever_may_no_longer_write_takes_nothing_back_either(site: Site, crm: fake.Installation) -> None:
    """Somebody else may be at it by then."""
    site.target("dev/crm", "mail_servers: {main: {priority: 10}}", "crm")
    site.apply()
    site.target("dev/crm", "mail_servers: {main: {priority: 11}}", "crm")
    (spec,), todo, permit = targets.specs(site.land(), ["dev/crm"]), site.plan(), Losing()
    crm.on_test = permit.lost
    with site.job() as job:
        before = targets.reading(spec, job.secrets)
        wanted = TargetWrites(spec=spec, changes=todo.changes, before=before)
        (outcome,) = target.written(wanted, job.secrets, permit, patience=0.3, policy=Policy()).outcomes
    assert (str(outcome.status), rule(outcome)) == ("failed", "platform-test")
    assert crm.row("mail_servers[main]").settings["priority"] == 11


class Losing:
    """A Permit that is lost while the platform tests."""

    run, fence = "run", 1
    why: Finding | None = None

    def stopped(self) -> bool:
        return False

    def held(self) -> Finding | None:
        return self.why

    def lost(self, resource: Resource) -> Handshake:
        self.why = Finding(severity=Severity.ERROR, rule="claim-lost", what="others have it now")
        return DENIED


def test_a_secret_that_cannot_be_restored_is_named_and_written_again(
    site: Site, crm: fake.Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW", "s3cr3t-canary-2")
    first = f"mail_servers: {{main: {{{SECRET}, priority: 10}}}}"
    site.target("dev/crm", first, "crm")
    site.apply()
    crm.on_test = lambda resource: DENIED
    site.target("dev/crm", first.replace("env: PW", "env: NEW").replace("10", "11"), "crm")
    outcome = site.apply()[MAIN]
    assert (str(outcome.status), rule(outcome)) == ("failed", "secret-not-restored")
    assert outcome.error
    assert outcome.error.what.endswith("relay access denied; its earlier settings are back, but not password")
    assert crm.row("mail_servers[main]").settings["priority"] == 10
    crm.on_test = lambda resource: None
    site.target("dev/crm", first, "crm")
    (change,) = site.plan().changes
    assert [(one.field, one.why) for one in change.fields] == [("password", "was env NEW")]


def test_an_adopted_object_that_fails_its_test_has_its_earlier_settings(site: Site, crm: fake.Installation) -> None:
    row = crm.put("mail_servers[main]", mark=False, priority=20)
    crm.on_test = lambda resource: DENIED
    assert statuses(site.apply()) == {MAIN: "restored"}
    assert row.settings == {"priority": 20}


def test_a_secret_alone_stays_as_it_was_written(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET}}}}}", "crm")
    site.apply()
    crm.on_test = lambda resource: DENIED
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET.replace('version: 1', 'version: 2')}}}}}", "crm")
    outcome = site.apply()[MAIN]
    assert (str(outcome.status), rule(outcome)) == ("failed", "platform-test")
    assert actions(site.plan()) == {MAIN: "none"}, "what stands there is remembered"


class NamedAsATest(PlatformError):
    """An error of another package's platform, which happens to have the name that ours give to a failed test."""

    rule = "platform-test"


def test_a_refused_write_is_not_remembered_whatever_its_rule(site: Site, crm: fake.Installation) -> None:
    def refuse(change: Change) -> None:
        raise NamedAsATest("no")

    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET}}}}}", "crm")
    site.apply()
    crm.on_write = refuse
    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET.replace('version: 1', 'version: 2')}}}}}", "crm")
    assert statuses(site.apply()) == {MAIN: "failed"}
    (change,) = site.plan().changes
    assert [one.field for one in change.fields] == ["password"]


def test_what_cannot_be_brought_back_is_told_twice(site: Site, crm: fake.Installation) -> None:
    site.apply()
    crm.on_test = lambda resource: DENIED
    crm.on_write = lambda change: crm.row("mail_servers[main]").settings.get("priority") == 11 and fake.unreachable()
    site.target("dev/crm", "mail_servers: {main: {priority: 11}}", "crm")
    outcome = site.apply()[MAIN]
    assert (str(outcome.status), rule(outcome)) == ("failed", "not-restored")
    assert outcome.error
    assert outcome.error.what.endswith("earlier settings could not be restored: no answer from the fake")


def test_a_restored_resource_stops_later_stages(site: Site, world: fake.World, crm: fake.Installation) -> None:
    site.stage("prod", 20)
    site.target("prod/crm", "mail_servers: {main: {priority: 10}}", "crm-prod")
    crm.on_test = lambda resource: DENIED
    assert statuses(site.apply()) == {MAIN: "restored", "prod/crm:mail_servers[main]": "not attempted"}
    assert world.of("crm-prod").written == []


def bug(*arguments: object) -> None:
    raise ZeroDivisionError("s3cr3t-canary")


@pytest.mark.parametrize("where", ["on_write", "on_test", "on_read_back", "writer"])
def test_a_bug_in_a_platform_is_a_finding_and_the_others_go_on(
    site: Site, world: fake.World, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.stage("dev")
    site.target("dev/crm", "mail_servers: {main: {priority: 10}}", "crm")
    site.target("dev/erp", "farm: {priority: 10}", "erp")
    crm = world.of("crm")
    if where == "on_read_back":
        crm.on_read = lambda: bug() if crm.written else None
    elif where == "writer":
        monkeypatch.setattr(fake.FakeWriter, "__init__", lambda *a: bug() if a[2] == "crm" else writer(*a))
    else:
        setattr(crm, where, bug)
    outcomes = site.apply()
    # what was created goes out of use again, where the platform can still be read
    assert statuses(outcomes) == {MAIN: "restored" if where == "on_test" else "failed", "dev/erp:farm": "created"}
    assert [row.archived for row in crm.rows.values()] == {"on_test": [True], "on_read_back": [False]}.get(where, [])
    error = outcomes[MAIN].error
    assert error
    assert error.rule == "bug"
    assert error.what.startswith("written, but not proven: ") is (where in ("on_test", "on_read_back"))
    assert "s3cr3t-canary" not in repr(outcomes)


writer = fake.FakeWriter.__init__


def test_a_bug_on_leaving_a_platform_harms_nothing(site: Site, crm: fake.Installation) -> None:
    crm.on_close = bug
    assert statuses(site.apply()) == {MAIN: "created"}


def test_a_bug_on_reading_is_not_absence(site: Site, crm: fake.Installation) -> None:
    crm.on_read = bug
    todo = site.plan()
    assert (actions(todo), todo.complete) == ({MAIN: "blocked"}, False)


class Forgetful(FileState):
    """Cannot keep anything."""

    def save(self, installation: str, entries: Sequence[Applied]) -> None:
        raise StateError("the disk is full")


def test_what_cannot_be_remembered_has_failed(site: Site, crm: fake.Installation) -> None:
    outcome = site.apply(state=Forgetful(site.folder / ".reconciler"))[MAIN]
    assert (str(outcome.status), crm.written) == ("failed", [MAIN])
    assert outcome.error
    assert outcome.error.what == "done, but not recorded in the state: the disk is full"


class Lost(FileState):
    """Is lost once the installations are locked."""

    loads = 0

    def load(self, installations: Sequence[str]) -> dict[str, tuple[Applied, ...]]:
        self.loads += 1
        if self.loads > 1:
            raise StateError("no answer")
        return {}


def test_a_state_that_is_lost_leaves_an_outcome_for_everything(site: Site, crm: fake.Installation) -> None:
    outcomes = site.apply(state=Lost(site.folder / ".reconciler"))
    assert (statuses(outcomes), crm.written) == ({MAIN: "not attempted"}, [])
    assert rule(outcomes[MAIN]) == "state"


# --- several targets, and what left


def test_two_targets_of_one_installation_do_not_disturb_each_other(site: Site, world: fake.World) -> None:
    """One mark for the whole installation: the second write moves the mark of what the first has written."""
    site.stage("dev")
    world.of("crm").shared_marker = True
    site.target("dev/a", f"mail_servers: {{a: {{{SECRET}}}}}", "crm")
    site.target("dev/b", f"mail_servers: {{b: {{{SECRET}}}}}", "crm")
    site.target("dev/c", f"mail_servers: {{c: {{{SECRET}}}}}", "crm")
    assert set(statuses(site.apply()).values()) == {"created"}
    assert set(actions(site.plan()).values()) == {"none"}
    site.target("dev/b", f"mail_servers: {{b: {{priority: 2, {SECRET}}}}}", "crm")
    assert statuses(site.apply()) == {"dev/b:mail_servers[b]": "updated"}
    assert set(actions(site.plan()).values()) == {"none"}


def test_a_removed_target_is_released_and_forgotten(site: Site, crm: fake.Installation) -> None:
    site.apply()
    (site.root / "dev/crm.yaml").unlink()
    assert statuses(site.apply()) == {MAIN: "released"}
    assert (crm.written, entries(site)) == ([MAIN], {})
    assert not crm.row("mail_servers[main]").archived


def test_a_removed_environment_is_released_where_it_stood_among_the_stages(three: Site) -> None:
    three.apply()
    (three.root / "prod/crm.yaml").unlink()
    (three.root / "prod/environment.yaml").unlink()
    three.target("dev/crm", "mail_servers: {a: {priority: 2}}")
    told = list(statuses(three.apply()).items())
    assert told[0] == ("dev/crm:mail_servers[a]", "updated")
    assert told[-2:] == [("prod/crm:mail_servers[a]", "released"), ("prod/crm:mail_servers[b]", "released")]
    assert entries(three, "fake:prod-crm") == {}


def test_one_of_two_targets_of_an_installation_is_removed(site: Site, world: fake.World) -> None:
    site.stage("dev")
    site.target("dev/a", "farm: {priority: 1}", "crm")
    site.target("dev/b", "mail_servers: {b: {priority: 1}}", "crm")
    site.apply()
    (site.root / "dev/a.yaml").unlink()
    site.target("dev/b", "mail_servers: {b: {priority: 2}}", "crm")
    assert statuses(site.apply()) == {"dev/a:farm": "released", "dev/b:mail_servers[b]": "updated"}
    assert list(entries(site)) == ["dev/b:mail_servers[b]"]


def test_a_target_that_moves_to_another_installation_leaves_the_old_one(site: Site, world: fake.World) -> None:
    site.stage("dev")
    site.target("dev/crm", "farm: {priority: 1}", "old")
    site.apply()
    site.target("dev/crm", "farm: {priority: 1}", "new")
    found = [event for event in site.events() if isinstance(event, Outcome)]
    assert [str(outcome.status) for outcome in found] == ["released", "created"]
    assert entries(site, "fake:old") == {}
    assert list(entries(site, "fake:new")) == ["dev/crm:farm"]


def test_a_singleton_that_left_the_files_is_released(site: Site, world: fake.World) -> None:
    site.stage("dev")
    site.target("dev/crm", "farm: {priority: 1}", "crm")
    site.apply()
    site.target("dev/crm", "mail_servers: {}", "crm")
    assert statuses(site.apply()) == {"dev/crm:farm": "released"}
    assert world.of("crm").row("farm").settings == {"priority": 1}


# --- Ctrl-C


def test_stopped_before_it_began_attempts_nothing(site: Site, crm: fake.Installation) -> None:
    assert statuses(site.apply(stopped=lambda: True)) == {MAIN: "not attempted"}
    assert crm.written == []


def test_stopped_between_two_resources_starts_nothing_new(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", "mail_servers: {a: {priority: 1}, b: {priority: 1}}", "crm")
    outcomes = site.apply(stopped=lambda: bool(crm.written))
    assert list(statuses(outcomes).values()) == ["created", "not attempted"]
    assert list(entries(site)) == ["dev/crm:mail_servers[a]"]


def test_a_write_that_does_not_end_in_its_grace_is_unknown(site: Site, world: fake.World) -> None:
    site.stage("dev")
    site.target("dev/crm", "mail_servers: {main: {priority: 10}}", "crm")
    site.target("dev/erp", "farm: {priority: 10}", "erp")
    hangs, hanging = threading.Event(), threading.Event()
    world.of("crm").on_write = lambda change: hangs.set() or (bool(hanging.wait(20)) and None)
    world.of("erp").on_write = lambda change: bool(hangs.wait(20)) and None
    began = time.monotonic()
    try:
        outcomes = site.apply(stopped=lambda: "dev/erp:farm" in world.of("erp").written)
    finally:
        hanging.set()
    assert statuses(outcomes) == {"dev/erp:farm": "created", MAIN: "unknown"}
    assert time.monotonic() - began < 15
    assert entries(site) == {}


def test_stopped_during_the_handshakes_writes_nothing_and_does_not_wait(site: Site, crm: fake.Installation) -> None:
    with FaultServer(()) as silent:
        site.stage("dev", text=f"relays: {{r: {{host: 127.0.0.1, port: {silent.port}, encryption: none, auth: none}}}}")
        site.target("dev/crm", "mail_servers: {main: {relay: r}}", "crm")
        began = time.monotonic()
        outcomes = site.apply(stopped=lambda: silent.connections > 0)
    assert time.monotonic() - began < 8
    assert (statuses(outcomes), crm.written) == ({MAIN: "not attempted"}, [])


# --- the data


def test_no_secret_is_in_an_outcome_or_event(site: Site, crm: fake.Installation) -> None:
    from reconciler.model.runs import codec

    site.target("dev/crm", f"mail_servers: {{main: {{{SECRET}}}}}", "crm")
    found = site.events()
    told = [json.dumps(codec.outcomes([event], {})) for event in found if isinstance(event, Outcome)]
    assert "s3cr3t-canary" not in repr(found) + "".join(told)
