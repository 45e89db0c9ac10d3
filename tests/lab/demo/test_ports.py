"""A lab beside another one, or beside anything that has one of its ports."""

from __future__ import annotations

import re
import socket

from lab.demo import ports
from support.commandline import TOP


def test_a_port_that_somebody_has_moves_all_of_them() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        place = other.getsockname()[1] - ports.VAULT
        assert other.getsockname()[1] in ports.taken(place)
    assert len({port + move for port in ports.NAMED for move in ports.MOVES}) == len(ports.NAMED) * len(ports.MOVES)


def test_every_port_of_the_declared_files_is_moved() -> None:
    texts = [path.read_text("utf-8") for path in (TOP / "environments").rglob("*.yaml")]
    named = {int(port) for text in texts for port in re.findall(r"\b1[0-9]{4}\b", text)}
    assert named == set(ports.NAMED)
    again = {int(port) for text in texts for port in re.findall(r"\b1[0-9]{4}\b", ports.moved(text, 100))}
    assert again == {port + 100 for port in ports.NAMED}
