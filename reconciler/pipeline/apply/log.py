"""The journal of one apply, as its stages see it: what is begun, what became of it, and that it has ended."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model import codec
from reconciler.model.address import Resource
from reconciler.model.change import Change
from reconciler.model.outcome import SETTLED, Outcome
from reconciler.model.plan import Plan
from reconciler.model.ports import Lease
from reconciler.model.runs.journal import Journal, Json
from reconciler.model.runs.lease import Holder
from reconciler.model.settings import Applied, Reading
from reconciler.pipeline.apply import records

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(slots=True, kw_only=True)
class Log:
    """Thread-safe. `open` counts targets that were begun and of which nobody knows what became."""

    journal: Journal
    open: int = 0
    _told: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begins(self, unit: str, changes: Sequence[Change], before: Reading, known: Mapping[Resource, Applied]) -> None:
        """Before the first write to a target. Raises StateError: then nothing may be written."""
        self.journal.write([records.intent(unit, changes, before, known)])
        with self._lock:
            self.open += 1

    def ends(self, unit: str, outcomes: Sequence[Outcome], *, kept: bool) -> None:
        """What became of it, after the state was saved or was not. Raises StateError."""
        self.journal.write([records.result(unit, outcomes, kept=kept)])
        with self._lock:
            self.open -= 1
            self._told |= {str(one.address) for one in outcomes}

    def close(self, outcomes: Sequence[Outcome]) -> None:
        """The end of the run, with every outcome that no target has told. Raises StateError."""
        others = [records.outcome(one) for one in outcomes if str(one.address) not in self._told]
        self.journal.close(
            {
                "event": "end",
                "complete": all(one.status in SETTLED for one in outcomes),
                "counts": dict(Counter(str(one.status) for one in outcomes)),
                "units": sorted({one.address.unit for one in outcomes}),
                "others": others,
            }
        )


def begin(todo: Plan, holder: Holder, lease: Lease, url: str | None) -> Json:
    """Who does what, on whose word."""
    return {
        "event": "begin",
        "run": holder.run,
        "owner": holder.owner,
        "url": url,
        "commit": todo.git and todo.git.commit,
        "dirty": todo.git and todo.git.dirty,
        "plan": digest(todo),
        "config": todo.config_digest,
        "tool": todo.tool_version,
        "select": list(todo.select),
        "fence": lease.fence,
        "rollback": todo.rollback,
    }


def digest(todo: Plan) -> str:
    """SHA-256 of a plan, whichever way it is written; part after part, for a large one is not put together again."""
    found = hashlib.sha256()
    for name, part in sorted(codec.plan_parts(todo).items()):
        for one in part if isinstance(part, Iterator) else (part,):
            found.update(_JSON.encode({name: one}).encode())
    return found.hexdigest()
