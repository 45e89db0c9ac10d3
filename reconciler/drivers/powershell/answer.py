"""Judges how a script ended. Done is: completed, no error record, exactly one output, and that is our document.

`had_errors`, the exit of the pipeline and warnings say nothing: a script that stops half-way can be Completed, and
one whose shell tells of the end of its support is none the worse.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.drivers.powershell import faults
from reconciler.drivers.powershell.faults import Explain, Fault
from reconciler.drivers.powershell.scripts import Script
from reconciler.drivers.powershell.server import Server
from reconciler.errors import PlatformAnswer, PlatformError

ENVELOPE = "reconciler"  # the key that says: this document is ours
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What came back: outputs, and the error records of the pipeline."""

    completed: bool
    output: Sequence[object] = ()
    errors: Sequence[Fault] = ()


def result(ended: Ended, script: Script, server: Server, explain: Explain) -> Mapping[str, Any]:
    """Raises the PlatformError that stands for what went wrong."""
    document = _document(ended)
    said = document.get("error") if document else None
    if isinstance(said, Mapping):
        raise _raised(_fault(said), script, server, explain)
    if ended.errors:
        raise _raised(ended.errors[0], script, server, explain)
    if not ended.completed or document is None or document.get("ok") is not True:
        raise PlatformAnswer(
            f"{server}: {script.name} gave no answer",
            why=f"it {'ended' if ended.completed else 'broke off'} with {len(ended.output)} outputs, and whether "
            "it did its work is unknown",
            fix="look at the server, then plan again; an endpoint that writes output of its own can cause it",
        )
    found = document.get("result")
    if not isinstance(found, Mapping):
        raise PlatformAnswer(f"{server}: {script.name} answered without a result", why="its contract says otherwise")
    return found


def _raised(fault: Fault, script: Script, server: Server, explain: Explain) -> PlatformError:
    """A platform knows its own words best."""
    return explain(fault, server) or faults.error(fault, script, server)


def _document(ended: Ended) -> Mapping[str, Any] | None:
    if len(ended.output) != 1 or not isinstance(text := ended.output[0], str):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.get(ENVELOPE) == VERSION else None


def _fault(said: Mapping[str, Any]) -> Fault:
    types = said.get("types")
    return Fault(
        id=str(said.get("id") or ""),
        step=str(said.get("step") or ""),
        types=tuple(map(str, types)) if isinstance(types, list) else (),
        message=str(said.get("message") or ""),
        line=int(line) if isinstance(line := said.get("line"), int) else 0,
    )
