"""Options that several commands share, each with one name and one meaning."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.cli.shell.debug import start

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])


def root(function: F) -> F:
    return click.option(
        "--root",
        type=click.Path(path_type=Path),
        default="environments",
        envvar="RECONCILER_ROOT",
        show_default=True,
        show_envvar=True,
        metavar="DIR",
        help="The folder with reconciler.yaml and the environments.",
    )(function)


def _addresses(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from reconciler.cli.shell import completing  # --version completes none

    return completing.addresses(ctx, param, incomplete)


def select(function: F) -> F:
    return click.option(
        "--select",
        multiple=True,
        metavar="PATTERN",
        shell_complete=_addresses,
        help="Only these addresses; `*` matches anything, a prefix everything below it. Repeatable.",
    )(function)


def fit(function: F) -> F:
    return click.option(
        "--fit",
        type=click.Choice(["github", "gitlab", "azure", "bitbucket", "summary"]),
        help="With --format markdown: as long as a comment there, or a job's summary on GitHub, may be. "
        "Default: by the CI system, else github.",
    )(function)


def verified(function: F) -> F:
    return click.option(
        "--verified",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="JSON of verify: show as risk what mail clients would come to by it. No plan asks a relay.",
    )(function)


def base(function: F) -> F:
    return click.option(
        "--base",
        metavar="REF",
        help="Reviewed revision, e.g. refs/remotes/origin/main: what decides where a credential goes must match it.",
    )(function)


def form(command: str) -> Callable[[F], F]:
    """`--format` with the forms of this command, and `--debug`, which belongs to every command too."""
    from reconciler.views import forms  # --version needs none

    def decorated(function: F) -> F:
        return click.option(
            "--format",
            "form",
            type=click.Choice(forms.names(command)),
            default=forms.TEXT,
            show_default=True,
            help="Format of the result.",
        )(debug(function))

    return decorated


def progress(function: F) -> F:
    """`--quiet` and `--timings`, for commands that wait for somebody."""
    for name, key, told in (
        ("--timings", "reconciler.timings", "Sum up at the end what was waited for."),
        ("--quiet", "reconciler.quiet", "No progress and no remarks on stderr; warnings and errors stay."),
    ):
        function = click.option(name, is_flag=True, expose_value=False, callback=_kept(key), help=told)(function)
    return function


def _kept(key: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def keep(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
        ctx.meta[key] = wanted

    return keep


def debug(function: F) -> F:
    return click.option(
        "--debug",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=start,
        help="Log every request to stderr, secrets removed.",
    )(function)
