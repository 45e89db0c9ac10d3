"""Writes the table of docs/handshake.md: real servers, what we say of each, and what they write of it.

python docs/servers_table.py        writes it; needs root and what .ci/servers brings, and takes half a minute
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "examples"), str(TOP / "tests")]

from marked import renewed  # noqa: E402

from reconciler.model.handshake import Handshake  # noqa: E402
from tests.servers import cases  # noqa: E402
from tests.servers.proven import SERVERS, UNWELL, proven, trace  # noqa: E402
from tests.servers.running import Missing, placed  # noqa: E402

PAGE = Path(__file__).with_name("handshake.md")
BEGIN, END = "<!-- servers: written by docs/servers_table.py -->", "<!-- /servers -->"
_LONGEST = 150


def main() -> int:
    rows = [("server", "listener", "verdict", "the last line of its log"), ("---",) * 4, *_well(), *_unwell()]
    lines = (f"| {' | '.join(row)} |" for row in rows)
    PAGE.write_text(renewed(PAGE.read_text("utf-8"), BEGIN, END, lines), "utf-8")
    return 0


def _well() -> Iterator[tuple[str, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        for server in SERVERS:
            try:
                done = proven(server, Path(folder) / server.__name__)
            except Missing as missing:
                sys.stderr.write(f"left out: {server.NAME}: {missing}\n")
                continue
            verdicts = {_verdict(found) for found in done.found.values()}
            yield server.NAME, ", ".join(done.found), ", ".join(sorted(verdicts)), _shown(trace(done.log))


def _unwell() -> Iterator[tuple[str, ...]]:
    with placed() as where, cases.listening(where) as (ports, server):
        for name, case in cases.CASES.items():
            server.begin()
            found = cases.told(case, ports[name], where)
            yield "Postfix", name, _verdict(found), _shown(trace(server.settled()))


def _verdict(found: Handshake) -> str:
    unwell = [f"{one.id} {one.status}" for one in found.checks if one.status in UNWELL]
    return ", ".join(unwell) or "ok"


def _shown(line: str) -> str:
    short = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
    return f"`{short.replace('|', '¦').replace('`', '')}`" if line != "nothing" else line


if __name__ == "__main__":
    sys.exit(main())
