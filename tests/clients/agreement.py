"""Predictions beside recordings: what each says of a client at a shape, in the same words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.servers.shaped.shape import Shape, shapes

from clients import facts, recordings
from clients.clients import CLIENTS, Client
from clients.run import BOUND
from reconciler.model.answers.prediction import Outcome, Reported
from reconciler.smtp.clients.client import load
from reconciler.smtp.predict.facts import RelayFacts
from reconciler.smtp.predict.predict import predict

EXCEPTIONS = Path(__file__).with_name("exceptions.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`predicted` and `seen` have the same keys; a reason is why they may differ."""

    client: str
    shape: str
    predicted: Mapping[str, Any]
    seen: Mapping[str, Any]
    outcome: Outcome

    @property
    def agrees(self) -> bool:
        return self.predicted == self.seen


def cases() -> Iterator[Case]:
    """All that were recorded."""
    relays = {shape.name: (shape, facts.facts(shape)) for shape in shapes()}
    for client in CLIENTS:
        recorded = recordings.load(client.name)["shapes"]
        for name, (shape, known) in relays.items():
            if name in recorded:
                yield case(client, shape, known, recorded[name])


def case(client: Client, shape: Shape, known: RelayFacts, recorded: Mapping[str, Any]) -> Case:
    outcome = predict(load(client.name), facts.use(client, shape), known)
    return Case(client=client.name, shape=shape.name, predicted=_told(outcome), seen=_seen(recorded), outcome=outcome)


def exceptions() -> dict[str, dict[str, str]]:
    """By client and shape: why the prediction is another, and may be."""
    found: dict[str, dict[str, str]] = json.loads(EXCEPTIONS.read_text("utf-8"))
    return found


def works(shape: Shape, one: Mapping[str, Any]) -> bool:
    """The relay got the mail, the application said so, and login and TLS were as its settings want them."""
    told = shape.settings
    return bool(
        one["taken"]
        and one["reported"] == "sent"
        and (one["login"] or told.auth == "none")
        and (one["encrypted"] or told.encryption == "none")
    )


def _told(outcome: Outcome) -> dict[str, Any]:
    waits = outcome.reported is Reported.NOTHING or (outcome.seconds or 0) > BOUND
    told = {
        "taken": outcome.taken,
        "reported": None if waits else str(outcome.reported),
        "login": outcome.login,
        "refused": outcome.refused,
        "exposed": outcome.exposed,
    }
    return {**told, "encrypted": outcome.encrypted} if outcome.taken else told


def _seen(recorded: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("taken", "reported", "login", "refused", "exposed", *(("encrypted",) if recorded["taken"] else ()))
    return {key: recorded[key] for key in keys}
