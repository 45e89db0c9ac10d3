"""Who works in which zone."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model import codec
from reconciler.model.answers.zone_standing import ZoneStanding
from reconciler.views import findings
from reconciler.views.paper import Paper, plural
from reconciler.views.printable import Printable


def text(found: Sequence[ZoneStanding], paper: Paper) -> Printable:
    wide = max((len(one.name) for one in found), default=0)
    lines = [f"  {_sign(one, paper)}  {one.name:{wide}}  {_said(one)}" for one in found]
    told = findings.lines(list(dict.fromkeys(one.error for one in found if one.error)), paper)
    well = sum(one.error is None for one in found)
    return paper.finish([*lines, "", *told, f"{plural(len(found), 'zone')}: {well} ready."])


def document(found: Sequence[ZoneStanding]) -> codec.Json:
    return {"zones": [_zone(one) for one in found]}


def _sign(one: ZoneStanding, paper: Paper) -> str:
    return paper.paint("ok" if one.error is None else "! ", "ok" if one.error is None else "!")


def _said(one: ZoneStanding) -> str:
    if one.workers is None:
        return "not known"
    parts = [plural(one.workers, "worker") if one.workers else "no worker"]
    parts += [f"reconciler {', '.join(one.versions)}"] if one.versions else []
    parts += [f"{plural(one.waiting, 'message')} waiting"] if one.waiting else []
    parts += [f"answered after {one.seconds:.1f} s"] if one.seconds is not None else []
    return ", ".join(parts)


def _zone(one: ZoneStanding) -> codec.Json:
    return {
        "zone": one.name,
        "workers": one.workers,
        "waiting": one.waiting,
        "versions": list(one.versions),
        "seconds": None if one.seconds is None else round(one.seconds, 3),
        "error": None if one.error is None else codec.finding(one.error),
    }
