"""What the last `verify` wrote of the applications' mail clients, as JSON: who would come to what at which relay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.errors import UsageError
from reconciler.model.landscape import Landscape
from reconciler.model.settings import Desired
from reconciler.pipeline import guard

_WELL = frozenset({"sends", "UNVERIFIED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """Of the client of one resource. `outcome` has all that fits, `at` is when its relay was verified."""

    client: str
    outcome: tuple[str, ...]
    reason: str
    advice: str | None
    words: str | None
    at: str

    @property
    def well(self) -> bool:
        return _WELL.issuperset(self.outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """By the addresses of the resources that used a relay: where it was, when, and what each client comes to there."""

    relays: Mapping[str, tuple[str, int, str, Mapping[str, Mapping[str, Any]]]]

    def of(self, wanted: Desired, land: Landscape) -> Foreseen | None:
        """None where its relay is declared otherwise now, or nothing is told of its client."""
        if (seen := self.relays.get(str(wanted.address))) is None:
            return None
        host, port, at, clients = seen
        name = client(wanted, land)
        if name not in clients or (wanted.handshake.get("host"), wanted.handshake.get("port")) != (host, port):
            return None
        found = clients[name]
        return Foreseen(
            client=name,
            outcome=tuple(found["outcome"]),
            reason=found["reason"],
            advice=found["advice"],
            words=found["words"],
            at=at,
        )


def client(wanted: Desired, land: Landscape) -> str:
    """The mail client of the application, by name; empty where none is known."""
    target = land.by_unit.get(wanted.address.unit)
    if target is None:
        return ""
    connection = target.connection
    told = guard.answer_or_finding(str(wanted.address), lambda: guard.platform(wanted.kind).client(connection) or "")
    return told if isinstance(told, str) else ""


def read(file: Path) -> Verified:
    """`file` is what `verify --format json --out FILE` wrote. Raises UsageError."""
    fix = f"reconciler verify --format json --out {file}"
    try:
        handshakes = json.loads(file.read_text("utf-8"))["handshakes"]
        return Verified(relays={address: _relay(one) for one in handshakes for address in one["used_by"]})
    except OSError as error:
        raise UsageError(f"--verified {file}: {error.strerror}", fix=fix) from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"--verified {file}: this is not what verify writes as JSON", fix=fix) from None


def _relay(one: Mapping[str, Any]) -> tuple[str, int, str, Mapping[str, Mapping[str, Any]]]:
    clients = {str(found["client"]): found for found in one["predicted"]}
    return str(one["host"]), int(one["port"]), str(one["at"]), clients
