"""What a rule means, as `ruff rule` tells it: for who has met its name in a message, an annotation or a report."""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from reconciler.model.codec import Json
from reconciler.views.paper import Paper
from reconciler.views.printable import Printable


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`about` is the part of the tool that tells it: files, language, policy, plan, apply, …"""

    name: str
    about: str
    means: str
    fix: str


@cache
def catalogue() -> Mapping[str, Rule]:
    """Every rule of the core by name; platforms have their own."""
    text = (files("reconciler") / "views/start/rules.toml").read_text(encoding="utf-8")
    return {name: rule for about, rows in tomllib.loads(text).items() for name, rule in _of(about, rows).items()}


def of_platform(kind: str, text: str) -> Mapping[str, Rule]:
    """Those that a platform tells, from its rules.toml. Raises ValueError, TypeError for what is none."""
    return _of(kind, tomllib.loads(text))


def _of(about: str, rows: Mapping[str, tuple[str, str]]) -> dict[str, Rule]:
    return {name: Rule(name=name, about=about, means=means, fix=fix) for name, (means, fix) in rows.items()}


def text(rules: Sequence[Rule], paper: Paper) -> Printable:
    lines: list[str] = []
    for one in rules:
        lines.append(f"{paper.paint(one.name, 'bold')}  ({one.about})")
        for label, said in (("means", one.means), ("fix", one.fix)):
            lines += textwrap.wrap(f"{label:<8}{said}", paper.width, initial_indent="  ", subsequent_indent=" " * 10)
    return paper.finish(lines)


def document(rules: Sequence[Rule]) -> Json:
    found = [{"rule": one.name, "about": one.about, "means": one.means, "fix": one.fix} for one in rules]
    return {"relays": [], "resources": [], "rules": found}
