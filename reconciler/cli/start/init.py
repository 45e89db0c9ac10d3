"""`reconciler init`"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import click
from click.core import ParameterSource

from reconciler.cli.shell import console, options
from reconciler.cli.start import new_file, platform_scaffold, target_file
from reconciler.cli.start import scaffold as scaffolding
from reconciler.errors import ExitCode, UsageError
from reconciler.views.scaffold import Scaffolded


@click.command("init")
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option(
    "--ci", type=click.Choice(scaffolding.CI), default="github", show_default=True, help="Write workflows for this CI."
)
@click.option("--platform", "kind", metavar="NAME", help="Write the files of a new platform instead.")
@click.option(
    "--with",
    "begun",
    multiple=True,
    metavar="NAME[=WHERE]",
    help="Write a target in dev for this platform or application, too. Repeatable.",
)
@options.form("init")
def command(*, directory: Path, ci: str, kind: str | None, begun: tuple[str, ...], form: str) -> int:
    """Start a repository in DIR: environments, workflows, code owners, editor settings. Overwrites no file.

    With --platform: a package that brings a platform of your own, with its tests; in a checkout of reconciler, the
    files of one more.

    \b
    Examples:
      reconciler init
      reconciler init mail --ci gitlab
      reconciler init --with odoo=https://erp.example.com --with grafana
      reconciler init --platform acme acme-mail
    """
    made = _Made(directory)
    if kind is not None:
        if click.get_current_context().get_parameter_source("ci") is ParameterSource.COMMANDLINE:
            raise UsageError("--ci says nothing of a platform", fix="leave out --ci, or --platform")
        if begun:
            raise UsageError("--with says nothing of a platform of your own", fix="leave out --with, or --platform")
        return _platform(kind, made, form)
    wanted = scaffolding.contents(ci) | dict(map(_target, begun))
    landscape = (directory / scaffolding.LANDSCAPE / "reconciler.yaml").exists()
    for path, text in wanted.items():
        if landscape and path.startswith(scaffolding.LANDSCAPE) and not (directory / path).exists():
            continue  # somebody has environments of their own there
        made.put(path, text)
    targets = {path: wanted[path] for path, _ in map(_target, begun)}
    return _told(made, _steps(directory, targets, landscape=landscape), form)


def _target(said: str) -> tuple[str, str]:
    """Path and text of a first target in dev."""
    name, _, where = said.partition("=")
    schema = f"../../{scaffolding.SCHEMAS}target.schema.json"
    wanted = target_file.Wanted(name=name, unit=f"dev/{name}", where=where or None, stored=False, schema=schema)
    return f"{scaffolding.LANDSCAPE}dev/{name}.yaml", target_file.text(wanted)


@dataclass(frozen=True, slots=True)
class _Made:
    """What came of each file."""

    directory: Path
    created: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    def put(self, path: str, text: str) -> None:
        if new_file.created(self.directory / path, text):
            self.created.append(path)
            return
        self.kept.append(path)
        if path.startswith(scaffolding.SCHEMAS) and _differs(self.directory / path, text):
            self.stale.append(path)


def _platform(kind: str, made: _Made, form: str) -> int:
    checkout = platform_scaffold.is_checkout(made.directory)
    for path, text in platform_scaffold.contents(kind, checkout=checkout).items():
        made.put(path, text)
    return _told(replace(made, stale=[]), _platform_steps(made.directory, kind, checkout=checkout), form)


def _told(made: _Made, steps: list[tuple[str, str]], form: str) -> int:
    scaffolded = Scaffolded(
        folder=str(made.directory),
        steps=tuple(steps),
        created=tuple(made.created),
        kept=tuple(made.kept),
        outdated=tuple(made.stale),
    )
    console.show("init", form, scaffolded)
    return ExitCode.DONE


def _differs(file: Path, text: str) -> bool:
    try:
        return file.read_text(encoding="utf-8") != text
    except (OSError, ValueError):
        return True


def _steps(directory: Path, targets: Mapping[str, str], *, landscape: bool) -> list[tuple[str, str]]:
    """Commands, and what each is for; `targets` are the texts of those that it begins with, by path."""
    first = _first(directory)
    if landscape:
        return [*first, ("reconciler validate", "check the files that were there")]
    marked = [path for path, text in targets.items() if target_file.MARK in text]
    files = [(f"$EDITOR {path}", "correct what is marked") for path in marked]
    add = ("reconciler add grafana dev /etc/grafana/grafana.ini", "an application: which, where it belongs, its place")
    return [
        *first,
        *(files if targets else [add]),
        ("reconciler doctor", "is it reached, does the login work?"),
        ("reconciler adopt --all", "what is there now, as YAML, with the relays that are shared"),
        ("reconciler validate", "every mistake, with its place and fix"),
        ("reconciler plan", "what would change"),
    ]


def _platform_steps(directory: Path, kind: str, *, checkout: bool) -> list[tuple[str, str]]:
    module = kind.replace("-", "_")
    if checkout:
        return [
            *_first(directory),
            ("python docs/settings_tables.py", "the table of its settings, from its schema"),
            (f"pytest tests/contract -k {module}", "the contract, on a file that stands for the server"),
            (f"$EDITOR reconciler/platforms/{module}.py", "ask the server instead"),
            ("$EDITOR docs/platforms.md", "say what it was verified against"),
            ("make check", "style, types and schemas"),
        ]
    return [
        *_first(directory),
        ("pip install --editable '.[dev]'", "now reconciler knows it"),
        ("pytest", "the contract, on a file that stands for the server"),
        (f"$EDITOR {module}_mail/{module}.py", "ask the server instead"),
        ("mypy --strict .", "as far as types show it"),
    ]


def _first(directory: Path) -> list[tuple[str, str]]:
    here = directory.resolve() == Path.cwd()
    return [] if here else [(shlex.join(["cd", str(directory)]), "")]
