"""Runs that are cut off, in this process: what the next one finds, remembers, takes back and tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab.servers import fake
from support.site import Site, actions

from reconciler.engine import local
from reconciler.model.change import Change
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.runs.recovery import Fate, Recovered
from reconciler.pipeline.apply import recover
from reconciler.pipeline.history import history
from reconciler.pipeline.plan import make
from reconciler.secrets.stores import Secrets

MAIN = "dev/crm:mail_servers[main]"
ROUTE = "host: localhost, port: 2525, encryption: none, auth: basic, username: u, verify: {from: nowhere}"


class Killed(BaseException):
    """As kill -9: nothing that catches exceptions hears of it."""


@pytest.fixture
def crm(site: Site, world: fake.World) -> fake.Installation:
    site.stage("dev")
    site.target("dev/crm", "mail_servers: {main: {priority: 10}}", "crm")
    site.apply()
    return world.of("crm")


@pytest.fixture
def alone(site: Site) -> Callable[..., tuple[Recovered, ...]]:
    """`reconciler recover`."""

    def run(*units: str) -> tuple[Recovered, ...]:
        with site.job() as job:
            return recover.alone(job, units)

    return run


def killed_after(crm: fake.Installation, site: Site, *, write: bool, also: Callable[[], None] = lambda: None) -> None:
    """An apply that is gone in the middle of its write, before or after the platform has it."""

    def on_write(change: Change) -> None:
        if write:
            crm.row("mail_servers[main]").settings.update({one.field: one.after for one in change.fields})
        also()
        raise Killed

    crm.on_write, before = on_write, crm.on_write
    with pytest.raises(Killed):
        site.events()
    crm.on_write = before


def planned(site: Site) -> Plan:
    """As the command makes it: it knows of runs that have not ended."""
    land, findings = site.land(), site.judged().findings
    with Secrets(land.stores, base=site.folder) as secrets:
        return make.plan(land, findings, local.means(secrets), (), git=None, now="2026-11-20T09:00:00Z")


def test_what_took_effect_is_remembered(site: Site, crm: fake.Installation, alone) -> None:
    site.target("dev/crm", "mail_servers: {main: {priority: 20}}", "crm")
    killed_after(crm, site, write=True)
    assert [(one.address, one.fate) for one in alone()] == [(MAIN, Fate.TOOK_EFFECT)]
    [entry] = site.state.load(["fake:crm"])["fake:crm"]
    assert (entry.settings, entry.run) == ({"priority": 20}, "run-2")
    assert actions(site.plan()) == {MAIN: "none"}
    assert site.state.locks() == ()


def test_what_was_not_written_is_written_by_the_next_run(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", "mail_servers: {main: {priority: 20}}", "crm")
    killed_after(crm, site, write=False)
    events = site.events()
    assert [one.fate for one in events if isinstance(one, Recovered)] == [Fate.NOT_WRITTEN]
    assert [str(one.status) for one in events if isinstance(one, Outcome)] == ["updated"]


def test_what_is_half_written_is_left_to_the_plan_of_apply(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", "mail_servers: {main: {priority: 20, tags: [a]}}", "crm")
    killed_after(crm, site, write=False, also=lambda: crm.row("mail_servers[main]").settings.update(priority=20))
    events = site.events()
    assert [one.fate for one in events if isinstance(one, Recovered)] == [Fate.HALF_WRITTEN]
    assert crm.row("mail_servers[main]").settings == {"priority": 20, "tags": ("a",)}


def test_what_the_platform_does_not_use_yet_is_taken_back_by_apply_too(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", "mail_servers: {main: {priority: 20}}", "crm")

    def taken() -> None:
        crm.row("mail_servers[main]").pending = frozenset({"priority"})

    killed_after(crm, site, write=True, also=taken)
    crm.on_write = lambda change: setattr(crm.row("mail_servers[main]"), "pending", frozenset())
    assert [one.fate for one in site.events() if isinstance(one, Recovered)] == [Fate.TAKEN_BACK]
    assert crm.row("mail_servers[main]").settings == {"priority": 10}


def test_recover_takes_back_what_is_half_written(site: Site, crm: fake.Installation, alone) -> None:
    site.target("dev/crm", "mail_servers: {main: {priority: 20, tags: [a]}}", "crm")
    killed_after(crm, site, write=False, also=lambda: crm.row("mail_servers[main]").settings.update(priority=20))
    assert [one.fate for one in alone()] == [Fate.TAKEN_BACK]
    assert crm.row("mail_servers[main]").settings["priority"] == 10
    assert alone() == ()


def test_a_secret_that_may_have_been_written_is_written_again(site: Site, crm: fake.Installation, monkeypatch) -> None:
    site.target("dev/crm", f"mail_servers: {{main: {{{ROUTE}, password: {{env: PW, version: 1}}}}}}", "crm")
    site.apply()
    site.target("dev/crm", f"mail_servers: {{main: {{{ROUTE}, password: {{env: PW, version: 2}}}}}}", "crm")
    killed_after(crm, site, write=True, also=lambda: crm.touch(crm.row("mail_servers[main]")))
    site.target("dev/crm", f"mail_servers: {{main: {{{ROUTE}, password: {{env: PW, version: 1}}}}}}", "crm")
    events = site.events(planned(site))
    [one] = [one for one in events if isinstance(one, Recovered)]
    assert (one.fate, one.note) == (Fate.UNKNOWN, "password will be written again")
    [outcome] = [one for one in events if isinstance(one, Outcome)]
    assert (str(outcome.status), outcome.fields) == ("updated", ("password",))


def test_the_plan_tells_which_run_has_not_ended_and_blames_nobody(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", "mail_servers: {main: {priority: 20}}", "crm")
    killed_after(crm, site, write=True)
    made = planned(site)
    assert actions(made) == {MAIN: "none"}
    assert len(made.unfinished) == 1
    [told] = [one for one in made.findings if one.rule == "not-ended"]
    assert told.what == "run run-2 of tester has not ended here: it had begun mail_servers[main]"


def test_a_target_that_cannot_be_looked_at_stays_as_it_is(site: Site, crm: fake.Installation, alone) -> None:
    site.target("dev/crm", "mail_servers: {main: {priority: 20}}", "crm")
    killed_after(crm, site, write=True)
    before, crm.on_read = crm.on_read, fake.unreachable
    [one] = alone()
    assert one.error is not None
    assert len(site.state.locks()) == 1
    crm.on_read = before
    assert [one.fate for one in alone()] == [Fate.TOOK_EFFECT]


def test_what_the_platform_has_to_clean_is_cleaned_before_it_is_read(
    site: Site, crm: fake.Installation, alone, monkeypatch
) -> None:
    order: list[str] = []

    def cleaned(self: fake.FakeWriter) -> str:
        order.append("cleaned")
        return "a temporary file removed"

    site.target("dev/crm", "mail_servers: {main: {priority: 20}}", "crm")
    killed_after(crm, site, write=True)
    monkeypatch.setattr(fake.FakeWriter, "recover", cleaned, raising=False)
    crm.on_read = lambda: order.append("read")
    told = alone()
    assert (told[0].fate, told[0].note) == (Fate.CLEANED, "a temporary file removed")
    assert order[0] == "cleaned"
    assert alone("dev/crm")[0].fate is Fate.CLEANED


def test_the_run_that_was_cut_off_is_in_the_journal_as_such(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", "mail_servers: {main: {priority: 20}}", "crm")
    killed_after(crm, site, write=True)
    site.events()
    index = site.state.journal.index()
    assert [one["event"] for one in index] == ["begin", "end", "begin", "cut off", "begin", "end"]
    assert site.state.journal.faults() == ()


def test_what_recover_takes_back_is_in_the_journal(site: Site, crm: fake.Installation, alone) -> None:
    def half() -> None:
        crm.row("mail_servers[main]").settings["tags"] = ("half",)

    site.target("dev/crm", "mail_servers: {main: {priority: 20, tags: [whole]}}", "crm")
    killed_after(crm, site, write=False, also=half)
    assert [one.fate for one in alone()] == [Fate.TAKEN_BACK]
    found = history(site.state, ["dev"], limit=2, verify=True)
    cut_off, recovered = found.runs
    assert (cut_off.cut_off, cut_off.settled) == (True, f"settled by {recovered.journal}")
    assert recovered.counts == {"was half written, and is taken back": 1}
    assert [(one.address, one.status) for one in found.steps if one.run == recovered] == [
        (MAIN, "was half written, and is taken back")
    ]
    assert found.verified == ()


def test_nothing_is_written_when_the_journal_cannot_be(site: Site, crm: fake.Installation, monkeypatch) -> None:
    from reconciler.errors import StateError
    from reconciler.pipeline.apply.log import Log

    def full(self: Log, *_: object) -> None:
        raise StateError("journal: not usable", why="No space left on device")

    site.target("dev/crm", "mail_servers: {main: {priority: 20}}", "crm")
    monkeypatch.setattr(Log, "begins", full)
    [outcome] = site.apply().values()
    assert (str(outcome.status), outcome.error and outcome.error.why) == ("not attempted", "No space left on device")
    assert crm.row("mail_servers[main]").settings == {"priority": 10}


def test_a_lost_lease_stops_the_next_write(site: Site, world: fake.World, crm: fake.Installation) -> None:
    site.target("dev/crm", "mail_servers: {main: {priority: 20}, more: {priority: 1}}", "crm")

    def lose(change: Change) -> None:
        for path in (site.folder / ".reconciler/leases").glob("*.run"):
            path.unlink()

    crm.on_write = lose
    outcomes = site.apply()
    second = outcomes["dev/crm:mail_servers[more]"]
    assert (str(second.status), second.error and second.error.rule) == ("not attempted", "locked")
    assert "lost its lease" in (second.error.what if second.error else "")
