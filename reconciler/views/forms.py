"""Which command prints its result in which forms. A new form is one function of a view and one row here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler import __version__
from reconciler.model.text.plan_format import FORMAT_VERSION
from reconciler.views import printable
from reconciler.views.paper import Paper
from reconciler.views.printable import Printable

if TYPE_CHECKING:
    from reconciler.model.finding import Finding

TEXT, JSON, MARKDOWN = "text", "json", "markdown"
_WHOLE: Mapping[str, Any] = {"complete": True, "findings": ()}


class Form(NamedTuple):
    """How one result is written.

    `function` is "module:name" in `reconciler.views`, imported when the form is asked for. It gets the result, and by
    name what it `takes`: `paper`, or what the command gives beside the result. For JSON it returns the document, as
    text what is `Printable`, for the forms of others `str` or their document; with `orders`, which a CI is to obey,
    `Printable`. `file` is a usual name for it, as `--out` names one.
    """

    function: str
    file: str
    takes: tuple[str, ...] = ()
    orders: bool = False


class Command(NamedTuple):
    """`schema` is the file below `schemas/` that every document keeps: also the one of a run that came to no result,
    which is `empty`, with the time of its end under the name `dated`."""

    forms: Mapping[str, Form]
    schema: str
    empty: Mapping[str, Any]
    dated: str | None = None


def _form(function: str, *takes: str, file: str) -> Form:
    return Form(function=function, takes=takes, file=file)


_NO_PLAN: Mapping[str, Any] = {
    "format_version": FORMAT_VERSION,
    "tool_version": __version__,
    "created_at": None,
    "git": None,
    "review": None,
    "config_digest": None,
    "select": [],
    "complete": False,
    "applyable": False,
    "stages": [],
    "changes": [],
}
_PLAN = Command(
    forms={
        TEXT: _form("plans.text:text", "paper", "next_command", "proof", file="plan.txt"),
        JSON: _form("plans.text:parts", "proof", file="plan.json"),
        "markdown": _form("plans.markdown:text", "next_command", "limit", "link", "since", "proof", file="plan.md"),
    },
    schema="plan",
    empty=_NO_PLAN,
    dated="created_at",
)
_NOTHING_ADOPTED: Mapping[str, Any] = {
    "target": None,
    "installation": None,
    "resources": [],
    "left_out": [],
    "relays": [],
    "targets": [],
}
_LOOKED = Command(
    forms={
        TEXT: _form("doctor:text", "paper", file="doctor.txt"),
        JSON: _form("doctor:document", file="doctor.json"),
    },
    schema="output/doctor",
    empty={
        "target": None,
        "platform": None,
        "ok": False,
        "examined": [],
        "parts": [],
        "labels": [],
        "traced": [],
    },
)
COMMANDS: Mapping[str, Command] = {
    "init": Command(
        forms={
            TEXT: _form("scaffold:text", "paper", file="created.txt"),
            JSON: _form("scaffold:document", file="created.json"),
        },
        schema="output/init",
        empty={"created": [], "kept": [], "outdated": [], "next": []},
    ),
    "add": Command(
        forms={
            TEXT: _form("scaffold:text", "paper", file="created.txt"),
            JSON: _form("scaffold:document", file="created.json"),
        },
        schema="output/init",
        empty={"created": [], "kept": [], "outdated": [], "next": []},
    ),
    "discover": Command(
        forms={
            TEXT: _form("discover:text", "paper", "target", "written", "again", file="keys.txt"),
            JSON: _form("discover:document", "target", "written", file="keys.json"),
        },
        schema="output/discover",
        empty={"target": None, "platform": None, "written": [], "keys": []},
    ),
    "adopt": Command(
        forms={
            TEXT: _form("adopt:text", "paper", "today", "written", "next_commands", file="adopted.yaml"),
            JSON: _form("adopt:document", file="adopted.json"),
        },
        schema="output/adopt",
        empty=_NOTHING_ADOPTED,
    ),
    "adopt --all": Command(
        forms={
            TEXT: _form("start.landscape:text", "paper", "today", "written", "next_commands", file="adopted.yaml"),
            JSON: _form("start.landscape:document", file="adopted.json"),
        },
        schema="output/adopt",
        empty=_NOTHING_ADOPTED,
    ),
    "completion": Command(
        forms={
            TEXT: _form("start.completion:text", file="completion.sh"),
            JSON: _form("start.completion:document", "shell", file="completion.json"),
        },
        schema="output/completion",
        empty={"shell": None, "script": None},
    ),
    "validate": Command(
        forms={
            TEXT: _form("findings:text", "paper", "files", file="findings.txt"),
            JSON: _form("findings:document", "files", "valid", file="findings.json"),
            "github": Form(function="reports.github:text", file="annotations.txt", orders=True),
            "gitlab": _form("reports.gitlab:document", file="gl-code-quality-report.json"),
            "sarif": _form("reports.sarif:document", file="findings.sarif"),
            "junit": _form("reports.junit:text", file="junit.xml"),
        },
        schema="output/validate",
        empty={"valid": False, "files": 0},
    ),
    "plan": _PLAN,
    "show": _PLAN,
    "ci": _PLAN,
    "show --since": Command(
        forms={
            TEXT: _form("plans.difference:text", "paper", file="changed.txt"),
            JSON: _form("plans.difference:document", file="changed.json"),
            "markdown": _form("plans.difference:markdown", file="changed.md"),
        },
        schema="output/changed",
        empty={"changed": []},
    ),
    "apply": Command(
        forms={
            TEXT: _form("apply:summary", "seconds", "paper", file="outcomes.txt"),
            JSON: _form("apply:document", "run", "at", "git", "complete", "problem", "declared", file="outcomes.json"),
            "markdown": _form("apply_markdown:text", "seconds", "problem", file="outcomes.md"),
        },
        schema="output/apply",
        empty={"run": None, "at": None, "git": None, "handshakes": [], "outcomes": []},
    ),
    "locks": Command(
        forms={
            TEXT: _form("runs.locks:text", "paper", file="locks.txt"),
            JSON: _form("runs.locks:document", file="locks.json"),
        },
        schema="output/locks",
        empty={"locks": []},
    ),
    "unlock": Command(
        forms={
            TEXT: _form("runs.locks:unlocked", "paper", file="unlocked.txt"),
            JSON: _form("runs.locks:unlocked_document", file="unlocked.json"),
        },
        schema="output/locks",
        empty={"locks": []},
    ),
    "recover": Command(
        forms={
            TEXT: _form("runs.recovered:text", "paper", file="recovered.txt"),
            JSON: _form("runs.recovered:document", file="recovered.json"),
        },
        schema="output/recover",
        empty={"recovered": []},
    ),
    "history": Command(
        forms={
            TEXT: _form("runs.history:text", "paper", file="history.txt"),
            JSON: _form("runs.history:document", file="history.json"),
        },
        schema="output/history",
        empty={"runs": [], "steps": [], "faults": None},
    ),
    "rollback": _PLAN,
    "attest": Command(
        forms={
            TEXT: _form("attest:text", "paper", file="attested.txt"),
            JSON: _form("attest:document", file="attested.json"),
        },
        schema="output/attest",
        empty={"attested": []},
    ),
    "state": Command(
        forms={
            TEXT: _form("state:text", "paper", "source", "declare", file="moved.txt"),
            JSON: _form("state:document", file="moved.json"),
        },
        schema="output/state",
        empty={"moved": []},
    ),
    "doctor": _LOOKED,
    "worker": _LOOKED,
    "zones": Command(
        forms={
            TEXT: _form("runs.zones:text", "paper", file="zones.txt"),
            JSON: _form("runs.zones:document", file="zones.json"),
        },
        schema="output/zones",
        empty={"zones": []},
    ),
    "verify": Command(
        forms={
            TEXT: _form("handshakes.text:text", "paper", "declared", file="handshakes.txt"),
            JSON: _form("handshakes.text:document", "declared", "users", file="handshakes.json"),
            "junit": _form("handshakes.junit:text", file="junit.xml"),
            MARKDOWN: _form("handshakes.markdown:text", "limit", "link", "declared", file="handshakes.md"),
            "prometheus": _form("handshakes.prometheus:text", "now", file="reconciler.prom"),
        },
        schema="output/verify",
        empty={"handshakes": []},
    ),
    "drift": Command(
        forms={
            TEXT: _form("plans.drift:text", "paper", "proof", file="drift.txt"),
            JSON: _form("plans.text:parts", "proof", file="drift.json"),
            MARKDOWN: _form("plans.drift_markdown:text", "limit", "link", "proof", file="drift.md"),
            "prometheus": _form("plans.drift_prometheus:text", "proof", file="reconciler_drift.prom"),
        },
        schema="plan",
        empty=_NO_PLAN,
        dated="created_at",
    ),
    "report": Command(
        forms={
            TEXT: _form("overview.summary:text", "paper", "file", "size", file="report.txt"),
            JSON: _form("overview.summary:document", "file", "size", file="report.json"),
        },
        schema="output/report",
        empty={"file": None, "bytes": 0, "verdict": None, "states": {}, "relays": {}, "sources": []},
    ),
    "nightly": Command(
        forms={
            TEXT: _form("ci.night:text", "paper", file="drift.txt"),
            JSON: _form("ci.night:document", file="night.json"),
        },
        schema="output/nightly",
        empty={
            "git": None,
            "url": None,
            "summary": None,
            "digest": None,
            "drifted": [],
            "unread": [],
        },
        dated="at",
    ),
    "explain": Command(
        forms={
            TEXT: _form(
                "explain:text",
                *("unmanaged", "paper", "relays", "counted", "base", "severities", "clients", "zoned"),
                file="settings.txt",
            ),
            JSON: _form("explain:document", "all_relays", "users", "clients", "zoned", file="settings.json"),
        },
        schema="output/explain",
        empty={"relays": [], "resources": [], "rules": []},
    ),
    "explain RULE": Command(
        forms={
            TEXT: _form("start.rules:text", "paper", file="rules.txt"),
            JSON: _form("start.rules:document", file="rules.json"),
        },
        schema="output/explain",
        empty={"relays": [], "resources": [], "rules": []},
    ),
    "explain --from": Command(
        forms={
            TEXT: _form("route:text", "paper", file="route.txt"),
            JSON: _form("route:document", file="route.json"),
        },
        schema="output/route",
        empty={"routes": []},
    ),
    "impact": Command(
        forms={
            TEXT: _form("impact:text", "paper", "whole", file="impact.txt"),
            JSON: _form("impact:document", file="impact.json"),
        },
        schema="output/impact",
        empty={"impacts": []},
    ),
    "checks": Command(
        forms={
            TEXT: _form("checks:text", "paper", "whole", file="checks.txt"),
            JSON: _form("checks:document", file="checks.json"),
            "markdown": _form("checks:markdown", file="checks.md"),
        },
        schema="output/checks",
        empty={"checks": []},
    ),
}


def names(command: str) -> tuple[str, ...]:
    """What `--format` takes."""
    return tuple(COMMANDS[command].forms)


def file(command: str, form: str) -> str:
    """A usual name for a file with this."""
    return COMMANDS[command].forms[form].file


def function(form: Form) -> Callable[..., Any]:
    module, _, name = form.function.partition(":")
    found: Callable[..., Any] = getattr(import_module(f"reconciler.views.{module}"), name)
    return found


def rendered(command: str, form: str, result: object, paper: Paper, **beside: object) -> Printable:
    """The result as text that ends with a newline."""
    row = COMMANDS[command].forms[form]
    known = {"paper": paper, **beside}
    made = function(row)(result, **{name: known[name] for name in row.takes})
    if form == JSON:
        return dumped(_whole(made), paper)
    if not isinstance(made, str):  # JSON of others
        return dumped(made, paper)
    if form == MARKDOWN and not known.get("html", True):
        from reconciler.views.ci import bitbucket

        made = bitbucket.text(made)
    if form == TEXT or row.orders:
        return Printable(made)  # every text is finished on paper; a test asks each for its type
    return printable.foreign(made if made.endswith("\n") else f"{made}\n")


def pieces(command: str, form: str, result: object, paper: Paper, **beside: object) -> Iterator[Printable]:
    """The same piece by piece: a document of many thousand changes is never all in memory."""
    row = COMMANDS[command].forms[form]
    if form != JSON:
        yield rendered(command, form, result, paper, **beside)
        return
    known = {"paper": paper, **beside}
    made = function(row)(result, **{name: known[name] for name in row.takes})
    yield from printable.document_pieces(_whole(made), ascii_only=not paper.unicode)


def _whole(made: Mapping[str, Any]) -> dict[str, Any]:
    """Every document says whether it is complete, and has a place for findings."""
    return {**made, **{name: value for name, value in _WHOLE.items() if name not in made}}


def without_result(command: str | None, findings: Sequence[Finding], *, at: str) -> dict[str, Any]:
    """The document of a command that came to none, at a time (RFC 3339, UTC): the whole form, and nothing in it."""
    from reconciler.model import codec
    from reconciler.views import findings as view

    known = COMMANDS.get(command or "")
    told = [codec.finding(finding) for finding in view.short(findings)]
    dated = {known.dated: at} if known and known.dated else {}
    return {**(known.empty if known else {}), **dated, "complete": False, "findings": told}


def dumped(document: Mapping[str, Any] | Sequence[Any], paper: Paper) -> Printable:
    return printable.document(document, ascii_only=not paper.unicode)
