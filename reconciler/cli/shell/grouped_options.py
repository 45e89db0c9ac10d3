"""A command with many options shows them in groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click


class Grouped(click.Command):
    """`groups` maps a heading to the names of its options; the others come first."""

    def __init__(self, *arguments: Any, groups: Mapping[str, Sequence[str]], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.groups = groups

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        heading = {name: title for title, names in self.groups.items() for name in names}
        rows: dict[str, list[tuple[str, str]]] = {"Options": [], **{title: [] for title in self.groups}}
        for param in self.get_params(ctx):
            if (row := param.get_help_record(ctx)) is not None:
                rows[heading.get(param.name or "", "Options")].append(row)
        for title, found in rows.items():
            with formatter.section(title):
                formatter.write_dl(found)
