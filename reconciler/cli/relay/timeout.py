"""`--timeout`: how long is long enough, for every step or for one."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from reconciler.errors import UsageError

_EXAMPLE = "10"
_WITH_UNIT = r"(?i:([0-9]*[1-9][0-9]*)\s*s(ec(onds?)?)?)"
STEPS = ("tcp", "banner", "ehlo", "tls", "auth", "envelope", "message", "greylist", "total")
Limit: TypeAlias = tuple[str | None, float]  # the step, None for each; seconds
if TYPE_CHECKING:
    _ParamType = click.ParamType[Limit]
else:
    _ParamType = click.ParamType  # generic from click 8.4 on


class Seconds(_ParamType):
    """`SECONDS`, which only shortens, or `STEP=SECONDS`, which also lengthens; UsageError for anything else."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Limit:
        """A step or None, and its seconds. Raises UsageError for what is not a positive number, or no step."""
        if isinstance(value, tuple):
            return value
        option = param.opts[0] if param else "option"
        step, equals, text = str(value).rpartition("=")
        if equals and step not in STEPS:
            from difflib import get_close_matches

            near = get_close_matches(step.lower(), STEPS, n=1)
            fix = f"{option} {near[0] if near else 'banner'}={text or _EXAMPLE}"
            raise UsageError(f"{option}: no step is called {step!r}", why=f"steps: {', '.join(STEPS)}", fix=fix)
        return (step or None), _seconds(text, option, f"{step}=" if step else "")


def _seconds(text: str, option: str, step: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if 0 < found < math.inf:
        return found
    unit = re.fullmatch(_WITH_UNIT, text)
    fix = f"{option} {step}{unit[1] if unit else _EXAMPLE}"
    raise UsageError(f"{option}: {text!r} is not a number of seconds above 0", fix=fix)


def cap(given: tuple[Limit, ...]) -> float | None:
    """The most that any step may take, where it was given."""
    return min((seconds for step, seconds in given if step is None), default=None)


def steps(given: tuple[Limit, ...]) -> dict[str, float]:
    """What was given for single steps; the last one counts."""
    return {step: seconds for step, seconds in given if step is not None}
