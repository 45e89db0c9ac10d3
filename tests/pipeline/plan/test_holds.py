"""What a platform that the core does not know says of its own findings, and what comes of it: plan, apply, drift."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lab.servers import fake
from support.site import Site, actions
from support.values import desired, present, reading

from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.settings import Unreadable
from reconciler.pipeline.plan import compare
from reconciler.views.paper import Paper
from reconciler.views.plans import drift as drift_view
from reconciler.views.plans import text as plan_view

MAIN = "dev/crm:mail_servers[main]"


def finding(holds: Holds, severity: Severity = Severity.ERROR, field: str | None = None) -> Finding:
    return Finding(
        severity=severity, rule="acme-rule", holds=holds, what="acme says so", fix="do this", address=MAIN, field=field
    )


@pytest.fixture
def row(site: Site, world: fake.World) -> fake.Row:
    """Declared with another priority than it has."""
    site.stage("dev")
    declare(site, priority=20)
    return world.of("crm").put("mail_servers[main]", priority=10)


def declare(site: Site, **settings: object) -> None:
    words = ", ".join(f"{name}: {value}" for name, value in settings.items())
    site.target("dev/crm", f"mail_servers: {{main: {{{words}}}}}", "crm")


def drift(site: Site) -> str:
    return drift_view.text(site.plan(), Paper())


def told(site: Site) -> list[str]:
    [change] = site.plan().changes
    return [one.rule for one in change.findings]


def outcome(site: Site) -> tuple[str, str | None]:
    [found] = site.apply().values()
    return str(found.status), found.error and found.error.rule


# --- an error stops what it is about; how long it holds says whether something failed


def test_an_error_that_always_holds_says_that_something_failed(site: Site, row: fake.Row) -> None:
    row.findings = (finding(Holds.ALWAYS),)
    todo = site.plan()
    assert (actions(todo), todo.complete) == ({MAIN: "blocked"}, False)
    assert outcome(site) == ("not attempted", "acme-rule")


@pytest.mark.parametrize("holds", [Holds.UNTIL_DECIDED, Holds.UNTIL_DONE_BY_HAND])
def test_an_error_that_waits_for_somebody_leaves_the_plan_whole(site: Site, row: fake.Row, holds: Holds) -> None:
    row.findings = (finding(holds),)
    todo = site.plan()
    assert (actions(todo), todo.complete) == ({MAIN: "blocked"}, True)
    assert "not readable" not in plan_view.text(todo, Paper())
    assert f"! {MAIN}   blocked\n" in drift(site)
    assert outcome(site) == ("not attempted", "acme-rule")
    assert row.settings == {"priority": 10}


@pytest.mark.parametrize(("holds", "waits"), [(Holds.ALWAYS, False), (Holds.UNTIL_DECIDED, True)])
def test_what_is_unreadable_may_wait_for_a_decision_too(holds: Holds, waits: bool) -> None:
    live = reading({"mail_servers[main]": Unreadable(finding=finding(holds))})
    [change] = compare.changes([desired(host="a")], live, {}, {})
    assert (change.action, change.waits, change.unreadable) == (Action.BLOCKED, waits, not waits)


def test_a_warning_in_a_change_that_failed_is_nothing_to_wait_for() -> None:
    change = compared(finding(Holds.ALWAYS), finding(Holds.UNTIL_DECIDED, Severity.WARNING))
    assert (change.action, change.waits) == (Action.BLOCKED, False)


# --- by hand


def test_what_is_to_be_done_by_hand_is_what_is_left(site: Site, row: fake.Row) -> None:
    beside = replace(finding(Holds.ALWAYS, Severity.WARNING), rule="other")
    row.findings = (beside, finding(Holds.UNTIL_DONE_BY_HAND, Severity.WARNING, "auth"))
    assert actions(site.plan()) == {MAIN: "update"}
    assert outcome(site) == ("updated", None)
    assert actions(site.plan()) == {MAIN: "manual"}
    assert outcome(site) == ("not attempted", "acme-rule")
    assert f"! {MAIN}   as declared; to be finished by hand\n      ! acme-rule: acme says so\n" in drift(site)
    assert "other" not in drift(site)


def test_an_error_to_be_ended_by_hand_is_told_though_its_setting_does_not_change(site: Site, row: fake.Row) -> None:
    declare(site, priority=10)
    row.findings = (finding(Holds.UNTIL_DONE_BY_HAND, field="auth"),)
    assert (actions(site.plan()), told(site)) == ({MAIN: "manual"}, ["acme-rule"])


# --- about a setting


@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.ERROR])
@pytest.mark.parametrize(
    ("holds", "field", "has_it"),
    [
        (Holds.IF_CHANGED, "priority", True),
        (Holds.IF_CHANGED, "host", False),
        (Holds.IF_CHANGED, None, True),
        (Holds.UNTIL_CHANGED, "priority", False),
        (Holds.UNTIL_CHANGED, "host", True),
        (Holds.UNTIL_CHANGED, None, True),
    ],
)
def test_a_finding_about_a_setting_goes_by_its_change(
    site: Site, row: fake.Row, severity: Severity, holds: Holds, field: str | None, has_it: bool
) -> None:
    row.findings = (finding(holds, severity, field),)
    assert told(site) == (["acme-rule"] if has_it else [])
    stopped = has_it and severity is Severity.ERROR
    assert outcome(site)[0] == ("not attempted" if stopped else "updated")


def test_what_a_change_would_do_is_not_told_without_one(site: Site, row: fake.Row) -> None:
    declare(site, priority=10)
    row.findings = (finding(Holds.IF_CHANGED, Severity.WARNING),)
    assert (actions(site.plan()), told(site)) == ({MAIN: "none"}, [])


# --- not in use


@pytest.mark.parametrize("whole", [True, False], ids=["of the installation", "of a resource"])
def test_what_is_not_in_use_is_told_by_drift_though_all_is_in_sync(
    site: Site, world: fake.World, row: fake.Row, whole: bool
) -> None:
    declare(site, priority=10)
    said = (replace(finding(Holds.UNTIL_USED, Severity.WARNING), fix=None),)
    (world.of("crm") if whole else row).findings = said
    assert actions(site.plan()) == {MAIN: "none"}
    assert drift(site) == f"  ! {MAIN}   acme-rule: acme says so\n\nNo drift. 1 resource in sync, 1 warning.\n"


# --- a risk


def test_a_risk_that_was_read_is_asked_for_where_something_is_written(site: Site, row: fake.Row) -> None:
    row.findings = (finding(Holds.IF_CHANGED, Severity.RISK, "priority"),)
    [change] = site.plan().changes
    assert ([one.rule for one in change.risks], change.findings) == (["acme-rule"], ())
    declare(site, priority=10)
    assert [change.risks for change in site.plan().changes] == [()]


def test_nobody_has_to_accept_a_risk_of_what_is_blocked() -> None:
    change = compared(finding(Holds.UNTIL_DECIDED), finding(Holds.ALWAYS, Severity.RISK))
    assert (change.action, change.risks, len(change.findings)) == (Action.BLOCKED, (), 2)


def test_a_risk_that_came_after_the_plan_makes_it_stale(site: Site, row: fake.Row) -> None:
    todo = site.plan()
    row.findings = (finding(Holds.ALWAYS, Severity.RISK),)
    [found] = site.apply(todo).values()
    assert (str(found.status), row.settings) == ("stale", {"priority": 10})
    assert found.error is not None
    assert "a risk the plan did not show: acme-rule" in found.error.what


@pytest.mark.parametrize(("field", "asked"), [("priority", True), ("host", False)])
def test_a_declared_risk_may_depend_on_its_setting_too(
    site: Site, world: fake.World, row: fake.Row, field: str, asked: bool
) -> None:
    world.of("crm").limits = lambda wanted: (finding(Holds.IF_CHANGED, Severity.RISK, field),)
    [change] = site.plan().changes
    assert [one.rule for one in change.risks] == (["acme-rule"] if asked else [])


def compared(*findings: Finding) -> Change:
    live = {"mail_servers[main]": present({"host": "a", "username": None}, findings=findings)}
    [change] = compare.changes([desired(host="b")], reading(live), {}, {})
    return change
