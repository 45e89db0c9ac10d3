from dataclasses import replace

from support.plans import LOST, MAIN, NEW, SYNC, change, field, here, plan, relay

from reconciler.model.acceptance import Accepted
from reconciler.model.address import Resource
from reconciler.model.change import Action, Cause, FieldKind
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.views.paper import Paper
from reconciler.views.plans import drift as view

WHOLE = """\
  ~ prod/openspp:mail_servers[main]   changed in git and on the platform since run 8123 (2026-11-18)
      host       smtp-old.example.com → smtp.example.com, in git  declared environments/prod/environment.yaml:7
      port       587 → 25, on the platform                        declared environments/prod/environment.yaml:8
      password   v3 → v4, rotated in Vault 2026-11-20 08:44 UTC   declared mail/prod/submission#password

  + prod/openspp:mail_servers[bulk]   declared, and not on the platform

  ? prod/odc:stage   not readable. the API client lacks "View configurations" on stage Production (403)
          fix: grant it in the portal under API clients

2 of 5 resources drifted, 1 not readable, 2 in sync.
"""

BY_HAND = """\
  ~ prod/openspp:mail_servers[main]   changed on the platform since run 8123 (2026-11-18)
      port   587 → 25  declared environments/prod/environment.yaml:8

1 of 1 resource drifted, 0 in sync.
"""


def test_drift_with_one_of_everything():
    assert view.text(plan(*SYNC, MAIN, NEW, LOST), Paper()) == WHOLE


def test_what_is_not_readable_for_one_reason_is_told_once():
    apps = replace(LOST, address=replace(LOST.address, resource=Resource(collection="apps", key="crm")))
    text = view.text(plan(LOST, apps), Paper())
    assert text.count("not readable. ") == 1
    assert "? prod/odc (2 resources)   not readable." in text
    assert text.endswith("\nCannot tell what drifted: 2 not readable.\n")


def test_a_change_by_hand_reads_in_the_order_it_happened():
    by_hand = change(
        "prod/openspp:mail_servers[main]",
        Action.UPDATE,
        field("port", 25, 587, relay(8), cause=Cause.PLATFORM),
        applied_run="8123",
        applied_at="2026-11-18T08:00:00Z",
    )
    assert view.text(plan(by_hand), Paper()) == BY_HAND


def test_no_drift_is_one_line():
    assert view.text(plan(*SYNC), Paper()) == "No drift. 2 resources in sync.\n"


def test_a_secret_never_applied_is_told_and_not_counted():
    never = change(
        "prod/openspp:mail_servers[main]",
        Action.UPDATE,
        field("password", None, None, here(9), kind=FieldKind.UNKNOWN, sensitive=True, version="v1"),
    )
    text = view.text(plan(never), Paper())
    assert text.endswith("0 of 1 resource drifted, 1 never applied, 0 in sync.\n")


def test_what_the_platform_does_not_use_is_told_beside_what_is_in_sync():
    waiting = Finding(
        severity=Severity.WARNING,
        rule="pending",
        holds=Holds.UNTIL_USED,
        address="prod/odc:stage",
        what="port: set, but not deployed",
        fix="check the stage in ODC Portal",
    )
    other = replace(waiting, holds=Holds.ALWAYS)
    assert view.text(replace(plan(*SYNC), findings=(waiting, other)), Paper()) == (
        "  ! prod/odc:stage   pending: port: set, but not deployed\n"
        "          fix: check the stage in ODC Portal\n"
        "\n"
        "No drift. 2 resources in sync, 1 warning.\n"
    )
    known = replace(waiting, accepted=Accepted(reason="MAIL-1", until="2999-01-31"))
    assert (
        view.sentence(replace(plan(*SYNC), findings=(known,))) == "No drift. 2 resources in sync, 1 warning accepted."
    )


def test_a_secret_whose_store_has_no_versions_says_so():
    moved = change(
        "prod/openspp:mail_servers[main]",
        Action.UPDATE,
        field("password", None, None, here(9), cause=Cause.PLATFORM, sensitive=True, version=None),
    )
    assert "password   no version (cannot be read back)" in view.text(plan(moved), Paper())


def test_a_warning_on_what_is_in_sync_is_printed_and_counted():
    address = str(SYNC[0].address)
    found = Finding(severity=Severity.WARNING, rule="overridden", address=address, what="mail goes elsewhere", fix="f")
    told = view.text(plan(replace(SYNC[0], findings=(found,))), Paper(width=100))
    assert told == (
        f"  ! {address}   overridden: mail goes elsewhere\n"
        "          fix: f\n"
        "\n"
        "No drift. 1 resource in sync, 1 warning.\n"
    )


def test_a_stranger_that_does_what_ours_should_is_drift():
    stranger = Finding(
        severity=Severity.WARNING,
        rule="unmanaged-wins",
        holds=Holds.AS_DRIFT,
        what="“old” (id 7), which is not declared, comes before main",
        fix="archive it in Odoo",
        address="prod/openspp",
    )
    assert view.text(replace(plan(*SYNC), findings=(stranger,)), Paper()) == (
        "  ! prod/openspp   unmanaged-wins: “old” (id 7), which is not declared, comes before main\n"
        "          fix: archive it in Odoo\n\n"
        "0 of 2 resources drifted, 1 stranger in the way, 2 in sync.\n"
    )
