"""What has one cause is told once, in a few lines, whatever the number of resources."""

from dataclasses import replace

import pytest
from support.plans import LOST, RISK, SUBMISSION, change, field, here, plan, relay

from reconciler.model.change import Action, Cause, Change, FieldKind
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Plan, Stage
from reconciler.views.paper import Paper
from reconciler.views.plans import causes, drift, text

KINDS = ("file", "openspp", "outsystems-odc", "sharepoint")
HOST = field("host", "smtp-old.example.com", "smtp.example.com", relay(7))
STAGES = tuple(Stage(name=name, order=at, protected=False) for at, name in enumerate(("dev", "test", "prod")))
VAULT = Finding(
    severity=Severity.ERROR,
    rule="vault",
    what="Vault https://vault.example.com cannot be reached",
    why="connection refused",
    fix="check secret_stores.default.address",
)
MOVED = """\
prod (order 30, protected)

  ~ relay submission: 200 resources of 4 platforms              environments/prod/environment.yaml:7
      host   smtp-old.example.com → smtp.example.com  relay submission, environment.yaml:7
      port   2 values → 587, in 80 of them            relay submission, environment.yaml:8
      file ×50: app-000, app-004, app-008 and 47 more
      openspp ×50: app-001, app-005, app-009 and 47 more
      outsystems-odc ×50: app-002, app-006, app-010 and 47 more
      sharepoint ×50: app-003, app-007, app-011 and 47 more
      ! secret-to-new-host (200 resources): this password has not been sent to smtp.example.com before

Plan: 200 to update. 200 risks.
Apply with: reconciler apply --allow secret-to-new-host
"""


def app(number: int, *fields: object, **more: object) -> Change:
    made = change(f"prod/app-{number:03}:settings", Action.UPDATE, *fields, unchanged=3, **more)  # type: ignore[arg-type]
    return replace(made, kind=KINDS[number % 4], risks=(replace(RISK, address=str(made.address)),))


def moved() -> list[Change]:
    ports = [field("port", before, 587, relay(8)) for before in (25, 465)]
    return [app(number, HOST, *([ports[number % 2]] if number % 5 < 2 else [])) for number in range(200)]


def lost(stage: str, number: int, finding: Finding = VAULT) -> Change:
    return replace(LOST, address=change(f"{stage}/app-{number:03}:settings", Action.NONE).address, findings=(finding,))


def test_a_relay_that_moved_is_one_thing_to_decide():
    told = text.text(plan(*moved()), Paper())
    assert told == MOVED
    assert len(told.splitlines()) <= 20


def test_in_drift_too_beside_who_moved():
    told = drift.text(plan(*moved()), Paper())
    assert told.startswith("  ~ relay submission: 200 resources of 4 platforms   git is ahead: declared, not applied")
    assert len(told.splitlines()) <= 20


def test_a_store_that_is_down_is_told_once_with_whom_it_hides():
    down = plan(*(lost(stage, number) for stage in ("dev", "test", "prod") for number in range(67)), stages=STAGES)
    told = text.text(down, Paper())
    assert told.startswith(f"? 201 targets not read: {VAULT.what}\n    why: connection refused\n")
    assert "    dev ×67: app-000, app-001, app-002 and 64 more\n" in told
    assert told.endswith("\nCannot plan: 201 not readable.\n")
    assert len(told.splitlines()) <= 10
    assert len(drift.text(down, Paper()).splitlines()) <= 10


def test_of_many_stages_only_the_numbers_are_told():
    names = [f"stage-{number:02}" for number in range(40)]
    down = plan(
        *(lost(name, 1) for name in names), stages=[Stage(name=name, order=1, protected=False) for name in names]
    )
    assert "\n    stage-00 ×1, stage-01 ×1" in text.text(down, Paper())
    assert len(text.text(down, Paper()).splitlines()) <= 10


@pytest.mark.parametrize("number", [causes.FEW, causes.FEW + 1])
def test_a_few_are_told_one_by_one(number: int):
    found = causes.grouped([app(one, HOST) for one in range(number)])
    assert len(found) == (number if number <= causes.FEW else 1)


def test_what_was_decided_for_one_resource_alone_is_told_with_that_resource():
    own = app(7, HOST, field("priority", 10, 5, here(9)))
    found = causes.grouped([*(app(one, HOST) for one in range(7)), own])
    assert [len(one.changes) if isinstance(one, causes.Group) else str(one.address) for one in found] == [
        7,
        "prod/app-007:settings",
    ]


def test_each_change_is_in_exactly_one_group():
    several = [
        *moved(),
        *(replace(one, action=Action.CREATE) for one in moved()[:30]),
        app(999, field("x", 1, 2, here(1))),
    ]
    found = causes.grouped(several)
    told = [change for one in found for change in (one.changes if isinstance(one, causes.Group) else (one,))]
    assert sorted(map(id, told)) == sorted(map(id, several))


def test_who_moved_is_told_apart():
    by_hand = replace(HOST, cause=Cause.PLATFORM)
    found = causes.grouped([app(one, HOST if one else by_hand) for one in range(9)])
    (group,) = found
    assert isinstance(group, causes.Group)
    assert [(move.one.cause, move.count) for move in group.moves] == [(Cause.PLATFORM, 1), (Cause.GIT, 8)]


def test_a_rotated_secret_of_a_relay_is_one_cause():
    why = "rotated in Vault 2026-11-20 08:44 UTC"
    password = field(
        "password", "v3", SUBMISSION, relay(12), kind=FieldKind.ROTATE, sensitive=True, version="v4", why=why
    )
    told = text.text(plan(*(app(one, password) for one in range(60))), Paper())
    assert f"      password   v3 → v4, {why}  mail/prod/submission#password\n" in told
    assert len(told.splitlines()) <= 20


def test_a_warning_of_many_is_told_once():
    warning = Finding(severity=Severity.WARNING, rule="certificate-not-verified", what="not checked", fix="upgrade")
    calm = [replace(app(one), action=Action.NONE, risks=(), findings=(warning,)) for one in range(30)]
    told = text.text(
        plan(*calm, findings=[replace(warning, address=f"prod/app-{one:03}") for one in range(30)]), Paper()
    )
    assert "  = 30 resources   in sync\n" in told
    assert told.count("certificate-not-verified") == 2
    assert "! prod/app-000, prod/app-001, prod/app-002 and 27 more: certificate-not-verified: not checked" in told


def test_what_left_the_files_together_is_told_together():
    note = Finding(severity=Severity.NOTE, rule="released", what="no longer managed; left as it is, password included")
    gone = [replace(app(one), action=Action.RELEASED, risks=(), findings=(note,)) for one in range(12)]
    told = text.text(plan(*gone), Paper())
    assert "  - released, 12 resources\n" in told
    assert "password included (12 resources)\n" in told
    assert len(told.splitlines()) <= 12


def everything() -> Plan:
    return plan(*moved(), *(lost("prod", number) for number in range(300, 310)))


def test_what_is_counted_is_what_is_there():
    assert "Plan: 200 to update; 10 not readable." in text.text(everything(), Paper())


def test_many_decisions_of_their_own_are_no_common_cause():
    own = [app(one, field("priority", one, 5, here(9))) for one in range(9)]
    assert causes.grouped(own) == own
