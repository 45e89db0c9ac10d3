"""A shell whose engine is a real PowerShell: `pwsh -s` gets the same fragments as from WSMan, one process per shell.

Its out-of-process transport has a line for each of Data, Command, Signal and Close, and acknowledges each.
"""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

_SESSION = str(uuid.UUID(int=0))
_PIPELINE_STATE = (0x00041006).to_bytes(4, "little")  # MS-PSRP 2.2.1
_PATIENCE = 60.0  # seconds for an answer to a line: on a busy machine a session compiles its modules before it
_HEADER = 21  # bytes of a fragment before its message


def found() -> str | None:
    """A real PowerShell 7: RECONCILER_PWSH, or pwsh on the PATH."""
    return os.environ.get("RECONCILER_PWSH") or shutil.which("pwsh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """`configuration` is a session configuration (.pssc), as an endpoint has it: what its sessions may run."""

    pwsh: str
    environment: Mapping[str, str]
    configuration: Path | None = None

    @property
    def command(self) -> list[str]:
        chosen = [] if self.configuration is None else ["-ConfigurationFile", str(self.configuration)]
        return [self.pwsh, "-NoLogo", "-NoProfile", *chosen, "-s"]


class EngineShell:
    def __init__(self, engine: Engine) -> None:
        # its pipes for debuggers are left behind where it was killed
        self._folder = tempfile.TemporaryDirectory(prefix="lab-pwsh-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            engine.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **engine.environment, "TMPDIR": self._folder.name},
            text=True,
        )
        self._in, self._lines = cast("IO[str]", self._process.stdin), cast("IO[str]", self._process.stdout)
        self._out: dict[str | None, list[bytes]] = {}
        self._acknowledged: set[tuple[str, str]] = set()
        self._ended: set[str | None] = set()
        self._running: set[str] = set()
        self._changed, self._turn = threading.Condition(), threading.Lock()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def open(self, fragments: bytes) -> None:
        self.send(None, fragments)

    def command(self, pipeline: str, fragments: bytes) -> None:
        self._running.add(pipeline)
        self._say("Command", pipeline)
        self.send(pipeline, fragments)

    def send(self, pipeline: str | None, fragments: bytes) -> None:
        self._say("Data", pipeline, " Stream='Default'", base64.b64encode(fragments).decode())

    def take(self, pipeline: str | None, seconds: float) -> tuple[list[bytes], bool]:
        def there() -> bool:
            return bool(self._out.get(pipeline)) or not self._ended.isdisjoint({pipeline, None})

        with self._changed:
            if not self._changed.wait_for(there, seconds):
                raise TimeoutError
            if not self._out.get(pipeline) and pipeline not in self._ended:
                raise BrokenPipeError
            return self._out.pop(pipeline, []), pipeline in self._ended

    def signal(self, pipeline: str, *, stop: bool) -> None:
        if stop:
            self._say("Signal", pipeline)
        elif pipeline in self._running:
            self._running.discard(pipeline)
            self._say("Close", pipeline)

    def close(self) -> None:
        """Pipelines first: the session's own Close is not acknowledged before each of them is closed."""
        with contextlib.suppress(OSError, TimeoutError):
            for pipeline in list(self._running):
                self.signal(pipeline, stop=False)
            self._say("Close", None)
        with contextlib.suppress(OSError):
            self._in.close()  # after that it still reads, and ends with its input
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._listener.join(10)
        self._lines.close()
        self._folder.cleanup()

    def _say(self, name: str, pipeline: str | None, attributes: str = "", text: str = "") -> None:
        guid = pipeline.lower() if pipeline else _SESSION
        line = f"<{name}{attributes} PSGuid='{guid}'>{text}</{name}>" if text else f"<{name} PSGuid='{guid}' />"

        def heard() -> bool:
            return (name, guid) in self._acknowledged or self._process.poll() is not None

        with self._turn:  # without an answer to each line it drops a pipeline now and then
            self._acknowledged.discard((name, guid))
            self._in.write(f"{line}\n")
            self._in.flush()
            with self._changed:
                if not self._changed.wait_for(heard, _PATIENCE):
                    raise TimeoutError(f"pwsh did not acknowledge {name}")

    def _listen(self) -> None:
        for line in self._lines:
            packet = ET.fromstring(line)
            guid = packet.get("PSGuid", "")
            pipeline = None if guid == _SESSION else guid.upper()
            with self._changed:
                if packet.tag == "Data":
                    data = base64.b64decode(packet.text or "")
                    self._out.setdefault(pipeline, []).append(data)
                    if pipeline and _is_last(data):
                        self._ended.add(pipeline)
                elif packet.tag.endswith("Ack"):
                    self._acknowledged.add((packet.tag.removesuffix("Ack"), guid))
                self._changed.notify_all()
        with self._changed:
            self._ended.add(None)
            self._changed.notify_all()


def _is_last(data: bytes) -> bool:
    """A state of Completed, Failed or Stopped."""
    kind = data[_HEADER + 4 : _HEADER + 8]
    ends = (f'<I32 N="PipelineState">{state}</I32>'.encode() in data for state in (3, 4, 5))
    return kind == _PIPELINE_STATE and any(ends)
