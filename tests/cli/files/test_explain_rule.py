"""`explain RULE`: what a rule means, for each that the core has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.commandline import inside
from support.site import Site

import reconciler
from reconciler.views.start.rules import catalogue

PACKAGE = Path(reconciler.__file__).parent
CORE = ("pipeline", "cli", "secrets", "state", "oauth", "views")
_KEBAB = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


def named() -> set[str]:
    """Every `rule=…` and `rule = …` of the core, and the first argument of what makes a finding of it."""
    sources = [PACKAGE / "errors.py", *(file for room in CORE for file in (PACKAGE / room).rglob("*.py"))]
    return {name for file in sources for name in _of(ast.parse(file.read_text("utf-8")))}


def _of(tree: ast.Module) -> Iterator[str]:
    makers = {
        node.name: [one.arg for one in node.args.args if one.arg not in ("self", "cls")].index("rule")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and "rule" in [one.arg for one in node.args.args]
    } | {"error": 0}
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="rule", value=ast.Constant(value=str(name))):
                yield name
            case ast.Assign(targets=[ast.Name(id="rule")], value=ast.Constant(value=str(name))):
                yield name
            case ast.Call(func=ast.Name(id=maker) | ast.Attribute(attr=maker), args=args) if maker in makers:
                if len(args) > makers[maker] and isinstance(args[makers[maker]], ast.Constant):
                    yield args[makers[maker]].value


def test_every_rule_of_the_core_is_explained() -> None:
    found = {name for name in named() if _KEBAB.fullmatch(name)}
    assert len(found) > 80
    assert found - set(catalogue()) == set()


@pytest.mark.parametrize("name", catalogue())
def test_each_says_what_it_means_and_what_to_do(name: str) -> None:
    one = catalogue()[name]
    assert one.means.endswith(".")
    assert one.fix.endswith(".")


def test_a_rule_and_a_check_are_told_without_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = inside("explain", "literal-secret", "smtp206")
    assert (told.code, told.out.splitlines()[0]) == (0, "literal-secret  (language)")
    assert "SMTP206  (handshake, level tls)" in told.out
    assert [one["rule"] for one in inside("explain", "SMTP206", "--format", "json").json["rules"]] == ["SMTP206"]


def test_an_address_is_still_an_address(fake_site: Site) -> None:
    fake_site.stage("dev")
    fake_site.target("dev/paused", "mail_servers: {a: {host: localhost, port: 25, encryption: none, auth: none}}\n")
    assert "dev/paused:mail_servers[a]" in inside("explain", "dev/paused").out
    assert inside("explain", "relay-hots").code == 64
