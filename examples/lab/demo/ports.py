"""The ports of the lab: those that `environments/` names, or all of them moved where somebody else has one of them."""

from __future__ import annotations

import re
import socket

# stage: (of its Odoo, of its relay)
STAGES = {"dev": (18071, 12587), "test": (18072, 12588), "prod": (18073, 12589)}
ODC, O11, NETBRAIN, FARM, WINDOWS_SMTP, VAULT = 18074, 18075, 18076, 18077, 18078, 18200
NAMED = (ODC, O11, NETBRAIN, FARM, WINDOWS_SMTP, VAULT, *(port for pair in STAGES.values() for port in pair))
MOVES = tuple(range(0, 3000, 100))  # no two of them have a port in common
_WORD = re.compile("|".join(rf"\b{port}\b" for port in NAMED))


def taken(move: int = 0) -> list[int]:
    """Those that somebody else uses."""
    return [port + move for port in NAMED if _taken(port + move)]


def moved(text: str, move: int) -> str:
    """A file that names ports of the lab."""
    return _WORD.sub(lambda found: str(int(found[0]) + move), text)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
