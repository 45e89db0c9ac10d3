"""One mail by a real client to a relay of one shape: what the caller saw, and what the relay heard. Bounded in time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from lab.servers.shaped.authorities import Authorities
from lab.servers.shaped.server import ShapedRelay
from lab.servers.shaped.shape import RECIPIENTS, SENDER, Shape

from clients.clients import Client

BOUND = 25  # seconds from when a program is ready; longer than the slowest answer of a shape
_START = 120  # seconds until then, on a machine that is busy
READY = b"ready"  # the line that a program says before it sends
MESSAGE = "From: app@lab.test\r\nTo: to@example.com\r\nSubject: probe\r\n\r\nprobe\r\n"
_LONGEST = 600  # characters of what the caller sees
# what differs from run to run
_VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:Z| ?[+-]\d\d:?\d\d)?"), "<date>"),
    (re.compile(r"\w{3} \w{3} \d\d \d\d:\d\d:\d\d \w+ \d{4}"), "<date>"),
    (re.compile(r" \(_ssl\.c:\d+\)"), ""),
    (re.compile(r"[0-9A-F]{12,16}:error:"), "error:"),
    (re.compile(r"(127\.0\.0\.\d|\[::1\]):\d+"), r"\1:<port>"),
)
Observed = dict[str, Any]


def observed(client: Client, command: Sequence[str], shape: Shape, authorities: Authorities) -> Observed:
    """`reported` is sent, failed, or None for a client that still waited when its time was over."""
    with ShapedRelay(shape, authorities) as relay:
        said = _said(client, command, _given(client, shape, relay.port, authorities.ca_file))
        wire = relay.wire
    words = (said.get("words") or "").replace(str(relay.port), "<port>").replace(authorities.ca_file, "<ca>")
    for varying, name in _VARYING:
        words = varying.sub(name, words)
    return {
        "reported": said.get("reported"),
        "words": wire.shown(words.strip().encode(), _LONGEST) or None,
        "taken": wire.taken,
        "login": wire.login,
        "refused": wire.refused,
        "encrypted": wire.encrypted,
        "exposed": wire.exposed,
        "lines": wire.connections,
        "version": said.get("version"),
    }


def _given(client: Client, shape: Shape, port: int, ca_file: str) -> str:
    told = shape.settings
    relay = {
        "as": client.name,
        "host": told.host,
        "port": port,
        "encryption": told.encryption,
        "auth": told.auth,
        "user": told.user,
        "password": told.password,
        "sender": SENDER,
        "recipients": list(RECIPIENTS[: told.recipients]),
        "message": MESSAGE,
        "ca_file": ca_file,
    }
    return json.dumps({**relay, **client.settings}, ensure_ascii=False)


def _said(client: Client, command: Sequence[str], given: str) -> Mapping[str, Any]:
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory())
        variables = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": home,
            "SSL_CERT_FILE": json.loads(given)["ca_file"],
        }
        problems = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace"))
        process = subprocess.Popen(
            command,
            bufsize=0,  # or lines are read ahead, and lost between two readers
            env={**variables, **client.variables()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=problems,
        )
        ready, out = _lines(process, given)
        if not ready:
            problems.seek(0)
            raise RuntimeError(f"it could not start: {problems.read()[-1500:]}")
    if out is None:
        return {"reported": None}
    try:
        said: dict[str, Any] = json.loads(out)
    except ValueError:
        raise RuntimeError(f"it said no JSON: {out[-500:]!r}") from None
    return {**said, "reported": "sent" if said["sent"] else "failed"}


def _lines(process: subprocess.Popen[bytes], given: str) -> tuple[bool, str | None]:
    """Whether it became ready, and what it said in its time; None for nothing. It has ended then."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(given.encode())
    process.stdin.close()
    process.stdin = None
    never = threading.Timer(_START, process.kill)
    never.start()
    ready = process.stdout.readline().strip() == READY
    never.cancel()
    ended = True
    try:
        out = process.communicate(timeout=BOUND)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        ended, out = False, process.communicate()[0]
    # one that said its piece may wait at its end all the same
    return ready, out.decode("utf-8", "replace").strip() if ended or out else None
