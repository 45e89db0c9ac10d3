from __future__ import annotations

from reconciler.model.answers.zone_standing import ZoneStanding
from reconciler.model.finding import Finding, Severity
from reconciler.views.paper import Paper
from reconciler.views.runs import zones as view

AWAY = Finding(severity=Severity.ERROR, rule="zone-without-worker", what="zone plant: no worker", fix="start one")
DOWN = Finding(severity=Severity.ERROR, rule="broker-unreachable", what="broker: no answer")


def test_each_zone_says_who_is_there() -> None:
    found = [
        ZoneStanding(name="dmz", workers=2, waiting=0, versions=("0.1.0", "0.2.0"), seconds=0.04),
        ZoneStanding(name="plant", workers=0, waiting=3, error=AWAY),
    ]
    assert view.text(found, Paper()) == (
        "  ok  dmz    2 workers, reconciler 0.1.0, 0.2.0, answered after 0.0 s\n"
        "  !   plant  no worker, 3 messages waiting\n"
        "\n"
        "error: zone plant: no worker\n"
        "    fix: start one\n"
        "2 zones: 1 ready.\n"
    )


def test_one_cause_is_told_once() -> None:
    found = [ZoneStanding(name=name, error=DOWN) for name in ("dmz", "plant")]
    assert view.text(found, Paper()).count("error: broker: no answer") == 1
