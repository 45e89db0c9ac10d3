"""Canaries in two zones, and the broker spoken with in clear: no secret leaves its zone, in any disguise."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.canary import leaks, leaks_in
from lab.servers.rabbit import Rabbit
from lab.zones import lab as labs
from lab.zones.lab import Lab, Options
from support import impostor

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(Rabbit.missing() is not None, reason=str(Rabbit.missing())),
]
_TOKEN = re.compile(rb"eyJ[\w-]+\.[\w-]+\.[\w-]+")


@pytest.fixture
def lab() -> Iterator[Lab]:
    with labs.started(Options(loopback=True, tls=False, heard=True, canaries=True)) as found:
        for zone in found.zones.values():
            zone.start_worker()
        assert all(found.listens(zone) for zone in found.zones)
        yield found


def test_no_secret_leaves_its_zone(lab: Lab) -> None:
    said = []
    for words in COMMANDS:
        done = lab.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        said += [done.stdout, done.stderr]
        lines = command_lines(lab)
        assert lines
        assert leaks("\n".join(lines)) == []
    streams = {
        f"{user}, connection {n}": bytes(one) for user, link in lab.links.items() for n, one in enumerate(link.heard)
    }
    assert sum(len(tokens(one)) for one in streams.values()) > 20
    assert {where: found for where, one in streams.items() if (found := found_in(one, lab))} == {}
    for token in (token for one in streams.values() for token in tokens(one)):
        assert leaks(str(impostor.opened(token.decode()))) == []  # what base64 of two parts hides
    assert leaks("\n".join(said)) == []
    lab.broker.stop()  # so that all it has is on disk
    files = [path for place in (lab.broker.folder, lab.site, *logs(lab)) for path in everything(place)]
    files = [path for path in files if path.parent.name != "secrets"]  # there the coordinator has its own
    assert any("reconciler" in str(path) for path in files)
    assert {str(path): found for path in files if (found := found_in(path.read_bytes(), lab))} == {}
    # the control: the same search finds them where they belong, between each worker and its console
    assert all(zone.ask("spilled") >= 2 for zone in lab.zones.values())


COMMANDS = (
    ("plan", "--out", "saved.json"),
    ("apply", "saved.json", "--format", "json"),
    ("plan", "--format", "json", "--debug"),
    ("verify", "--format", "json"),
    ("drift",),
    ("zones",),
    ("history",),
)


def found_in(content: bytes, lab: Lab) -> list[str]:
    """Canaries, and the keys that messages are signed with: as PEM, bare, in hexadecimal and in base64."""
    signers = {"plan": lab.signers.plan, "apply": lab.signers.apply, **lab.signers.zones}
    keys = {name: base64.b64decode(pair.private.splitlines()[1])[-32:] for name, pair in signers.items()}
    forms = [(name, form) for name, key in keys.items() for form in (key, key.hex().encode(), base64.b64encode(key))]
    forms += [(name, pair.private.splitlines()[1]) for name, pair in signers.items()]
    return leaks_in(content) + [f"the key of {name}" for name, form in forms if form in content]


def tokens(stream: bytes) -> list[bytes]:
    return _TOKEN.findall(stream)


def logs(lab: Lab) -> list[Path]:
    return [path for zone in lab.zones.values() for path in zone.folder.glob("*.log")]


def everything(place: Path) -> list[Path]:
    return [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]


def command_lines(lab: Lab) -> list[str]:
    """What `ps` shows of the workers, with what they were given as their environment."""
    workers = [worker for zone in lab.zones.values() for worker in zone.alive()]
    return [
        Path(f"/proc/{worker.pid}/{name}").read_bytes().decode("utf-8", "replace")
        for worker in workers
        for name in ("cmdline", "environ")
    ]
