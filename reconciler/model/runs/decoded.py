"""Documents of `verify`, `apply`, `history` and `explain` back to the model. What they say was checked by their schema.

Raises KeyError, TypeError or ValueError for what is no such document.
"""

from __future__ import annotations

from typing import Any

from reconciler.model import codec
from reconciler.model.answers.overview import Ended, Proven, Sending
from reconciler.model.answers.verdict import Verdict
from reconciler.model.codec import Json
from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Status, Step
from reconciler.model.outcome import SETTLED, OutcomeStatus
from reconciler.model.runs import history
from reconciler.model.runs.journal import Fault
from reconciler.model.wire.read_certificate import ReadCertificate


def proofs(document: Json) -> tuple[Proven, ...]:
    """None in a document that says nothing of handshakes."""
    found = document.get("handshakes", ())
    return tuple(Proven(handshake=_handshake(one), used_by=tuple(one["used_by"])) for one in found)


def _handshake(data: Json) -> Handshake:
    return Handshake(
        **{name: data[name] for name in ("relay", "host", "port", "reached", "at", "via", "summary")},
        level=Level(data["level"]),
        status=Status(data["status"]),
        steps=tuple(Step(**one) for one in data["steps"]),
        checks=tuple(_check(one) for one in data["checks"]),
        certificate=_certificate(data["certificate"]),
        zone=data.get("zone"),
        here=_verdict(data.get("from_here")),
    )


def _verdict(data: Json | None) -> Verdict | None:
    return None if data is None else Verdict(status=Status(data["status"]), summary=data["summary"])


def _check(data: Json) -> CheckResult:
    """Its reason has been told with what it usually counts as."""
    told = {name: data[name] for name in ("id", "reason", "evidence", "advice")}
    return CheckResult(**told, status=CheckStatus(data["status"]))


def _certificate(data: Json | None) -> ReadCertificate | None:
    if data is None:
        return None
    known = {name: data[name] for name in ("expires", "subject", "issuer", "pin")}
    return ReadCertificate(**known, names=tuple(data["names"]))


def ended(document: Json) -> tuple[Ended, ...]:
    """What did not end well."""
    found = ((one, OutcomeStatus(one["status"])) for one in document["outcomes"])
    return tuple(
        Ended(address=one["address"], status=status, error=codec.finding_from(one["error"]) if one["error"] else None)
        for one, status in found
        if status not in SETTLED
    )


def runs(document: Json) -> history.History:
    found = {one["journal"]: history.Run(**one) for one in document["runs"]}
    steps = tuple(_step(one, found[one["journal"]]) for one in document["steps"])
    faults = document["faults"]
    verified = None if faults is None else tuple(Fault(**{**one, "journal": one["journal"] or ""}) for one in faults)
    return history.History(runs=tuple(found.values()), steps=steps, verified=verified)


def _step(data: Json, run: history.Run) -> history.Step:
    told = {name: data[name] for name in ("address", "action", "status", "error", "proof", "word")}
    return history.Step(run=run, fields=tuple(codec.field_change_from(one) for one in data["fields"]), **told)


def sending(document: Json) -> tuple[Sending, ...]:
    found = (_sending(one) for one in document["resources"])
    return tuple(one for one in found if one)


def _sending(data: Json) -> Sending | None:
    settings = {name: codec.value_from(one["value"]) for name, one in data["settings"].items()}
    host: Any = data["settings"].get("host", {})
    return Sending.of(data["address"], data["kind"], data["relay"] if host.get("relay") else None, settings)
