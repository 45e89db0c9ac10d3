"""Who would have said what of a client at a shape: swaks, the application's own test button, and our prediction.

The truth is what the real client did.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.servers.shaped.shape import Shape, shapes

from clients import agreement, recordings, sessions
from clients.agreement import Case
from clients.clients import CLIENTS
from clients.sessions import Session

HERE = Path(__file__).parent
# by shape: why one session of ours cannot tell all clients
UNSEEN: Mapping[str, str] = json.loads((HERE / "unseen.json").read_text("utf-8"))
BUTTONS: Mapping[str, Mapping[str, str]] = json.loads((HERE / "buttons.json").read_text("utf-8"))

CLIENT = {client.name: client for client in CLIENTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """For one client at one shape: what is so, and whether each was right; None has no say in it."""

    client: str
    shape: str
    works: bool
    swaks: bool
    button: bool | None
    ours: bool  # by all that the relay does
    session: bool  # by what one session saw


def all_said() -> Iterator[Said]:
    at = {shape.name: shape for shape in shapes()}
    recorded_of = {client.name: recordings.load(client.name)["shapes"] for client in CLIENTS}
    asked, seen = recordings.load("swaks")["shapes"], sessions.recorded()
    for case in agreement.cases():
        recorded = recorded_of[case.client][case.shape]
        works = agreement.works(at[case.shape], case.seen)
        button = _button(case, recorded)
        yield Said(
            client=case.client,
            shape=case.shape,
            works=works,
            swaks=(asked.get(case.shape, {}).get("reported") == "sent") == works,
            button=None if button is None else button == works,
            ours=agreement.works(at[case.shape], {"encrypted": True, **case.predicted}) == works,
            session=_session(case, at[case.shape], seen[case.shape], recorded) == works,
        )


def _session(case: Case, shape: Shape, session: Session, recorded: Mapping[str, Any]) -> bool:
    if not session.proves or session.facts is None:
        return False
    by_session = agreement.case(CLIENT[case.client], shape, session.facts, recorded)
    return by_session.outcome.known and agreement.works(shape, {"encrypted": True, **by_session.predicted})


def _button(case: Case, recorded: Mapping[str, Any]) -> bool | None:
    """A mail by the same client says what its mail says; one that only logs in knows nothing of what comes after it."""
    if case.client not in BUTTONS:
        return None
    if BUTTONS[case.client]["does"] == "mail":
        return bool(recorded["reported"] == "sent")
    lines = [line.upper() for connection in recorded["lines"] for line in connection]
    return any(line.startswith("MAIL FROM") for line in lines)
