"""Where words go: results to stdout, talk to stderr, each as ASCII where it knows no more."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

import click

from reconciler.errors import ReconcilerError
from reconciler.views import forms
from reconciler.views.paper import Paper
from reconciler.views.printable import Printable

if TYPE_CHECKING:
    from reconciler.model.answers.proof import Proof
    from reconciler.model.finding import Finding
    from reconciler.model.plan import Plan

QUIET, TIMINGS = "reconciler.quiet", "reconciler.timings"  # what the command line said, in click's meta
UNICODE = ("utf8", "utf16", "utf32")


def paper(stream: TextIO | None = None) -> Paper:
    """What stdout (or `stream`) is: a terminal of some width, or a pipe. NO_COLOR (no-color.org) and
    FORCE_COLOR (force-color.org) are honoured, the first before the second."""
    stream = stream or sys.stdout
    terminal = stream.isatty()
    encoding = (getattr(stream, "encoding", None) or "ascii").lower()
    return Paper(
        width=_columns() if terminal else 120,
        color=_colored(terminal),
        unicode=encoding.replace("-", "") in UNICODE,
        wrapped=terminal,
    )


def _colored(terminal: bool) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (terminal and os.environ.get("TERM") != "dumb")


def _columns() -> int:
    import shutil  # a pipe has none

    return shutil.get_terminal_size((120, 24)).columns


def result(text: Printable) -> None:
    """On stdout, as it is; views end their text with a newline."""
    _echo(text)


_before: list[Callable[[], None]] = []


def before_print(call: Callable[[], None] | None) -> None:
    """What has to be done before anything is printed: a live line is taken away. None: nothing any more."""
    _before[:] = [call] if call else []


def _room() -> None:
    for call in _before:
        call()


def _echo(text: str | bytes) -> None:
    _room()
    try:
        click.echo(text, nl=False, color=True)  # a view has painted it or not: nothing is to be taken out again
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritable("the result cannot be printed", why=error.strerror, fix="check where stdout goes") from error


class Unwritable(ReconcilerError):
    """Standard output takes nothing more: a full disk, say. What was done by then is done."""

    rule = "output"


def note(*lines: str) -> None:
    """On stderr; not with --quiet."""
    here = click.get_current_context(silent=True)
    if here is None or not here.meta.get(QUIET):
        _tell(lines)


def _tell(lines: Sequence[str]) -> None:
    _room()
    click.echo(paper(sys.stderr).finish(tuple(lines)), err=True, nl=False, color=True)


def order(text: Printable) -> None:
    """To a CI system, on stderr: beside a result that is a document."""
    click.echo(text, err=True, nl=False)


def findings(found: Sequence[Finding]) -> None:
    """What is worth knowing beside a result, on stderr."""
    if found:
        from reconciler.views import findings as view

        _tell(view.lines(found, paper(sys.stderr)))  # a warning is no remark: --quiet leaves it


def plan(
    command: str,
    form: str,
    made: Plan,
    next_command: str | None,
    *,
    fit: str | None = None,
    before: Plan | None = None,
    proof: Proof | None = None,
) -> None:
    """A plan; as a comment within what `fit` takes, beside what was there `before`, and what handshakes proved."""
    beside = page(form, made, fit=fit, before=before)
    show(command, form, made, next_command=next_command, proof=proof, **beside)


def page(form: str, made: Plan, *, fit: str | None, before: Plan | None = None) -> Mapping[str, object]:
    """What a comment needs beside the plan; nothing where it is none."""
    if form != forms.MARKDOWN:
        return {}
    from reconciler.pipeline.plan import comment

    return comment.beside(made, os.environ, fit=fit, before=before)


def show(command: str, form: str, made: object, **beside: object) -> None:
    """A command's result on stdout, in one of its forms; `beside` is what the form may take (`views.forms`)."""
    for said in forms.pieces(command, form, made, paper(), **beside):
        if form in (forms.TEXT, forms.JSON):
            result(said)
        else:
            _echo(said.encode())  # a format of others is UTF-8 on every terminal
