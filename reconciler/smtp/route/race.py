"""The first connection among several addresses (RFC 8305): one that is silent must not make the others wait."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from itertools import chain, zip_longest

from reconciler.smtp.protocol.wire import Wire

_AHEAD = 0.25  # seconds that an address is alone before the next one is tried too; RFC 8305, section 5


async def first(found: Sequence[str], port: int, seconds: float, refusals: list[str]) -> tuple[str, Wire] | None:
    """The address that answered, and the connection; `refusals` get what became of those that failed before."""
    if len(found) > 1:
        return await _race(_alternating(found), port, seconds, refusals)
    try:
        async with asyncio.timeout(seconds):
            return found[0], await _connected(found[0], port)
    except TimeoutError:
        refusals.append(_silent(found[0], seconds))
    except (OSError, OverflowError) as error:
        refusals.append(_refused(found[0], error))
    return None


async def _race(waiting: list[str], port: int, seconds: float, refusals: list[str]) -> tuple[str, Wire] | None:
    loop = asyncio.get_running_loop()
    ends, running = loop.time() + seconds, dict[asyncio.Task[Wire], str]()
    try:
        while waiting or running:
            if waiting:
                address = waiting.pop(0)
                running[loop.create_task(_connected(address, port))] = address
            left = ends - loop.time()
            done, _ = await asyncio.wait(
                running, timeout=min(_AHEAD, left) if waiting else left, return_when=asyncio.FIRST_COMPLETED
            )
            for task in sorted(done, key=list(running).index):
                if (error := task.exception()) is None:
                    return running.pop(task), task.result()
                refusals.append(_refused(running.pop(task), error))
            if loop.time() >= ends:
                refusals += (_silent(address, seconds) for address in (*running.values(), *waiting))
                return None
        return None
    finally:
        await _ended(running)


async def _ended(running: dict[asyncio.Task[Wire], str]) -> None:
    """Those that lost; one may have connected in the same moment."""
    for task in running:
        task.cancel()
    for found in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(found, Wire):
            await found.close()


async def _connected(address: str, port: int) -> Wire:
    _, wire = await asyncio.get_running_loop().create_connection(Wire, address, port)
    return wire


def _alternating(found: Sequence[str]) -> list[str]:
    """The families in turns, beginning with that of the first."""
    mine = [address for address in found if (":" in address) == (":" in found[0])]
    other = [address for address in found if (":" in address) != (":" in found[0])]
    return [address for address in chain.from_iterable(zip_longest(mine, other)) if address is not None]


def _silent(address: str, seconds: float) -> str:
    return f"{address}: no answer within {seconds:.3g} s"


def _refused(address: str, error: BaseException) -> str:
    if not isinstance(error, OSError | OverflowError):  # OverflowError: no such port
        raise error
    number = getattr(error, "errno", None)
    return f"{address}: {os.strerror(number) if number else error}"
