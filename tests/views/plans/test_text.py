from dataclasses import replace

from support.plans import LOST, MAIN, NEW, SYNC, change, plan

from reconciler.model.acceptance import Accepted
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.views.paper import Paper
from reconciler.views.plans import text as view

WHOLE = """\
prod (order 30, protected)

  ~ prod/openspp:mail_servers[main]                                 environments/prod/openspp.yaml:9
      host       smtp-old.example.com → smtp.example.com         relay submission, environment.yaml:7
      port       25 → 587 (changed on the platform)              relay submission, environment.yaml:8
      password   v3 → v4, rotated in Vault 2026-11-20 08:44 UTC  mail/prod/submission#password
      11 settings unchanged
      ! secret-to-new-host: this password has not been sent to smtp.example.com before

  + prod/openspp:mail_servers[bulk]                                environments/prod/openspp.yaml:10
      host          bulk.example.net    openspp.yaml:10
      password      v1                  mail/prod/bulk#password
      priority      20                  openspp.yaml:10
      from_filter   [news.example.com]  openspp.yaml:10

  ? prod/odc:stage: not readable. the API client lacks "View configurations" on stage Production (403)
      fix: grant it in the portal under API clients

Plan: 1 to create, 1 to update; 1 not readable; 2 in sync (dev, test: no changes). 1 risk.
Apply with: reconciler apply plan.json --allow secret-to-new-host
"""

NARROW = """\
prod (order 30, protected)

  ~ prod/openspp:mail_servers[main]             environments/prod/openspp.yaml:9
      host       smtp-old.example.com…example.com  environment.yaml:7
      port       25 → 587 (changed on…e platform)  environment.yaml:8
      password   v3 → v4, rotated in …0 08:44 UTC  mail/prod/submission#password
      11 settings unchanged
      ! secret-to-new-host: this password has not been sent to smtp.example.com
          before

Plan: 1 to update. 1 risk.
Apply with: reconciler apply --allow secret-to-new-host
"""


def test_a_plan_with_one_of_everything():
    text = view.text(plan(*SYNC, MAIN, NEW, LOST), Paper(), next_command="reconciler apply plan.json")
    assert text == WHOLE


def test_on_narrow_paper_places_give_way_before_values():
    assert view.text(plan(MAIN), Paper(width=80, wrapped=True)) == NARROW


def test_nothing_to_do_is_one_line():
    assert view.text(plan(*SYNC), Paper()) == "No changes; 2 in sync.\n"


def test_an_adoption_that_changes_no_setting_says_that_it_only_marks():
    text = view.text(plan(replace(MAIN, action=Action.ADOPT, fields=(), risks=(), unchanged=6)), Paper())
    assert "\n      takes over: 6 settings already match\n" in text


def test_an_empty_landscape_is_one_line():
    assert view.text(plan(), Paper()) == "No changes.\n"


def test_inside_apply_no_next_command_is_named():
    assert "Apply with" not in view.text(plan(MAIN), Paper(), next_command=None)


def test_colour_is_never_alone():
    coloured = view.text(plan(*SYNC, MAIN, NEW, LOST), Paper(color=True), next_command="reconciler apply plan.json")
    assert "\x1b[33m~\x1b[0m" in coloured
    import click

    assert click.unstyle(coloured) == WHOLE


def test_ascii_paper_gets_ascii_only():
    text = view.text(plan(MAIN), Paper(unicode=False))
    assert text.isascii()
    assert "25 -> 587" in text


def test_what_is_not_readable_for_one_reason_is_told_once():
    other = replace(LOST, address=replace(LOST.address, resource=replace(LOST.address.resource, collection="apps")))
    text = view.text(plan(LOST, other), Paper())
    assert text.count("not readable. ") == 1
    assert "? prod/odc (2 resources): not readable." in text


def test_a_blocked_resource_of_a_plan_that_lost_its_reason_is_blocked():
    text = view.text(plan(replace(LOST, findings=())), Paper())
    assert "! blocked prod/odc:stage" in text


def test_a_blocked_resource_says_why_and_how_to_go_on():
    finding = Finding(
        severity=Severity.ERROR,
        rule="ambiguous",
        holds=Holds.UNTIL_DECIDED,
        what="2 objects are named main",
        fix="adopt: {id: 7}",
    )
    text = view.text(plan(change("prod/openspp:mail_servers[main]", Action.BLOCKED, findings=(finding,))), Paper())
    assert "  ! blocked prod/openspp:mail_servers[main]\n      ! ambiguous: 2 objects are named main\n" in text
    assert "          fix: adopt: {id: 7}\n" in text
    assert "Plan: 1 blocked.\n" in text


def test_a_resource_of_an_environment_that_left_the_files_is_shown():
    released = change("old/crm:settings", Action.RELEASED, findings=())
    text = view.text(plan(released, stages=()), Paper())
    assert "1 released" in text


def warned() -> Change:
    found = Finding(severity=Severity.WARNING, rule="overridden", what="mail goes elsewhere", why="w", fix="f")
    note = Finding(severity=Severity.NOTE, rule="aside", what="by the way")
    return replace(SYNC[0], findings=(found, note))


def test_a_warning_on_what_is_in_sync_is_printed_and_counted():
    found = view.text(plan(warned()), Paper(width=100))
    assert found.endswith("No changes; 1 in sync; 1 warning.\n")
    assert f"  = {SYNC[0].address}   in sync\n      ! overridden: mail goes elsewhere\n          why: w\n" in found
    assert "by the way" not in found


def test_an_accepted_warning_is_counted_once():
    found, *others = warned().findings
    known = replace(found, accepted=Accepted(reason="MAIL-1", until="2999-01-31"))
    text = view.text(plan(replace(warned(), findings=(known, *others))), Paper(width=100))
    assert text.endswith("No changes; 1 in sync. 1 warning accepted.\n")


def test_warnings_of_what_changes_are_told_there_and_not_counted():
    found = view.text(plan(replace(MAIN, findings=warned().findings)), Paper(width=100))
    assert "warning." not in found
