"""`explain RULE`: what a rule means, for each that the core or a platform has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from support.commandline import inside
from support.made_pages import made_page
from support.site import Site

import reconciler
from reconciler import platforms
from reconciler.views.start.rules import Rule, catalogue, of_platform

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


OF_PLATFORMS = [
    (kind, of_platform(kind, file.read_text(encoding="utf-8")), PACKAGE / "platforms" / kind.replace("-", "_"))
    for kind, file in platforms.rules()
]


def test_every_rule_of_a_platform_is_explained() -> None:
    """As far as docs/rules.md has it, or as it stands after a severity."""
    rules = made_page("rules_page").rules()
    lost = {kind: _told(folder, rules) - set(catalogue()) - set(known) for kind, known, folder in OF_PLATFORMS}
    assert not any(lost.values()), lost


@pytest.mark.parametrize(("kind", "known", "folder"), OF_PLATFORMS, ids=[kind for kind, *_ in OF_PLATFORMS])
def test_each_of_a_platform_says_what_it_means_and_what_to_do(
    kind: str, known: Mapping[str, Rule], folder: Path
) -> None:
    assert known
    assert all(one.means.endswith(".") and one.fix.endswith(".") for one in known.values())


def _told(folder: Path, rules: Mapping[str, Any]) -> set[str]:
    trees = [ast.parse(file.read_text("utf-8")) for file in folder.rglob("*.py")]
    within = f"{folder.relative_to(PACKAGE.parent)}/"
    found = {name for name, rule in rules.items() if any(file.startswith(within) for file in rule.made_in)}
    return found | {name for tree in trees for name in _after_a_severity(tree)}


def _after_a_severity(tree: ast.Module) -> Iterator[str]:
    severities = {"ERROR", "WARNING", "RISK", "NOTE", "error"}
    for node in ast.walk(tree):
        match node:
            case ast.Tuple(elts=[ast.Attribute(attr=said) | ast.Name(id=said), ast.Constant(value=str(name)), *_]):
                if said in severities and "-" in name and _KEBAB.fullmatch(name):
                    yield name


def test_two_platforms_with_a_rule_of_one_name_are_both_told() -> None:
    told = inside("explain", "open-relay").out
    assert [line for line in told.splitlines() if not line.startswith(" ")] == [
        "open-relay  (postfix)",
        "open-relay  (windows-smtp)",
    ]


def test_a_rule_and_a_check_are_told_without_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = inside("explain", "literal-secret", "smtp206")
    assert (told.code, told.out.splitlines()[0]) == (0, "literal-secret  (language)")
    assert "SMTP206  (handshake, level tls)" in told.out
    assert "means   The certificate is valid today and for 30 days: it has started" in told.out
    assert [one["rule"] for one in inside("explain", "SMTP206", "--format", "json").json["rules"]] == ["SMTP206"]


def test_an_address_is_still_an_address(fake_site: Site) -> None:
    fake_site.stage("dev")
    fake_site.target("dev/paused", "mail_servers: {a: {host: localhost, port: 25, encryption: none, auth: none}}\n")
    assert "dev/paused:mail_servers[a]" in inside("explain", "dev/paused").out
    assert inside("explain", "relay-hots").code == 64


@pytest.mark.parametrize(
    ("names", "what", "fix"),
    [
        (["possibly-drifted", "nosuch"], "nosuch: no rule and no check has this name", "explain possibly-drifted\n"),
        (["literal-secrt"], "literal-secrt: no rule and no check has this name", "did you mean literal-secret?"),
        (["open-realy"], "open-realy: no rule", "did you mean open-relay?"),
        (["smtp206", "SMTP2066"], "SMTP2066: no rule and no check", "did you mean SMTP206?"),
    ],
)
@pytest.mark.parametrize("files", [True, False], ids=["in a repository", "outside"])
def test_the_name_that_is_no_rule_is_told(
    names: list[str], what: str, fix: str, files: bool, fake_site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if files:
        fake_site.stage("dev")
    else:
        (tmp_path / "empty").mkdir()
        monkeypatch.chdir(tmp_path / "empty")
    told = inside("explain", *names)
    assert told.code == 64
    assert told.err.startswith(f"error: {what}")
    assert fix in told.err.partition("fix: ")[2]


def test_a_name_like_no_rule_is_taken_for_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = inside("explain", "prod")
    assert (told.code, "there is no folder environments here" in told.err) == (3, True)
