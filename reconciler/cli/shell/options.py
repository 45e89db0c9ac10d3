"""Options that several commands share, each with one name and one meaning."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from reconciler.cli.shell.debug import start

F = TypeVar("F", bound=Callable[..., Any])


def root(function: F) -> F:
    return click.option(
        "--root",
        type=click.Path(path_type=Path),
        default="environments",
        show_default=True,
        metavar="DIR",
        help="The folder with reconciler.yaml and the environments.",
    )(function)


def select(function: F) -> F:
    return click.option(
        "--select",
        multiple=True,
        metavar="PATTERN",
        help="Only these addresses; `*` matches anything, a prefix selects all below. Repeatable.",
    )(function)


def base(function: F) -> F:
    return click.option(
        "--base",
        metavar="REF",
        help="The reviewed revision: what decides where a credential goes must be as it is there.",
    )(function)


def form(function: F) -> F:
    """`--format`, and `--debug`, which belongs to every command too."""
    function = debug(function)
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="How the result is printed.",
    )(function)


def debug(function: F) -> F:
    return click.option(
        "--debug",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=start,
        help="Log what is asked of whom, to stderr; secrets are taken out.",
    )(function)
