"""`--stop-after`, `--canary`, `--soak`, `--stop-on`, `--lock-timeout`: how far an apply goes at once."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import click

from reconciler.errors import UsageError
from reconciler.model.landscape import Landscape
from reconciler.pipeline.apply.waves import Waves

_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(s|m|min|h)?")
_LONGEST = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    waves: Waves
    lock_timeout: float  # seconds


class Duration(click.FloatRange):
    """`90`, `90s`, `10m`, `1h`: seconds as a float. Raises UsageError for anything else, and for more than a day."""

    def __init__(self) -> None:
        super().__init__(min=0, max=_LONGEST)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds as a float. Raises UsageError for what is no duration up to a day."""
        found = _DURATION.fullmatch(str(value))
        seconds = float(found[1]) * _UNITS[found[2] or ""] if found else -1.0
        if not 0 <= seconds <= _LONGEST:
            option = param.opts[0] if param else "option"
            raise UsageError(f"{option}: {value!r} is no duration up to a day", fix=f"e.g. {option} 10m")
        return seconds


def options(function: Callable[..., Any]) -> Callable[..., Any]:
    """These options, as one argument `pace`."""

    @click.option("--stop-after", metavar="STAGE", help="Write no stage after this one.")
    @click.option("--canary", type=click.IntRange(min=0), default=0, help="So many installations of each stage first.")
    @click.option("--soak", type=Duration(), default=0.0, metavar="TIME", help="Watch each wave for so long, e.g. 10m.")
    @click.option("--stop-on", type=click.IntRange(min=0), default=0, help="End a stage after so many failures.")
    @click.option("--lock-timeout", type=Duration(), default=0.0, metavar="TIME", help="Wait so long for another run.")
    @functools.wraps(function)
    def paced(
        *, stop_after: str | None, canary: int, soak: float, stop_on: int, lock_timeout: float, **more: Any
    ) -> Any:
        waves = Waves(stop_after=stop_after, canary=canary, soak=soak, stop_on=stop_on)
        return function(pace=Pace(waves=waves, lock_timeout=lock_timeout), **more)

    return paced


def check(pace: Pace, land: Landscape) -> None:
    """UsageError for a stage that is not declared."""
    names, last = [stage.name for stage in land.stages], pace.waves.stop_after
    if last is None or last in names:
        return
    near = get_close_matches(last, names, n=1)
    raise UsageError(
        f"--stop-after {last}: there is no such stage",
        why=f"there are {', '.join(names)}",
        fix=f"did you mean {near[0]}?" if near else f"e.g. --stop-after {names[0]}",
    )
