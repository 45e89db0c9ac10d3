"""A finding's rule and sentences are for people: what comes of it, its type, severity and `holds` say."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import reconciler

PACKAGE = Path(reconciler.__file__).parent
# `--allow` takes the names of risks, and `accept` those of warnings: there they are the user's own words
MAY = {"pipeline/plan/risks.py", "pipeline/plan/acceptances.py"}
# Odoo tells of a record that is gone in words only, and an error of ours carries them as they are
MAY_READ = {"platforms/openspp/own_test.py"}
_QUESTIONS = {"startswith", "endswith", "removeprefix", "removesuffix", "partition", "find", "count", "split"}
_REWRITES = _QUESTIONS | {"replace", "rpartition", "rsplit", "splitlines", "strip", "lower", "capitalize", "translate"}
_SENTENCES = {"what", "why", "fix", "advice", "reason", "told"}


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


def rewriting(source: str) -> Iterator[int]:
    """The lines that search in a finished sentence, compare it, or make another one of its parts."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Compare(ops=[ast.In() | ast.NotIn() | ast.Eq() | ast.NotEq()], left=left, comparators=[right]) if (
                _is_sentence(left) or _is_sentence(right)
            ):
                yield node.lineno
            case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in _REWRITES and _is_sentence(value):
                yield node.lineno
            case ast.Call(func=ast.Attribute(attr="search" | "match" | "fullmatch" | "sub"), args=given) if any(
                map(_is_sentence, given)
            ):
                yield node.lineno
            case ast.Subscript(value=value) if _is_sentence(value):
                yield node.lineno


def _is_sentence(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in _SENTENCES


def lines(seen: Callable[[str], Iterator[int]], *, but: set[str]) -> set[str]:
    return {
        f"{name}:{line}"
        for file in sorted(PACKAGE.rglob("*.py"))
        if (name := file.relative_to(PACKAGE).as_posix()) not in but
        for line in seen(file.read_text(encoding="utf-8"))
    }


def test_nothing_is_decided_by_the_rule_of_a_finding() -> None:
    assert lines(deciding, but=MAY) == set()


def test_no_finished_sentence_is_read_or_rewritten() -> None:
    assert lines(rewriting, but=MAY_READ) == set()


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


@pytest.mark.parametrize(
    "source",
    [
        "one.what.removeprefix('key: ')",
        "refusal.what.partition(' ')[2]",
        "'not found' in error.why",
        "error.advice == 'wait'",
        "re.search('port', one.fix)",
        "_PORT.sub('', one.reason)",
        "one.told[:20]",
    ],
)
def test_a_sentence_that_is_rewritten_is_seen(source: str) -> None:
    assert list(rewriting(source))


@pytest.mark.parametrize("source", ["f'written, but {one.what}'", "one.fix is None", "why or one.why"])
def test_a_sentence_that_is_quoted_is_fine(source: str) -> None:
    assert not list(rewriting(source))
