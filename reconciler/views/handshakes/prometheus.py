"""Handshakes as metrics in Prometheus' text format 0.0.4, for node_exporter's textfile collector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from reconciler.model.handshake import CheckStatus, Handshake, Status
from reconciler.views.handshakes.text import name
from reconciler.views.reports import metrics
from reconciler.views.reports.metrics import Sample

_UP = (Status.PASS, Status.WARN)
_NUMBERS = {
    CheckStatus.PASS: 0,
    CheckStatus.INFO: 0,
    CheckStatus.WARN: 1,
    CheckStatus.INCONCLUSIVE: 2,
    CheckStatus.FAIL: 3,
}
_HELP = {
    "reconciler_smtp_info": "How far the handshake was asked to go, and where it started when not here; always 1.",
    "reconciler_smtp_up_from_here": "1 if a relay in a zone also proved its TLS from outside that zone, 0 if not.",
    "reconciler_smtp_up": "1 if the handshake with the relay proved all that was asked, 0 if not.",
    "reconciler_smtp_certificate_expiry_seconds": "When the relay's certificate expires, in seconds since 1970.",
    "reconciler_smtp_step_seconds": "How long a step of the handshake took.",
    "reconciler_smtp_check_status": (
        "What a check found: 0 well, 1 a warning, 2 inconclusive, 3 failed; nothing if skipped."
    ),
    "reconciler_smtp_last_run_timestamp_seconds": "When the relay was verified last, in seconds since 1970.",
}


def text(handshakes: Sequence[Handshake], *, now: float) -> str:
    """Empty without a relay: each series has the labels of one, so that files of several jobs can lie side by side.

    `now` is in seconds since 1970.
    """
    samples: dict[str, Sequence[Sample]] = {
        "reconciler_smtp_info": [
            ({**_labels(found), "level": found.level.value, "via": found.via or "", **_zone(found)}, 1)
            for found in handshakes
        ],
        "reconciler_smtp_up": [(_labels(found), float(found.status in _UP and found.reached)) for found in handshakes],
        "reconciler_smtp_up_from_here": [
            (_labels(found), float(found.here.status is Status.PASS)) for found in handshakes if found.here
        ],
        "reconciler_smtp_certificate_expiry_seconds": list(_expiries(handshakes)),
        "reconciler_smtp_step_seconds": list(_steps(handshakes)),
        "reconciler_smtp_check_status": [
            ({**_labels(found), "id": check.id}, _NUMBERS[check.status])
            for found in handshakes
            for check in found.checks
            if check.status in _NUMBERS
        ],
        "reconciler_smtp_last_run_timestamp_seconds": [(_labels(found), round(now)) for found in handshakes],
    }
    return metrics.text(samples, _HELP)


def _labels(found: Handshake) -> dict[str, str]:
    return {"relay": name(found), "host": found.host, "port": str(found.port)}


def _zone(found: Handshake) -> dict[str, str]:
    return {} if found.zone is None else {"zone": found.zone}


def _expiries(handshakes: Sequence[Handshake]) -> Iterator[Sample]:
    for found in handshakes:
        if found.certificate is not None:
            yield _labels(found), datetime.fromisoformat(found.certificate.expires).timestamp()


def _steps(handshakes: Sequence[Handshake]) -> Iterator[Sample]:
    """A step that was taken twice is one sample: the same labels twice would make the file unreadable."""
    for found in handshakes:
        seconds: dict[str, float] = {}
        for step in found.steps:
            seconds[step.name] = seconds.get(step.name, 0.0) + step.ms / 1000
        for step_name, value in seconds.items():
            yield {**_labels(found), "step": step_name}, value
