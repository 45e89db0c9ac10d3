"""`reconciler validate`"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from reconciler.cli.shell import console, context, options
from reconciler.errors import ExitCode, UsageError
from reconciler.model.finding import Finding, Severity
from reconciler.pipeline.declaration import Judged


@click.command("validate")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option("--fix", is_flag=True, help="First put right what follows from what is written.")
@options.root
@options.form("validate")
def command(*, files: tuple[Path, ...], fix: bool, root: Path, form: str) -> int:
    """Check the files: YAML, schema, references, policy. Contacts nobody.

    With FILE, the whole landscape is read, and only findings in these files or folders are
    shown and count.

    \b
    Examples:
      reconciler validate
      reconciler validate environments/prod/shop.yaml
      reconciler validate --fix                           e.g. encryption: ssl becomes tls, port: "587" becomes 587
      reconciler validate --root examples/file/environments --format json
    """
    judged = context.files(root)
    if fix and _fixed(judged.findings, [one.resolve() for one in files]):
        judged = context.files(root)
    if files:
        return _only(files, judged, root, form)
    land = judged.landscape
    valid = land is not None and not land.broken
    console.show("validate", form, judged.findings, files=judged.files, valid=valid)
    if land is None:
        return ExitCode.INVALID
    return ExitCode.FAILED if land.broken else ExitCode.DONE


def _fixed(findings: Sequence[Finding], chosen: Sequence[Path]) -> int:
    """How many were put right; each is told. A file is written whole or not at all."""
    from reconciler.cli.shell import out_file
    from reconciler.pipeline.validate import fixes

    count = 0
    for name in dict.fromkeys(one.where.file for one in findings if one.where and one.replacement is not None):
        file = Path(name)
        if chosen and not _below(file, chosen):
            continue
        text = file.read_bytes().decode("utf-8")
        mark, body = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
        new, done = fixes.fixed(body, [one for one in findings if one.where and one.where.file == name])
        if done:
            out_file.write(file, f"{mark}{new}", what=name)
            console.note(*(f"{one.where}: fixed: {one.what}; now {one.replacement}" for one in done))
        count += len(done)
    return count


def _only(wanted: Sequence[Path], judged: Judged, root: Path, form: str) -> int:
    """What is wrong in these; policy looks at the whole, and only where no file has an error of form."""
    chosen = [one.resolve() for one in wanted]
    count = _counted(wanted, chosen, judged.findings, root)
    found = [one for one in judged.findings if one.where is None or _below(Path(one.where.file), chosen)]
    wrong = any(one.severity is Severity.ERROR for one in found)
    console.show("validate", form, found, files=count, valid=not wrong)
    elsewhere = {one.where.file for one in judged.findings if one.where and one.severity is Severity.ERROR}
    if judged.landscape is None and not wrong:
        console.note(f"Not judged by the rules of the whole: there are errors in {', '.join(sorted(elsewhere)[:3])}.")
    return ExitCode.INVALID if wrong else ExitCode.DONE


def _counted(wanted: Sequence[Path], chosen: Sequence[Path], found: Sequence[Finding], root: Path) -> int:
    """How many files these are. UsageError for one that is no part of the landscape."""
    from reconciler.pipeline.load import tree

    read = {Path(item.file).resolve() for item in tree.found(root) if not isinstance(item, Finding)}
    read |= {Path(one.where.file).resolve() for one in found if one.where}
    for typed, real in zip(wanted, chosen, strict=True):
        if not any(_below(one, [real]) for one in read):
            what = "is no part of" if real.exists() else "is not there, nor in"
            raise UsageError(f"{typed} {what} the landscape {root}", fix="name its folder: --root DIR")
    return sum(_below(one, chosen) for one in read)


def _below(file: Path, chosen: Sequence[Path]) -> bool:
    real = file.resolve()
    return any(real == one or one in real.parents for one in chosen)
