"""Writes docs/rules.md: every rule that a finding or an error can name, with what it says, from the code that makes it.

python docs/rules_page.py
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[1]
PAGE = TOP / "docs/rules.md"
_RULE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_WORDS = ("what", "why", "fix")
_MAKER = re.compile(r"(?:^|_)(?:finding|error|warning|warned|risk|note|problem)s?$|finding")
HEAD = """# Rules

What a finding or an error can be named by, in `--format json`, in annotations and in `accept`. One heading each, so
that a link can end in it. `…` is where the place, the name or the value stands that was found. Where a text is put
together from parts, it is not listed here: the output has it. The checks of the handshake have
[a page of their own](checks.md), the risks are [in the language](language.md#risks).

This page is made from the code by `make docs`.
"""


@dataclass(slots=True)
class Rule:
    name: str
    made_in: set[str] = field(default_factory=set)
    told: list[dict[str, str]] = field(default_factory=list)
    about: str = ""


def text() -> str:
    found = rules()
    return "\n".join([HEAD, *(line for name in sorted(found) for line in _section(found[name]))]).rstrip() + "\n"


@cache
def rules() -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    for file in sorted((TOP / "reconciler").rglob("*.py")):
        nodes = [
            one for one in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(one, ast.Call | ast.ClassDef)
        ]
        for name, told, about in [*_calls(nodes), *_classes(nodes)]:
            rule = found.setdefault(name, Rule(name))
            rule.made_in.add(str(file.relative_to(TOP)))
            rule.about = rule.about or about
            if told.get("what", "").strip("… :") and told not in rule.told:
                rule.told.append(told)
    return found


def _calls(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, dict[str, str], str]]:
    """Of `Finding(rule=…)`, and of helpers that take the rule as it is: `fault.finding("unknown-key", what, why=…)`."""
    for call in (node for node in nodes if isinstance(node, ast.Call)):
        given = {word.arg: word.value for word in call.keywords if word.arg}
        name = _constant(given.get("rule"))
        if name is None and _MAKER.search(_called(call)):
            name, *rest = next(_after_the_rule(call.args), (None,))
            given |= dict(zip(_WORDS, rest, strict=False)) | {word: given[word] for word in _WORDS if word in given}
        if name is not None:
            yield name, {word: said for word in _WORDS if (said := _said(given.get(word)))}, ""


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _after_the_rule(given: Sequence[ast.expr]) -> Iterator[list[Any]]:
    """The name, and the sentences that come after it; a field or a place between them has no space in it."""
    for at, one in enumerate(given):
        if (name := _constant(one)) and "-" in name:
            yield [name, *(said for said in given[at + 1 :] if " " in _said(said) or getattr(said, "id", "") in _WORDS)]


def _classes(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, dict[str, str], str]]:
    """Of errors: `rule = "…"` in their class, which says in a sentence what they are."""
    for one in (node for node in nodes if isinstance(node, ast.ClassDef)):
        for line in one.body:
            target = line.target if isinstance(line, ast.AnnAssign) else getattr(line, "targets", [None])[0]
            if (
                isinstance(target, ast.Name)
                and target.id == "rule"
                and (name := _constant(getattr(line, "value", None)))
            ):
                yield name, {}, (ast.get_docstring(one) or "").partition("\n\n")[0].replace("\n", " ")


def _constant(node: ast.expr | None) -> str | None:
    known = isinstance(node, ast.Constant) and isinstance(node.value, str) and _RULE.fullmatch(node.value)
    return node.value if known else None  # type: ignore[union-attr,return-value]


def _said(node: ast.expr | None) -> str:
    """With a gap for what is put in; empty for a text that is made elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return ""


def _section(rule: Rule) -> list[str]:
    lines = [f"## {rule.name}", ""]
    lines += [rule.about, ""] if rule.about else []
    lines += messages(rule)
    lines += [""] if rule.told else []
    return [*lines, f"Made in {', '.join(f'`{path}`' for path in sorted(rule.made_in))}.", ""]


def messages(rule: Rule) -> list[str]:
    """How they read, as a list."""
    lines: list[str] = []
    for told in rule.told:
        lines += [f"- {_code(told['what'])}"]
        lines += [f"  - {word}: {_code(told[word])}" for word in ("why", "fix") if word in told]
    return lines


def _code(text: str) -> str:
    """As code, so that nothing in it is Markdown."""
    quote = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{quote}{pad}{' '.join(text.split())}{pad}{quote}"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
