"""Why a whole message is not carried out, although it is believed. A refusal is an answer, and not a timeout."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler import platforms
from reconciler.engine.envelope.message import Op, Request
from reconciler.engine.zone.permit import Deadline
from reconciler.engine.zone.settings import PROVE, READ, WRITE, WorkerSpec
from reconciler.model.finding import Finding, Severity
from reconciler.model.wire import PROTOCOL

_NEEDS = {Op.READ: READ, Op.VERSIONS: READ, Op.PROVE: PROVE, Op.WRITE: WRITE, Op.SETTLE: WRITE}
_EXACTLY = frozenset({Op.WRITE, Op.SETTLE})  # what writes is carried out by who understands it as it was meant
_INSTALL = "install the same version at the coordinator and in the zone"


def refusal(request: Request, spec: WorkerSpec, deadline: Deadline, *, version: str) -> Finding | None:
    """`version` is ours."""
    return deadline.passed() or _version(request, version) or _platforms(request.platforms) or _right(request, spec)


def _version(request: Request, ours: str) -> Finding | None:
    """Writes between equal minor versions only; the rest by whoever is newer, and knows the protocol before its own."""
    exactly = request.op in _EXACTLY
    known = (PROTOCOL,) if exactly else (PROTOCOL, PROTOCOL - 1)
    if request.protocol not in known:
        why = f"they speak protocol {request.protocol} and {PROTOCOL}"
        return _error("worker-version", _differs(request.version, ours), why, _INSTALL)
    if exactly and _minor(request.version) != _minor(ours):
        why = "writes need equal minor versions: what one means by a change the other has to mean too"
        return _error("worker-version", _differs(request.version, ours), why, _INSTALL)
    return None


def _differs(theirs: str, ours: str) -> str:
    return f"the coordinator is reconciler {theirs}, the worker {ours}"


def _minor(version: str) -> tuple[str, ...]:
    return tuple(version.split(".")[:2])


def _platforms(theirs: Mapping[str, str]) -> Finding | None:
    """`theirs` are packages and their versions by the kind that they provide."""
    for kind, package in theirs.items():
        ours = platforms.package(kind)
        if ours != package:
            what = f"platform {kind} is {package} at the coordinator, and {ours or 'not installed'} at the worker"
            why = "a package has its own versions, and only equal ones mean the same"
            return _error("worker-version", what, why, _INSTALL)
    return None


def _right(request: Request, spec: WorkerSpec) -> Finding | None:
    needs = _NEEDS.get(request.op)
    if needs is None or needs in spec.may:
        return None
    what = f"the worker of zone {spec.zone} does not {needs}"
    why = f"its worker.yaml has may: [{', '.join(sorted(spec.may))}]"
    return _error("worker-may", what, why, f"add {needs} to may there, if it should")


def _error(rule: str, what: str, why: str, fix: str) -> Finding:
    return Finding(severity=Severity.ERROR, rule=rule, what=what, why=why, fix=fix)
