"""Drift as metrics: to the letter, as Prometheus' own parser reads them, and whatever a label holds."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families as parsed
from support.outside import COMMANDS, SIGNS
from support.plans import LOST, MAIN, NEW, SYNC, plan
from support.values import certificate

from reconciler.model.acceptance import Accepted
from reconciler.model.address import Address, Resource
from reconciler.model.answers.proof import Proof
from reconciler.model.change import Action
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.handshake import Handshake, Level, Status
from reconciler.views import forms
from reconciler.views.handshakes import prometheus
from reconciler.views.paper import Paper
from reconciler.views.plans import drift_prometheus

GOOD = Handshake(
    relay="prod/submission",
    host="smtp.example.com",
    port=587,
    level=Level.AUTH,
    status=Status.PASS,
    steps=(),
    checks=(),
    certificate=certificate("2026-12-02T12:00:00+00:00"),
)
SOONER = replace(GOOD, relay="prod/bulk", certificate=certificate("2026-12-01T12:00:00+00:00"))
PROOF = Proof(
    handshakes=(GOOD, SOONER),
    declared={},
    users={},
    uses=(("prod/openspp", "openspp", "prod/submission"), ("prod/openspp", "openspp", "prod/bulk")),
)
_DEV, _TEST, _ODOO, _ODC = (
    f'{{target="{target}",environment="{target.partition("/")[0]}",platform="openspp"}}'
    for target in ("dev/openspp", "test/openspp", "prod/openspp", "prod/odc")
)
WHOLE = f"""\
# HELP reconciler_target_drifted How many resources of the target differ from git.
# TYPE reconciler_target_drifted gauge
reconciler_target_drifted{_DEV} 0
reconciler_target_drifted{_TEST} 0
reconciler_target_drifted{_ODOO} 2
reconciler_target_drifted{_ODC} 0
# HELP reconciler_target_warnings How many warnings of the target drift tells that nobody has accepted.
# TYPE reconciler_target_warnings gauge
reconciler_target_warnings{_DEV} 0
reconciler_target_warnings{_TEST} 0
reconciler_target_warnings{_ODOO} 0
reconciler_target_warnings{_ODC} 0
# HELP reconciler_target_unread 1 if the target could not be read, so that nobody knows whether it differs, else 0.
# TYPE reconciler_target_unread gauge
reconciler_target_unread{_DEV} 0
reconciler_target_unread{_TEST} 0
reconciler_target_unread{_ODOO} 0
reconciler_target_unread{_ODC} 1
# HELP reconciler_target_certificate_expiry_seconds When the first certificate of the target's relays expires, \
in seconds since 1970; only with --prove.
# TYPE reconciler_target_certificate_expiry_seconds gauge
reconciler_target_certificate_expiry_seconds{_ODOO} 1796126400
# HELP reconciler_target_last_run_timestamp_seconds When drift last asked the target, in seconds since 1970.
# TYPE reconciler_target_last_run_timestamp_seconds gauge
reconciler_target_last_run_timestamp_seconds{_DEV} 1795171440
reconciler_target_last_run_timestamp_seconds{_TEST} 1795171440
reconciler_target_last_run_timestamp_seconds{_ODOO} 1795171440
reconciler_target_last_run_timestamp_seconds{_ODC} 1795171440
"""
_LINE = re.compile(r'[a-z_]+\{(?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)*\} [0-9.e+-]+|# (?:HELP|TYPE) .*')


def values(text: str) -> dict[tuple[str, str], float]:
    """By metric and target."""
    return {(one.name, one.labels["target"]): one.value for family in parsed(text) for one in family.samples}


def test_one_of_everything() -> None:
    assert drift_prometheus.text(plan(*SYNC, MAIN, NEW, LOST), proof=PROOF) == WHOLE + prometheus.text(
        PROOF.handshakes, now=1795171440
    )


def test_a_relay_that_does_not_answer_is_down() -> None:
    dead = replace(GOOD, status=Status.INCONCLUSIVE, certificate=None)
    told = drift_prometheus.text(plan(MAIN), proof=replace(PROOF, handshakes=(dead, SOONER)))
    up = next(family for family in parsed(told) if family.name == "reconciler_smtp_up")
    assert {one.labels["relay"]: one.value for one in up.samples} == {"prod/submission": 0, "prod/bulk": 1}


def test_without_handshakes_nothing_is_said_of_relays() -> None:
    assert "reconciler_smtp" not in drift_prometheus.text(plan(MAIN))


def test_without_handshakes_nothing_is_said_of_certificates() -> None:
    assert "certificate" not in drift_prometheus.text(plan(MAIN))


def test_a_target_that_could_not_be_read_and_one_with_a_stranger_count_though_no_resource_of_theirs_does() -> None:
    lost = Finding(severity=Severity.ERROR, rule="x", what="x", address="dev/empty")
    stranger = replace(lost, severity=Severity.WARNING, holds=Holds.AS_DRIFT, address="test/openspp:mail_servers[old]")
    found = values(drift_prometheus.text(plan(*SYNC, findings=(lost, stranger))))
    assert found["reconciler_target_unread", "dev/empty"] == 1
    assert found["reconciler_target_drifted", "test/openspp"] == 1
    assert found["reconciler_target_drifted", "dev/openspp"] == 0


def test_a_warning_of_what_is_in_sync_counts_until_somebody_accepts_it() -> None:
    told = Finding(severity=Severity.WARNING, rule="overridden", what="x", address=str(SYNC[0].address))
    known = replace(told, what="y", accepted=Accepted(reason="MAIL-1", until="2999-01-31"))
    found = values(drift_prometheus.text(plan(replace(SYNC[0], findings=(told, known)), SYNC[1])))
    assert found["reconciler_target_warnings", SYNC[0].address.unit] == 1
    assert found["reconciler_target_warnings", SYNC[1].address.unit] == 0


def test_what_is_no_longer_declared_has_no_series() -> None:
    assert drift_prometheus.text(plan(replace(MAIN, action=Action.RELEASED))) == ""


@pytest.mark.parametrize("text", [*SIGNS, *COMMANDS, '"', "\\", 'a "b" \\ c\nd ä {x}=1,'], ids=ascii)
def test_no_label_breaks_the_format(text: str) -> None:
    """Of escapes the format knows three; another one makes Prometheus refuse the whole file."""
    odd = replace(MAIN, kind=text, address=Address(environment="e", target=text, resource=Resource(collection="c")))
    shown = forms.rendered("drift", "prometheus", plan(odd, NEW), Paper(), proof=None)
    assert [line for line in shown.splitlines() if not _LINE.fullmatch(line)] == []
    assert len(list(parsed(shown))) == 4


def test_a_label_is_read_back_as_it_was() -> None:
    target = 'a "b" \\ c\nd ä {x}=1,'
    odd = replace(MAIN, address=Address(environment="e", target=target, resource=Resource(collection="c")))
    assert ("reconciler_target_drifted", f"e/{target}") in values(drift_prometheus.text(plan(odd)))
