"""`--timeout`: how long is long enough."""

from __future__ import annotations

import math
import re
from typing import Any

import click

from reconciler.errors import UsageError

_EXAMPLE = "10"
_WITH_UNIT = re.compile(r"([0-9]*[1-9][0-9]*)\s*s(ec(onds?)?)?", re.IGNORECASE)


class Seconds(click.FloatRange):
    """A number of seconds, more than none and not endless; raises UsageError for anything else."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds as a float. Raises UsageError for what is not a positive number."""
        try:
            found = float(value)
        except ValueError:
            found = math.nan
        if 0 < found < math.inf:
            return found
        option, unit = param.opts[0] if param else "option", _WITH_UNIT.fullmatch(str(value))
        fix = f"{option} {unit[1] if unit else _EXAMPLE}"
        raise UsageError(f"{option}: {value!r} is not a number of seconds above 0", fix=fix)
