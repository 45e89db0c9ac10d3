"""The catalogue of checks as a table for people, as data, and as the page docs/checks.md."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from reconciler.model.handshake import Check, Level
from reconciler.views.paper import Paper
from reconciler.views.printable import Printable

_LEVELS = {
    Level.STATIC: "What the declaration and DNS show",
    Level.CONNECT: "connect",
    Level.TLS: "tls",
    Level.AUTH: "auth",
    Level.ENVELOPE: "envelope",
    Level.MESSAGE: "message",
}
_PAGE = """# Checks

Every live SMTP handshake is judged by these checks. An id never changes its meaning. Each result has a status (`pass`,
`warn`, `fail`, `info`, `skipped`, `inconclusive`), a reason, the evidence, and advice. `inconclusive` means that the
server asked to try later or did not answer in time: it says nothing about the setting.

**Severity** is what a failure counts as; an environment can set another one:

```yaml
verify:
  checks: {SMTP212: info, SMTP209: fail}
```

A changed severity is never silent: the result says `lowered from fail to warn by verify.checks`. It changes the
verdict and nothing else: a handshake that a check has ended stays ended, and no credential is sent after a failed check
of level `tls`, whatever it counts as. Such a handshake is at best a warning, which names what was not proven.

A check that fails ends the handshake, and what would have come after it is not proven. So where a check whose severity
is **fail** is lowered and fails, `apply` writes, and says that it is not proven that mail can be sent this way. In a
`protected` environment none of them may be lowered: `validate` refuses it, as it refuses a level below `auth`.

Checks with severity **off** are opt-in: giving them a severity turns them on. They make a connection of their own
without a credential, or abandon a transaction. In a run each is done once per host, and where the answer is about a
login or an address, once for each of them. Read first what the other end notices of them.

This page is made from the catalogue by `reconciler checks --format markdown`.
"""


def text(checks: Sequence[Check], paper: Paper, *, whole: bool) -> Printable:
    """A line for each check; with `whole`, everything about each."""
    if whole:
        return paper.finish(_details(checks, paper.width))
    lines = [f"{'id':<9}{'level':<10}{'severity':<10}title"]
    lines += [f"{check.id:<9}{check.level:<10}{check.severity:<10}{check.title}" for check in checks]
    width = paper.width
    return paper.finish(line if len(line) <= width else f"{line[: width - 1]}…" for line in lines)


def _details(checks: Sequence[Check], width: int) -> list[str]:
    lines: list[str] = []
    for check in checks:
        lines.append(f"{check.id}  {check.title}  (level {check.level}, {check.severity})")
        told = {"proves": check.proves, "advice": check.advice, "the other end": check.side_effects}
        for label, value in told.items():
            lines += textwrap.wrap(f"{label:<15}{value}", width, initial_indent="  ", subsequent_indent=" " * 17)
    return lines


def document(checks: Sequence[Check]) -> dict[str, Any]:
    return {"checks": [_as_dict(check) for check in checks]}


def markdown(checks: Sequence[Check]) -> str:
    parts = [_PAGE]
    ordered = sorted(checks, key=lambda check: (check.level.rank, check.id))
    for level, rows in groupby(ordered, key=lambda check: check.level):
        title = _LEVELS[level] if level is Level.STATIC else f"Level {_LEVELS[level]}"
        parts.append(f"## {title}\n")
        parts += [_section(check) for check in rows]
    return "\n".join(parts)


def _section(check: Check) -> str:
    return (
        f"### {check.id}: {check.title}\n\n"
        f"- severity: **{check.severity}**\n"
        f"- proves: {check.proves}\n"
        f"- advice: {check.advice}\n"
        f"- the other end notices: {check.side_effects}\n"
    )


def _as_dict(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "level": check.level.value,
        "severity": check.severity.value,
        "title": check.title,
        "proves": check.proves,
        "advice": check.advice,
        "side_effects": check.side_effects,
    }
