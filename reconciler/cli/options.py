"""Options that several commands share, each with one name and one meaning."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from reconciler.views.paper import Paper

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


def form(function: F) -> F:
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="How the result is printed.",
    )(function)


def paper() -> Paper:
    """What stdout is: a terminal of some width, or a pipe. NO_COLOR (no-color.org) is honoured."""
    terminal = sys.stdout.isatty()
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    return Paper(
        width=shutil.get_terminal_size((120, 24)).columns if terminal else 120,
        color=terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        unicode=encoding.replace("-", "") in ("utf8", "utf16", "utf32"),
    )
