"""Why a zone has not carried a unit out, or has not said so: what there is to tell, and what to do about it."""

from __future__ import annotations

from reconciler.engine.remote.post import NoBroker, NoWorker, Silent
from reconciler.engine.remote.transport import NoQueue
from reconciler.model.finding import Finding, Severity

_LOOK = "see who is there: reconciler zones"


class Unanswered(Exception):
    """`begun`: it may have been carried out, or be going on. The same Finding for all units of one cause."""

    def __init__(self, finding: Finding, *, begun: bool) -> None:
        super().__init__(finding.what)
        self.finding, self.begun = finding, begun


def unanswered(error: NoBroker | NoQueue | NoWorker | Silent, zone: str, broker: str, seconds: float) -> Unanswered:
    """Of what a future of Post raises."""
    match error:
        case NoBroker():
            return Unanswered(_no_broker(broker, str(error)), begun=False)
        case NoQueue(why=why):
            return Unanswered(_no_queue(zone, why), begun=False)
        case NoWorker():
            return Unanswered(_no_worker(zone), begun=False)
        case Silent(lost=lost):
            return Unanswered(_silent(zone, seconds, lost), begun=True)


def _no_broker(broker: str, why: str) -> Finding:
    return _error(
        "broker-unreachable",
        f"broker {broker}: {why}",
        "units of work reach their zones through it, and nothing was sent",
        "start it, or correct engine.broker in reconciler.yaml; on its machine: rabbitmq-diagnostics check_running",
    )


def _no_queue(zone: str, why: str) -> Finding:
    return _error(
        "zone-undeclared",
        f"zone {zone}: the broker has no queue for it that we may use",
        f"it says: {why}",
        "declare what zones need: reconciler zones --definitions >definitions.json; rabbitmqctl import_definitions "
        "<definitions.json",
    )


def _no_worker(zone: str) -> Finding:
    return _error(
        "zone-without-worker",
        f"zone {zone}: no worker is connected to the broker",
        "nobody would take what is sent there, and nothing was sent",
        f"on the worker's machine, e.g.: systemctl status reconciler-worker; {_LOOK}",
    )


def _silent(zone: str, seconds: float, lost: str | None) -> Finding:
    why = f"the broker went away meanwhile: {lost}" if lost else "its worker is gone, busy or cut off"
    return _error(
        "zone-silent",
        f"zone {zone}: no answer in {seconds:g} s",
        why,
        f"{_LOOK}; if its worker is only busy: more slots in worker.yaml, or a longer engine.deadline",
    )


def unreadable(zone: str) -> Unanswered:
    """Signed by the zone, and not an answer to what was asked."""
    finding = _error(
        "zone-answer",
        f"zone {zone}: its answer is not one to what was asked",
        "it is signed by the zone's key, and names other units, or is of another form",
        "install the same version of reconciler here and there; if it is, look at who runs the worker",
    )
    return Unanswered(finding, begun=True)


def _error(rule: str, what: str, why: str, fix: str) -> Finding:
    return Finding(severity=Severity.ERROR, rule=rule, what=what, why=why, fix=fix)
