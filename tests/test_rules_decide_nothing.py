"""A finding's rule is a name for people: what comes of a finding, its type, its severity and what it holds say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import reconciler

PACKAGE = Path(reconciler.__file__).parent
# `--allow` takes the names of risks: there they are the user's own words
MAY = {"pipeline/plan/risks.py"}
_QUESTIONS = {"startswith", "endswith", "removeprefix", "removesuffix", "partition", "find", "count", "split"}


def deciding(source: str) -> Iterator[int]:
    """The lines that compare a `.rule`, look into one, or match by it."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Compare(left=left, comparators=others) if any(map(_is_rule, (left, *others))):
                yield node.lineno
            case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in _QUESTIONS and _is_rule(value):
                yield node.lineno
            case ast.MatchClass(kwd_attrs=names) if "rule" in names:
                yield node.lineno
            case ast.Match(subject=subject) if _is_rule(subject):
                yield node.lineno
            case ast.Subscript(slice=index) if _is_rule(index):
                yield node.lineno


def _is_rule(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "rule"


def test_nothing_is_decided_by_the_rule_of_a_finding() -> None:
    found = {
        f"{name}:{line}"
        for file in sorted(PACKAGE.rglob("*.py"))
        if (name := file.relative_to(PACKAGE).as_posix()) not in MAY
        for line in deciding(file.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    "source",
    [
        "one.rule == 'paused'",
        "'paused' != one.error.rule",
        "one.rule in KNOWN",
        "one.rule.startswith('yaml-')",
        "match one:\n    case Finding(rule='paused'):\n        pass",
        "match one.rule:\n    case _:\n        pass",
        "TEXTS[one.rule]",
    ],
)
def test_a_decision_by_rule_is_seen(source: str) -> None:
    assert list(deciding(source))


@pytest.mark.parametrize("source", ["print(one.rule)", "{one.rule for one in found}", "key = one.where, one.rule"])
def test_telling_and_counting_rules_is_no_decision(source: str) -> None:
    assert not list(deciding(source))
