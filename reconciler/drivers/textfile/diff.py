"""The lines of a file that a write would change. What is secret is masked on both sides before they are compared."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping

from reconciler.drivers.textfile.changes import changed, format_of
from reconciler.model.text.scalar import Scalar
from reconciler.model.text.yaml_scalar import Quoted

BEFORE, AFTER = Quoted("***before***"), Quoted("***after***")
_MASKED = re.compile(r"(.*\*\*\*(?:before|after)\*\*\*[\"'`]?,?).*", re.DOTALL)
# a line of several keys: one of them may be a secret of somebody else
_SEVERAL = re.compile(r"[{,]\s*[\"']?[\w.\[\]-]+[\"']?\s*:")
_HELD_BACK = "(a line with several keys, not shown)"


def lines(
    form: str, reader: str, text: str, changes: Mapping[str, Scalar | None], secrets: Collection[str], path: str
) -> Iterator[str]:
    """A unified diff without context, which is nobody's business. `secrets` are the keys whose values are masked.

    Raises TextProblem where the changes cannot be made.
    """
    there = {key for key, _ in format_of(form).entries(text, reader)}
    old = changed(form, reader, text, {key: BEFORE for key in secrets if key in there})
    after = {key: AFTER if key in secrets and value is not None else value for key, value in changes.items()}
    new = changed(form, reader, old, after)
    found = difflib.unified_diff(old.splitlines(), new.splitlines(), path, path, n=0, lineterm="")
    for line in found:
        yield line if line.startswith(("---", "+++", "@@")) else line[0] + _shown(form, line[1:])


def _shown(form: str, line: str) -> str:
    if form in ("yaml", "json") and _SEVERAL.search(line):
        return _HELD_BACK
    return _MASKED.sub(r"\1", line)  # a comment beside a secret may tell an earlier one
