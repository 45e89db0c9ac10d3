"""Whoever calls a public function learns from its docstring which errors it raises, and the unit of a time."""

from __future__ import annotations

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import reconciler

PACKAGE = Path(reconciler.__file__).parent
FILES = [file for file in sorted(PACKAGE.rglob("*.py")) if "scaffold" not in file.relative_to(PACKAGE).parts]
_BUILT_IN = {
    name: {base.__name__ for base in kind.__mro__} - {"object", "Exception", "BaseException"}
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, BaseException)
}
TIMES = {"timeout", "deadline", "patience", "latency", "wait", "within", "now", "clock", "begins", "ends"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_OTHER_BODIES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def errors(trees: list[ast.Module]) -> dict[str, set[str]]:
    """Each exception by its name, with the names by which a docstring may mention it: its own and its bases'."""
    classes: dict[str, list[str]] = defaultdict(list)  # one name may stand for an error here and for data there
    for node in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        classes[node.name] += [ast.unparse(base).rpartition(".")[2] for base in node.bases]
    known = dict(_BUILT_IN)
    while new := {name for name, bases in classes.items() if name not in known and known.keys() & set(bases)}:
        known |= {name: {name}.union(*(known.get(base, ()) for base in classes[name])) for name in new}
    return known


def silent(tree: ast.Module, known: dict[str, set[str]]) -> Iterator[str]:
    """The public functions that raise what their docstring does not name, as `line name: error`."""
    for function, name, said in _public(tree.body, ""):
        words = set(re.findall(r"\w+", said))
        for error in _raised(function):
            if not words & known.get(error, {error, *known}):
                yield f"{function.lineno} {name}: {error}"


def unitless(tree: ast.Module) -> Iterator[str]:
    """The public functions that take a time, and do not say in which unit; a parameter called `seconds` does."""
    for function, name, said in _public(tree.body, ""):
        for one in (*function.args.args, *function.args.kwonlyargs):
            a_time = one.arg in TIMES and one.annotation and "float" in ast.unparse(one.annotation)
            if a_time and not re.search("second|monotonic", said, re.IGNORECASE):
                yield f"{function.lineno} {name}: {one.arg}"


def _public(body: list[ast.stmt], prefix: str, said: str = "") -> Iterator[tuple[_Function, str, str]]:
    """With what is said of them, for `__init__` and `__call__` by the class too. A command's docstring is its help."""
    for node in body:
        match node:
            case ast.ClassDef(name=name) if not name.startswith("_"):
                yield from _public(node.body, f"{prefix}{name}.", ast.get_docstring(node) or "")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                if (name.startswith("__") or not name.startswith("_")) and not _is_command(node):
                    of_class = said if name in ("__init__", "__call__") else ""
                    yield node, f"{prefix}{name}", of_class + (ast.get_docstring(node) or "")


def _is_command(node: _Function) -> bool:
    return any("click.command" in ast.unparse(decorator) for decorator in node.decorator_list)


def _raised(function: _Function) -> Iterator[str]:
    """The names after `raise`, nested functions aside: a class, or the function or variable that gives the error."""
    rest: list[ast.AST] = list(function.body)
    while rest:
        match rest.pop():
            case ast.Raise(exc=ast.expr() as error):
                called = error.func if isinstance(error, ast.Call) else error
                yield ast.unparse(called).rpartition(".")[2]
            case node if not isinstance(node, _OTHER_BODIES):
                rest.extend(ast.iter_child_nodes(node))


def test_each_error_that_a_public_function_raises_is_in_its_docstring() -> None:
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in FILES}
    known = errors(list(trees.values()))
    found = [f"{file.relative_to(PACKAGE)}:{one}" for file, tree in trees.items() for one in silent(tree, known)]
    assert found == []


def test_each_time_that_a_public_function_takes_has_its_unit_in_the_docstring() -> None:
    found = [
        f"{file.relative_to(PACKAGE)}:{one}"
        for file in FILES
        for one in unitless(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(("said", "seen"), [("Asks.", 1), ("Asks; `timeout` is in seconds.", 0)])
def test_a_time_without_its_unit_is_seen(said: str, seen: int) -> None:
    tree = ast.parse(f'def ask(*, timeout: float | None = None):\n    """{said}"""')
    assert len(list(unitless(tree))) == seen


OURS = """
class Ours(Exception): ...
class Denied(Ours): ...
"""


@pytest.mark.parametrize(
    ("said", "raised"),
    [
        ("", "Denied()"),
        ("The answer.", "Denied"),
        ("Raises ValueError.", "errors.Denied()"),
        ("Raises Exception.", "Denied()"),
        ("Raises an error.", "refusal(answer)"),
        ("", "TypeError('not a value')"),
    ],
)
def test_an_error_that_is_not_named_is_seen(said: str, raised: str) -> None:
    tree = ast.parse(f'{OURS}\nclass Http:\n    def get(self):\n        """{said}"""\n        raise {raised}')
    assert len(list(silent(tree, errors([tree])))) == 1


@pytest.mark.parametrize(
    ("said", "raised"),
    [
        ("Raises Denied.", "Denied()"),
        ("Raises Ours: the page says why.", "Denied()"),
        ("Raises Ours.", "refusal(answer)"),
        ("Raises OSError.", "ConnectionResetError()"),
    ],
)
def test_an_error_that_is_named_or_one_of_its_bases_is_fine(said: str, raised: str) -> None:
    tree = ast.parse(f'{OURS}\ndef get():\n    """{said}"""\n    raise {raised}')
    assert not list(silent(tree, errors([tree])))
