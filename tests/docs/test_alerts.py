"""The rules for Prometheus that we show ask for metrics that we write, with the labels that these have."""

from __future__ import annotations

import re

from prometheus_client.parser import text_string_to_metric_families as parsed
from ruamel.yaml import YAML
from support.commandline import TOP
from support.plans import MAIN, plan
from support.values import certificate

from reconciler.model.answers.proof import Proof
from reconciler.model.handshake import Handshake, Level, Status
from reconciler.views.plans import drift_prometheus

RULES = YAML(typ="safe", pure=True).load((TOP / "examples/prometheus/alerts.yml").read_text("utf-8"))
_METRIC, _LABEL = re.compile(r"reconciler_\w+"), re.compile(r"\$labels\.(\w+)")


def written() -> dict[str, set[str]]:
    """The labels of each metric."""
    shown = Handshake(
        relay="prod/a",
        host="h",
        port=25,
        level=Level.TLS,
        status=Status.PASS,
        steps=(),
        checks=(),
        certificate=certificate("2026-12-02T12:00:00+00:00"),
    )
    proof = Proof(handshakes=(shown,), declared={}, users={}, uses=(("prod/openspp", "openspp", "prod/a"),))
    text = drift_prometheus.text(plan(MAIN), proof=proof)
    return {one.name: set(one.samples[0].labels) for one in parsed(text)}


def test_every_rule_goes_by_a_metric_and_labels_that_there_are() -> None:
    known = written()
    for rule in RULES["groups"][0]["rules"]:
        (metric,) = _METRIC.findall(rule["expr"])
        asked = set(_LABEL.findall(" ".join(rule["annotations"].values())))
        assert asked <= known[metric], rule["alert"]


def test_every_metric_of_targets_has_a_rule() -> None:
    asked = {metric for rule in RULES["groups"][0]["rules"] for metric in _METRIC.findall(rule["expr"])}
    assert {metric for metric in written() if metric.startswith("reconciler_target_")} <= asked
