"""Every way a command can end other than well, as text or as one JSON document, and its exit code."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from reconciler import __version__
from reconciler.cli.shell import console, spelling
from reconciler.errors import ExitCode, Interrupted, InvalidError, ReconcilerError, UsageError
from reconciler.model.finding import Finding
from reconciler.views import forms


class InvalidFiles(InvalidError):
    """The declared files hold errors; all of them are told at once."""

    rule = "invalid-files"

    def __init__(self, findings: Sequence[Finding], files: int) -> None:
        super().__init__("the declared files are not valid")
        self.findings, self.files = tuple(findings), files


def report(error: BaseException, arguments: Sequence[str]) -> ExitCode:
    """Prints how a run ended and answers with its exit code. The caller holds what is left: bugs."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        console.note(*error.format_message().splitlines())
        return ExitCode.USAGE
    known = _known(error, arguments)
    if wants_json(arguments) and not isinstance(error, console.Unwritable):
        findings = error.findings if isinstance(error, InvalidFiles) else (known.finding(),)
        _no_result(_row(arguments), findings)
    elif isinstance(error, InvalidFiles):
        from reconciler.views import findings as view

        told = view.text(error.findings, console.paper(sys.stderr), files=error.files)
        click.echo(told, err=True, nl=False, color=True)
    else:
        _tell(known)
    return known.exit_code


def bug(trace: str, arguments: Sequence[str]) -> ExitCode:
    """`trace` is free of secrets by now."""
    last = trace.strip().splitlines()[-1]
    if wants_json(arguments):
        error = ReconcilerError(f"this is a bug in reconciler {__version__}: {last}", fix="report what stderr shows")
        _no_result(_row(arguments), (error.finding(),))
    told = f"This is a bug in reconciler {__version__}; please report the lines above."
    console.note(*trace.split("\n"), told)
    return ExitCode.FAILED


def _no_result(command: str | None, findings: Sequence[Finding]) -> None:
    """What `--format json` prints when there is no result: whole, valid, and says so."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    console.result(forms.dumped(forms.without_result(command, findings, at=at), console.paper()))


def wants_json(arguments: Sequence[str]) -> bool:
    """Also when the rest of the line is wrong."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(pair == ("--format", "json") or pair[0] == "--format=json" for pair in pairs)


def _command(arguments: Sequence[str]) -> str | None:
    return next((word for word in arguments if not word.startswith("-")), None)


def _row(arguments: Sequence[str]) -> str | None:
    """Of `views.forms`: some options have a document of their own, such as `show --since`."""
    command = _command(arguments)
    special = (f"{command} {word.partition('=')[0]}" for word in arguments)
    return next((row for row in special if row in forms.COMMANDS), command)


def _known(error: BaseException, arguments: Sequence[str]) -> ReconcilerError:
    if isinstance(error, ReconcilerError):
        return error
    if isinstance(error, click.UsageError):
        return _usage(error, arguments)
    if isinstance(error, click.ClickException):
        return UsageError(error.format_message())
    return Interrupted("interrupted", why="nothing was written")


def _usage(error: click.UsageError, arguments: Sequence[str]) -> UsageError:
    # click forgets the command when the value of an option is missing
    command = _command(arguments)
    path = (
        error.ctx.command_path if error.ctx else f"reconciler {command}" if command in forms.COMMANDS else "reconciler"
    )
    fix = f"{path} --help"
    what = " ".join(error.format_message().split()).rstrip(".")  # click lists choices on lines of their own
    if isinstance(error, click.NoSuchOption):
        what, fix = _no_option(path, error, arguments)
    elif isinstance(error, click.BadParameter) and error.param and isinstance(error.param.type, click.Choice):
        given = re.search(r"'([^']*)' is not one of", what)
        near = spelling.nearest(given[1], list(error.param.type.choices)) if given else None
        fix = f"did you mean {near}?" if near else fix
    elif (extra := re.search(r"unexpected extra arguments? \(([^ )]+)", what)) is not None:
        fix = _place(extra[1], path, arguments, _options(error.ctx)) or fix
    return UsageError(what[:1].lower() + what[1:], fix=fix)


def _no_option(path: str, error: click.NoSuchOption, arguments: Sequence[str]) -> tuple[str, str]:
    """What is wrong, and the fix. Of `-ap` click tells `-a`; the whole is repeated only where it is known as a word,
    because `-phunter2` holds a password."""
    ours, name = _options(error.ctx), error.option_name
    typed = (word.partition("=")[0] for word in arguments if word.startswith(name) and not word.startswith("--"))
    whole = name if name.startswith("--") else next(typed, name)
    if (said := spelling.of_another_program(whole, ours)) is not None:
        return f"{path} has no option {whole}", said
    near = spelling.near_option(name, ours)
    return f"{path} has no option {name}", f"did you mean {near}?" if near else f"{path} --help lists them"


def _place(extra: str, path: str, arguments: Sequence[str], ours: Sequence[str]) -> str | None:
    """Where a word without an option belongs."""
    if "--host" in ours and any(word.partition("=")[0] == "--host" for word in arguments):
        return f"--port {extra}" if extra.isdigit() else None
    selected = f"{path} --select {extra}" if "--select" in ours else None
    return f"{selected}, or --host {extra} for a relay that no file declares" if "--host" in ours else selected


def _options(ctx: click.Context | None) -> list[str]:
    """Those that --help shows."""
    params = ctx.command.get_params(ctx) if ctx else []
    shown = [param for param in params if not getattr(param, "hidden", False)]
    return [name for param in shown for name in param.opts if name.startswith("-")]


def _tell(error: ReconcilerError) -> None:
    where = f"{error.where}: " if error.where else ""
    address = f"{error.address}: " if error.address else ""
    lines = [f"{where}error: {address}{error.what}"]
    lines += [f"    {word}: {text}" for word, text in (("why", error.why), ("fix", error.fix)) if text]
    console.note(*lines)
