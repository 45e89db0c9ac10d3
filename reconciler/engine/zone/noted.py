"""One line of the worker's log for each unit: whose, what, what came of it, how long it took. No secret, no message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from reconciler.engine.envelope.message import Request
from reconciler.model.finding import Finding
from reconciler.model.work.proofs import Proven, ProveUnit
from reconciler.model.work.reads import ReadUnit, UnitRead, VersionsTold, VersionsUnit
from reconciler.model.work.settles import SettleUnit, UnitSettled
from reconciler.model.work.writes import UnitWritten, WriteUnit

Unit = ReadUnit | VersionsUnit | ProveUnit | WriteUnit | SettleUnit
Answered = UnitRead | VersionsTold | Proven | UnitWritten | UnitSettled


def line(request: Request, unit: Unit, answer: Answered, seconds: float) -> str:
    return f"run={request.run} op={request.op} unit={_name(unit)} outcome={_outcome(answer)} seconds={seconds:.1f}"


def _name(unit: Unit) -> str:
    match unit:
        case ReadUnit(specs=specs):
            return ",".join(one.unit for one in specs)
        case WriteUnit(targets=targets):
            return ",".join(one.spec.unit for one in targets)
        case ProveUnit(relays=relays):
            return f"relays:{len(relays)}"
        case SettleUnit(spec=spec):
            return spec.unit
        case VersionsUnit(refs=refs):
            return f"secrets:{len(refs)}"


def _outcome(answer: Answered) -> str:
    match answer:
        case UnitRead(readings=readings):
            return _counted("read" if one.unreadable is None else one.unreadable.rule for one in readings)
        case UnitWritten(targets=targets):
            return _counted(str(one.status).replace(" ", "-") for target in targets for one in target.outcomes)
        case Proven(found=found):
            return _counted(str(one.status) for one in found)
        case UnitSettled(fates=fates, error=error):
            return error.rule if error else _counted(one.name.lower().replace("_", "-") for one in fates)
        case VersionsTold(versions=versions):
            return _counted(one.rule if isinstance(one, Finding) else "told" for one in versions.values())


def _counted(words: Iterable[str]) -> str:
    return ",".join(f"{word}:{count}" for word, count in Counter(words).items()) or "nothing"
