"""`reconciler add`"""

from __future__ import annotations

import os
import shlex
from difflib import get_close_matches
from pathlib import Path

import click

from reconciler.cli.shell import completing, console, context, options
from reconciler.cli.start import new_file, target_file
from reconciler.errors import ExitCode, InvalidError, UsageError
from reconciler.model.finding import Severity
from reconciler.model.source import Document, DocumentKind
from reconciler.pipeline.load import documents as load
from reconciler.pipeline.load import tree
from reconciler.pipeline.validate import documents as validate
from reconciler.views.scaffold import Scaffolded


@click.command("add")
@click.argument("platform", shell_complete=completing.platforms)
@click.argument("target")
@click.argument("where", required=False)
@options.root
@options.form("add")
def command(*, platform: str, target: str, where: str | None, root: Path, form: str) -> int:
    """Write the file of a new target: PLATFORM, in the environment TARGET (or ENVIRONMENT/NAME), reached at WHERE.

    PLATFORM may be an application with a known file, too. Overwrites nothing, and contacts nobody.

    \b
    Examples:
      reconciler add odoo prod https://erp.example.com
      reconciler add grafana dev /etc/grafana/grafana.ini
      reconciler add postfix prod/relay ops@mail.example.com
    """
    read = load.documents(root, context.base(root)).documents
    unit = _unit(target, platform, read, root)
    file = root / f"{unit}.yaml"
    schema = context.base(root) / "schemas/target.schema.json"
    stored = any(one.kind is DocumentKind.RECONCILER and _has_store(one) for one in read)
    relative = os.path.relpath(schema, file.resolve().parent).replace(os.sep, "/") if schema.exists() else None
    text = target_file.text(target_file.Wanted(name=platform, unit=unit, where=where, stored=stored, schema=relative))
    _check(text, file, unit, read, context.base(root))
    if not new_file.created(file, text):
        raise UsageError(f"{file} is there already", fix=f"another name, e.g. reconciler add {platform} {unit}-2")
    at = [] if root == Path("environments") else ["--root", str(root)]
    marked = [(f"$EDITOR {file}", "correct what is marked")] if target_file.MARK in text else []
    steps = (
        *marked,
        (shlex.join(["reconciler", "doctor", unit, *at]), "is it reached, does the login work?"),
        (shlex.join(["reconciler", "adopt", unit, "--write", *at]), "what it has now, as YAML"),
    )
    console.show(
        "add", form, Scaffolded(folder=str(root), steps=steps, created=(f"{unit}.yaml",), kept=(), outdated=())
    )
    return ExitCode.DONE


def _unit(target: str, platform: str, read: tuple[Document, ...], root: Path) -> str:
    environment, slash, name = target.partition("/")
    known = [str(one.environment) for one in read if one.kind is DocumentKind.ENVIRONMENT]
    if environment not in known:
        near = get_close_matches(environment, known, n=1)
        fix = f"did you mean {near[0]}?" if near else f"write {root / environment / 'environment.yaml'}: order: 10"
        raise UsageError(f"unknown environment {environment}", why=f"there: {', '.join(known) or 'none'}", fix=fix)
    if slash and not name:
        raise UsageError(f"{target}: the name is missing", fix=f"e.g. {environment}/{platform}")
    return f"{environment}/{name or platform}"


def _has_store(document: Document) -> bool:
    return isinstance(document.data, dict) and bool(document.data.get("secret_stores"))


def _check(text: str, file: Path, unit: str, read: tuple[Document, ...], base: Path) -> None:
    """InvalidError for what the schema of the platform does not take, before anything is written."""
    from reconciler.pipeline.load import yaml_events

    parsed = yaml_events.parsed(text)
    environment, _, name = unit.partition("/")
    document = Document(
        kind=DocumentKind.TARGET,
        file=str(file),
        environment=environment,
        name=name,
        data=parsed.data,
        places=parsed.places,
        base=str(base),
    )
    if not tree.is_name(name):
        raise UsageError(f"{name}: no name of a target", fix="lower-case letters, digits, hyphens, underscores, dots")
    stores = [one for one in read if one.kind is DocumentKind.RECONCILER]
    for one in validate.findings((*stores, document)):
        if one.severity is Severity.ERROR and one.where and one.where.file == str(file):
            raise InvalidError(one.what, why=one.why, fix=one.fix)
