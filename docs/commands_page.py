"""Writes docs/commands.md: what each command says of itself with --help.

python docs/commands_page.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP)]

import click  # noqa: E402

from reconciler.cli.main import COMMANDS, cli  # noqa: E402

PAGE = TOP / "docs/commands.md"
HEAD = """# Commands

What `reconciler COMMAND --help` says. This page is made by `make docs`.
"""


def text() -> str:
    lines = [line for name in COMMANDS for line in _section(name)]
    return "\n".join([HEAD, *lines]).rstrip() + "\n"


def _section(name: str) -> Iterator[str]:
    command: click.Command = import_module(f"reconciler.cli.{COMMANDS[name][0]}").command
    above = click.Context(cli, info_name="reconciler", **cli.context_settings)
    context = click.Context(command, info_name=name, parent=above, terminal_width=100, max_content_width=100)
    yield from (f"## {name}", "", "```", *command.get_help(context).splitlines(), "```", "")


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
