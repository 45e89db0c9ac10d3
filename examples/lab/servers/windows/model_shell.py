"""A shell whose scripts are functions: psrpcore speaks the protocol, and a script is known by its hash."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

import psrpcore
from psrpcore import types

from lab.servers.windows.shells import Broken, Call, Run


class ModelShell:
    """`run` is what stands for the engine; it gets the text of a script, or the name of a function."""

    def __init__(self, run: Run, *, delegated: bool) -> None:
        self._run, self._delegated = run, delegated
        self._pool = psrpcore.ServerRunspacePool()
        self._pipelines: dict[str, psrpcore.ServerPipeline] = {}
        self._out: dict[str | None, list[bytes]] = {}
        self._ended: set[str] = set()
        self._closed = False
        self._changed = threading.Condition()

    def open(self, fragments: bytes) -> None:
        with self._changed:
            self._feed(fragments)

    def command(self, pipeline: str, fragments: bytes) -> None:
        with self._changed:
            self._pipelines[pipeline] = psrpcore.ServerPipeline(self._pool, uuid.UUID(pipeline))
            self._feed(fragments)

    def send(self, pipeline: str | None, fragments: bytes) -> None:
        with self._changed:
            self._feed(fragments)

    def take(self, pipeline: str | None, seconds: float) -> tuple[list[bytes], bool]:
        deadline = time.monotonic() + seconds
        with self._changed:
            while not self._out.get(pipeline) and pipeline not in self._ended and not self._closed:
                if not self._changed.wait(deadline - time.monotonic()) and time.monotonic() >= deadline:
                    raise TimeoutError
            if self._closed:
                raise BrokenPipeError
            return self._out.pop(pipeline, []), pipeline in self._ended

    def signal(self, pipeline: str, *, stop: bool) -> None:
        """A function cannot be stopped; what it says later is not asked for."""

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _feed(self, fragments: bytes) -> None:
        self._pool.receive_data(psrpcore.PSRPPayload(fragments, psrpcore.StreamType.default, None))
        while (event := self._pool.next_event()) is not None:
            if isinstance(event, psrpcore.CreatePipelineEvent):
                thread = threading.Thread(target=self._execute, args=(str(event.pipeline_id).upper(), event.pipeline))
                thread.daemon = True
                thread.start()
        self._flush()

    def _execute(self, name: str, pipeline: Any) -> None:
        command, mine = pipeline.commands[-1], self._pipelines[name]
        with self._changed:
            mine.start()
            parameters = {key: _plain(value) for key, value in command.parameters}
        said: str | None = None
        try:
            said = self._run(Call(script=command.command_text, parameters=parameters, delegated=self._delegated))
        except Broken as error:
            broken = error
        with self._changed:
            if said is not None:
                mine.write_output(types.PSString(said))
            else:
                mine.write_error(
                    types.NETException(Message=str(broken)),
                    types.ErrorCategoryInfo(Category=types.ErrorCategory.NotSpecified),
                    fully_qualified_error_id=broken.id,
                )
            mine.complete()
            mine.close()
            self._flush()
            self._ended.add(name)
            self._changed.notify_all()

    def _flush(self) -> None:
        while (data := self._pool.data_to_send()) is not None:
            name = str(data.pipeline_id).upper() if data.pipeline_id else None
            self._out.setdefault(name, []).append(bytes(data.data))
        self._changed.notify_all()


def _plain(value: Any) -> Any:
    if isinstance(value, types.PSCredential):
        return value.UserName, value.Password.decrypt()
    if isinstance(value, types.PSSecureString):
        return value.decrypt()
    if isinstance(value, list):
        return [str(one) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    return int(value) if isinstance(value, int) else str(value)
