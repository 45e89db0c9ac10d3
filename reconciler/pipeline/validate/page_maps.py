"""What the schema of page maps cannot say: a control that appears with another one needs that one, and its value."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from reconciler.model.finding import Finding, Severity
from reconciler.model.source import Document, Path
from reconciler.pipeline.validate import messages
from reconciler.pipeline.validate.wording import shown

_WHY = "else the control never appears, and its setting is silently left alone"


def findings(document: Document) -> Iterator[Finding]:
    """Of a document that the schema has passed."""
    for name, page in document.data["pages"].items():
        for setting, control in page["controls"].items():
            for leading, wanted in control.get("when", {}).items():
                path = ("pages", name, "controls", setting, "when", leading)
                yield from _when(document, path, page["controls"], wanted)


def _when(document: Document, path: Path, controls: dict[str, Any], wanted: Any) -> Iterator[Finding]:
    leading = str(path[-1])
    if leading not in controls:
        near = messages.nearest(leading, list(controls))
        fix = f"did you mean {near}?" if near else f"one of {', '.join(controls)}"
        yield _error(document, path, f"when: {leading} is not a control of this page", fix)
        return
    known, several = _values(controls[leading]), wanted if isinstance(wanted, list) else [wanted]
    if known and not any(value == one and type(value) is type(one) for one in known for value in several):
        what = f"when: {leading} is never {' or '.join(map(shown, several))}"
        yield _error(document, path, what, f"one of {', '.join(map(shown, known))}")


def _values(control: dict[str, Any]) -> Collection[Any]:
    """Those that a control can have, as far as the map says."""
    choices: dict[str, Any] = control.get("choices", {})
    if control["type"] != "checkbox":
        return list(choices.values())
    unnamed = [state for state in ("checked", "unchecked") if state not in choices]
    return [*choices.values(), *unnamed] if choices else [True, False]


def _error(document: Document, path: Path, what: str, fix: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule="page-map-when",
        what=what,
        why=_WHY,
        fix=fix,
        where=document.value_at(*path),
        field=".".join(map(str, path)),
    )
