"""Whatever a server, a file or a store says: no output of a command acts on a terminal, a CI system or a fence."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from support.outside import COMMANDS, HOSTILE, SIGNS, annotations, harm
from support.plans import LOST, MAIN, NEW, change, field, plan

from reconciler.model import adoption
from reconciler.model.address import Address, Resource
from reconciler.model.adoption import Adoption, Found
from reconciler.model.answers.discovery import DiscoveredKey, Discovery
from reconciler.model.answers.impact import Dependency, Impact, Use
from reconciler.model.answers.night import Night
from reconciler.model.answers.overview import Overview
from reconciler.model.answers.proof import Proof
from reconciler.model.answers.route import Route
from reconciler.model.answers.zone_standing import ZoneStanding
from reconciler.model.attestation import File, Line, WorkOrder
from reconciler.model.change import Action, Cause, FieldChange, FieldKind
from reconciler.model.checkup import Checkup, Examined, Label, Traced
from reconciler.model.difference import Moved, Part
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Status, Step
from reconciler.model.landscape import DeclaredRelay, Target
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.model.plan import Git, Plan
from reconciler.model.runs import history
from reconciler.model.runs.history import History, Run
from reconciler.model.runs.journal import Fault
from reconciler.model.runs.lease import Held, Lock
from reconciler.model.runs.recovery import Fate, Recovered
from reconciler.model.settings import Applied, Attested, Desired, Origin
from reconciler.model.source import Position
from reconciler.views import apply, forms, printable
from reconciler.views.paper import Paper
from reconciler.views.printable import Printable
from reconciler.views.scaffold import Scaffolded

PAPERS = (Paper(), Paper(width=40, wrapped=True), Paper(unicode=False))
FENCE = re.compile(r"(?m)^ *(```|~~~)")


def _finding(text: str) -> Finding:
    where = Position(file=text, line=1, column=1)
    return Finding(severity=Severity.ERROR, rule=text, what=text, why=text, fix=text, where=where, address=text)


def _address(text: str) -> Address:
    return Address(environment="prod", target=text, resource=Resource(collection="servers", key=text))


def _plan(text: str) -> Plan:
    finding, origin = _finding(text), Origin(position=Position(file=text, line=1, column=1), through=text)
    fields = (
        field(text, text, (text,), origin),
        field("x", None, text, origin, sensitive=True, version=text, why=text),
    )
    moved = [replace(one, address=_address(text), fields=fields, findings=(finding,)) for one in (MAIN, NEW)]
    moved += [replace(moved[0], action=action) for action in Action]
    return plan(*moved, replace(LOST, findings=(finding,)), change("dev/x:y", Action.NONE), findings=(finding,))


def _handshakes(text: str) -> list[Handshake]:
    check = {"id": "SMTP200", "reason": text, "evidence": text, "advice": text}
    return [
        Handshake(
            relay=text,
            host=text,
            port=25,
            level=Level.TLS,
            status=Status(status.value),
            steps=(Step(name=text, ms=1.0),),
            checks=(CheckResult(status=status, **check),),
            summary=text,
            via=text,
        )
        for status in (CheckStatus.PASS, CheckStatus.WARN, CheckStatus.FAIL, CheckStatus.INCONCLUSIVE)
    ]


def _outcomes(text: str) -> list[Outcome]:
    told = {"error": _finding(text), "notes": (text,), "fields": (text,), "test": _handshakes(text)[2]}
    line, file = Line(page=text, label=text, value=text), File(name=text, text=text)
    order = WorkOrder(address=_address(text), product=text, url=text, lines=(line,), then=text, files=(file,))
    return [Outcome(address=_address(text), status=status, order=order, **told) for status in OutcomeStatus]


def _adoption(text: str) -> Adoption:
    settings = {"name": text, "list": (text,)}
    one = Found(
        resource=Resource(collection="servers", key=text),
        title=text,
        settings=settings,
        notes={"name": text},
        remarks=(text,),
        suggested=frozenset({"name"}),
    )
    refused = replace(one, refused=(_finding(text),))
    told = (_finding(text),)
    return Adoption(
        unit="prod/x", installation=text, found=(one, refused), left_out=(text,), unread=told, findings=told
    )


def _landscape(text: str) -> adoption.Landscape:
    relays = replace(_adoption(text), unit=text)
    return adoption.Landscape(targets=(_adoption(text),), relays=(relays,), unread=(_finding(text),))


def _discovery(text: str) -> Discovery:
    key = DiscoveredKey(key=text, name=text, type=text, origin=text, secret=False, word=text, suggested="host")
    return Discovery(keys=(key,), mapped={"port": text})


def _target(text: str) -> Target:
    place = Position(file=text, line=1, column=1)
    return Target(
        unit="prod/x",
        environment="prod",
        kind=text,
        connection={},
        installation=text,
        position=place,
        connection_position=place,
    )


def _explained(text: str) -> list[Desired]:
    place = Position(file=text, line=1, column=1)
    origin = {"host": Origin(position=place, through=text)}
    one = Desired(
        address=_address(text),
        kind="x",
        installation=text,
        settings={"host": text},
        handshake={"host": text},
        origin=origin,
        position=place,
    )
    return [one, one]


def _relay(text: str) -> DeclaredRelay:
    place = Position(file=text, line=1, column=1)
    return DeclaredRelay(
        address=text, name=text, environment="x", settings={"host": text}, origin={}, relay=None, position=place
    )


RESULTS: dict[str, Callable[[str], object]] = {
    "plan": _plan,
    "show": _plan,
    "ci": _plan,
    "drift": _plan,
    "show --since": lambda text: [
        Moved(address=text, part=part, setting=text, before=text, after=text) for part in Part
    ],
    "validate": lambda text: [_finding(text)],
    "verify": _handshakes,
    "apply": _outcomes,
    "adopt": _adoption,
    "adopt --all": _landscape,
    "discover": _discovery,
    "explain": _explained,
    "init": lambda text: Scaffolded(
        folder=text, steps=((text, text),), created=(text,), kept=(text,), outdated=(text,)
    ),
}
RESULTS["add"] = RESULTS["init"]
RESULTS["nightly"] = lambda text: Night(
    plan=replace(_plan(text), created_at="2026-11-20T10:44:00Z"),
    proof=_proof(text),
    issues={"prod/x": text},
    url=text,
    problems=(_finding(text),),
)
RESULTS["report"] = lambda text: Overview(
    at="2026-11-20T10:44:00Z",
    plans=(replace(_plan(text), created_at="2026-11-20T10:44:00Z"),),
    beside=(_finding(text),),
)
RESULTS["attest"] = lambda text: [
    Applied(
        installation=text,
        address=_address(text),
        settings={},
        secrets={},
        marker=None,
        run=text,
        at=text,
        attested=Attested(by=text, at=text, digest=text),
    )
]
RESULTS["doctor"] = lambda text: Checkup(
    unit=text,
    kind=text,
    examined=(Examined(what=text, ok=False, said=text, fix=text),),
    labels=(Label(page=text, setting=text, label=text, type=text, found=2, how=text, shown=text),),
    traced=(Traced(method=text, path=text, sent=(text,), answered=(text,), refused=text),),
)
RESULTS["zones"] = lambda text: [
    ZoneStanding(name=text, workers=1, waiting=2, versions=(text,), seconds=0.1, error=error)
    for error in (None, _finding(text))
]
RESULTS["worker"] = RESULTS["doctor"]
RESULTS["state"] = lambda text: [(text, 1, True)]
RESULTS["locks"] = lambda text: [_lock(text)]
RESULTS["unlock"] = lambda text: _lock(text)  # noqa: PLW0108  # it stands below
RESULTS["recover"] = lambda text: [
    Recovered(address=text, run=text, fate=fate, note=text, error=error)
    for fate in Fate
    for error in (None, _finding(text))
]
RESULTS["history"] = lambda text: History(
    runs=(_ran(text),), steps=(_step(text),), verified=(Fault(journal=text, line=1, what=text),)
)
RESULTS["rollback"] = _plan
RESULTS["impact"] = lambda text: _impacts(text)  # noqa: PLW0108  # it stands below
RESULTS["explain --from"] = lambda text: {
    text: Route(taken=_address(text), steps=(text,), author=text, sender=text),
}


def _lock(text: str) -> Lock:
    words = dict.fromkeys(("nonce", "owner", "run", "since", "expires", "process", "host", "url", "lost"), text)
    return Lock(held=Held(installations=(text,), fence=1, **words), alive=False)


def _ran(text: str) -> Run:
    words = dict.fromkeys(("journal", "run", "owner", "at", "url", "commit", "rollback", "ended"), text)
    return Run(counts={text: 1}, **words)


def _step(text: str) -> history.Step:
    words = dict.fromkeys(("address", "action", "status", "error", "proof"), text)
    return history.Step(run=_ran(text), fields=_fields(text), **words)


def _fields(text: str) -> tuple[FieldChange, ...]:
    return (FieldChange(field=text, kind=FieldKind.SET, before=text, after=text, cause=Cause.GIT),)


ROWS = [(command, form) for command in RESULTS for form in forms.names(command)]


def _impacts(text: str) -> list[Impact]:
    place = Position(file=text, line=1, column=1)
    use = Use(address=text, platform=text, setting=text, where=place, protected=True)
    return [
        Impact(name=text, kind=kind, declared=(place,), relays=(use,), resources=(use,), targets=(use,))
        for kind in Dependency
    ]


def _beside(command: str, text: str) -> dict[str, object]:
    places = {text: Position(file=text, line=1, column=1)}
    known: dict[str, dict[str, object]] = {
        "validate": {"files": 1, "valid": False},
        "verify": {"declared": places, "users": {text: [text]}, "now": 1.0},
        "apply": {"seconds": 1.0, "run": text, "complete": True, "problem": _finding(text)}
        | {"at": text, "git": Git(commit=text, dirty=False), "declared": places},
        "adopt": {"today": "2026-11-29", "written": None, "next_commands": [text]},
        "adopt --all": {"today": "2026-11-29", "written": None, "next_commands": [text]},
        "state": {"source": text, "declare": text},
        "impact": {"whole": True},
        "report": {"file": text, "size": 1},
        "discover": {"target": _target(text), "written": None, "again": text},
        "explain": {"unmanaged": {_address(text): [text]}, "relays": [_relay(text)], "counted": [text], "base": text}
        | {"severities": {}, "all_relays": [_relay(text)], "users": {text: [text]}}
        | {
            "clients": {_address(text): _client(text)},
            "zoned": {_address(text).unit: replace(_target(text), zone="dmz")},
        },
    }
    page = {"limit": 65_536, "link": lambda _: None}
    return known.get(command, {"next_command": text, "since": None, "proof": _proof(text)}) | page


def _client(text: str) -> dict[str, Any]:
    return {
        "name": text,
        "versions": text,
        "look_out": [text],
        "predicted": {"outcome": ["fails"], "reason": text},
        "at": text,
    }


def _proof(text: str) -> Proof:
    places = {text: Position(file=text, line=1, column=1)}
    return Proof(handshakes=tuple(_handshakes(text)), declared=places, users={text: (text,)}, uses=((text,) * 3,))


def _shown(command: str, form: str, text: str) -> list[str]:
    made, beside = RESULTS[command](text), _beside(command, text)
    return [forms.rendered(command, form, made, paper, **beside) for paper in PAPERS]


def test_every_command_that_tells_something_from_outside_is_asked() -> None:
    assert set(RESULTS) == set(forms.COMMANDS) - {
        "checks",
        "completion",
        "explain RULE",
    }  # catalogues and a script are ours


@pytest.mark.parametrize(("command", "form"), ROWS)
@given(text=HOSTILE)
@settings(max_examples=25, deadline=None)
def test_no_output_acts_on_who_reads_it(command: str, form: str, text: str) -> None:
    for shown in _shown(command, form, text):
        assert not harm(annotations(shown) if form == "github" else shown), shown
        if form == forms.TEXT:
            assert not FENCE.search(shown)


@pytest.mark.parametrize("text", [*SIGNS, *COMMANDS], ids=ascii)
def test_json_says_what_was_said(text: str) -> None:
    shown = printable.document({text: [text]})
    assert (json.loads(shown), harm(shown)) == ({text: [text]}, [])


@given(text=HOSTILE)
@settings(max_examples=50, deadline=None)
def test_an_apply_tells_its_events_harmlessly(text: str) -> None:
    paper = PAPERS[0]
    events = [apply.stage([text], paper), apply.proven(_handshakes(text), paper)]
    events += [apply.outcome(one, paper, new_unit=True) for one in _outcomes(text)]
    assert not harm("".join(events))


@pytest.mark.parametrize("command", forms.COMMANDS)
def test_text_for_people_was_finished_on_paper(command: str) -> None:
    """`forms.rendered` goes by the name of a function, which mypy cannot follow."""
    made = forms.function(forms.COMMANDS[command].forms[forms.TEXT])
    assert inspect.get_annotations(made, eval_str=False)["return"] == Printable.__name__
