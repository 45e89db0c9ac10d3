"""What a run proved and did, as JSON; `schemas/output/` says the same.

A handshake is written once, whatever the number of resources that it speaks for: they have its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from reconciler.model.answers.prediction import Outcome as Foreseen
from reconciler.model.attestation import WorkOrder
from reconciler.model.codec import Json, finding, position, value
from reconciler.model.handshake import Certificate, Handshake
from reconciler.model.outcome import Outcome
from reconciler.model.source import Position

_TIME = "%Y-%m-%dT%H:%M:%SZ"
Places = Mapping[str, Position]  # of relays in the files, by environment and name


def handshakes(found: Sequence[Handshake], where: Places, users: Mapping[str, Iterable[str]]) -> list[Json]:
    """`users` are the resources that use each relay, by its name."""
    return [_proof(f"h{at}", one, where, users.get(one.relay or "", ())) for at, one in enumerate(found, start=1)]


def outcomes(found: Sequence[Outcome], where: Places) -> Json:
    """What was proven, and what became of each change."""
    users: dict[Handshake, list[str]] = {}
    for one in found:
        if proof := _proven(one):
            users.setdefault(proof, []).append(str(one.address))
    ids = {proof: f"h{at}" for at, proof in enumerate(users, start=1)}
    return {
        "handshakes": [_proof(ids[proof], proof, where, sorted(used)) for proof, used in users.items()],
        "outcomes": [_outcome(one, ids[proof] if (proof := _proven(one)) else None) for one in found],
    }


def _proven(one: Outcome) -> Handshake | None:
    """With its relay named as `verify` names it."""
    proof = one.handshake
    return proof and replace(proof, relay=proof.relay and f"{one.address.environment}/{proof.relay}")


def _proof(name: str, one: Handshake, where: Places, used_by: Iterable[str]) -> Json:
    place = where.get(one.relay or "")
    rest = {"predicted": _predicted(one.predicted), "where": place and position(place), "used_by": list(used_by)}
    return {"id": name, **_handshake(one), **rest}


def _handshake(one: Handshake) -> Json:
    return {
        "relay": one.relay,
        "host": one.host,
        "port": one.port,
        "level": one.level,
        "status": one.status,
        "reached": one.reached,
        "at": one.at,
        "via": one.via,
        **_zone(one),
        "summary": one.summary,
        "certificate": one.certificate and _certificate(one.certificate, one.at),
        "steps": [{"name": step.name, "ms": round(step.ms, 1)} for step in one.steps],
        "checks": [
            {
                "id": check.id,
                "status": check.status,
                "usual": check.usual,
                "reason": check.told,
                "evidence": check.evidence,
                "advice": check.advice,
            }
            for check in one.checks
        ],
    }


def _zone(one: Handshake) -> Json:
    """Nothing where there is one network."""
    if one.zone is None:
        return {}
    return {"zone": one.zone, "from_here": one.here and {"status": one.here.status, "summary": one.here.summary}}


def _predicted(found: Sequence[Foreseen]) -> list[Json]:
    return [
        {
            "client": one.client,
            "outcome": [str(kind) for kind in one.kinds],
            "taken": one.taken,
            "reported": str(one.reported),
            "login": one.login,
            "refused_logins": one.refused,
            "encrypted": one.encrypted,
            "exposed": one.exposed,
            "seconds": one.seconds,
            "cause": one.cause,
            "reason": one.reason,
            "advice": one.advice,
            "words": one.words,
            "unverified": list(one.unverified),
            "unseen": list(one.unseen),
        }
        for one in found
    ]


def _certificate(one: Certificate, at: str | None) -> Json:
    """`days` are those left when it was shown."""
    expires = datetime.fromisoformat(one.expires)
    days = (expires - (datetime.fromisoformat(at) if at else datetime.now(UTC))).days
    return {
        "expires": expires.strftime(_TIME),
        "days": days,
        "subject": one.subject,
        "issuer": one.issuer,
        "names": list(one.names),
        "pin": one.pin,
    }


def _outcome(one: Outcome, proof: str | None) -> Json:
    """`proof` is the id of its handshake."""
    return {
        "address": str(one.address),
        "status": one.status,
        "fields": list(one.fields),
        "handshake": proof,
        "test": one.test and _handshake(one.test),
        "error": one.error and finding(one.error),
        "notes": list(one.notes),
        "order": one.order and _work_order(one.order),
        "duration": round(one.duration, 3),
    }


def _work_order(one: WorkOrder) -> Json:
    lines = [{"page": line.page, "label": line.label, "value": value(line.value)} for line in one.lines]
    document = {"address": str(one.address), "product": one.product, "url": one.url, "lines": lines, "then": one.then}
    return {**document, "files": [file.name for file in one.files]}
