"""A page for each rule and each check, for the site alone: what `explain` says, and how a message may read.

docs/rules.md and docs/checks.md have all of them on one page each, where they are read in the repository.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent)]

import rules_page  # noqa: E402

from reconciler import platforms  # noqa: E402
from reconciler.smtp.catalogue.checks import CATALOGUE  # noqa: E402
from reconciler.views.start.rules import Rule, catalogue, of_platform  # noqa: E402


def pages() -> Iterator[tuple[str, str]]:
    """The path below the site's folder, and the text."""
    found: dict[str, list[Rule]] = {name: [rule] for name, rule in catalogue().items()}
    for kind, file in platforms.rules():
        for name, rule in of_platform(kind, file.read_text(encoding="utf-8")).items():
            found.setdefault(name, []).append(rule)
    told = rules_page.rules()
    for name, rules in sorted(found.items()):
        yield f"rules/{name}.md", _rule(name, rules, told.get(name))
    for check in CATALOGUE.values():
        head = [f"# {check.id}: {check.title}", "", f"`reconciler explain {check.id}` says the same.", ""]
        rows = [("level", check.level), ("severity", check.severity), ("proves", check.proves), ("fix", check.advice)]
        yield f"checks/{check.id}.md", "\n".join([*head, *_table(rows), "", "[All checks](../checks.md)", ""])


def _rule(name: str, rules: list[Rule], told: rules_page.Rule | None) -> str:
    lines = [f"# {name}", "", f"`reconciler explain {name}` says the same.", ""]
    for one in rules:
        lines += [*_table([("told by", one.about), ("means", one.means), ("fix", one.fix)]), ""]
    if told and told.told:
        lines += ["How it reads, with … for what was found:", "", *rules_page.messages(told), ""]
    return "\n".join([*lines, "[All rules](../rules.md)", ""])


def _table(rows: list[tuple[str, object]]) -> Iterator[str]:
    yield from ("| | |", "|---|---|")
    yield from (f"| {label} | {str(said).replace('|', chr(92) + '|').replace('<', '&lt;')} |" for label, said in rows)
