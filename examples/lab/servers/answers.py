"""A web server on loopback that gives the answers it was told, one after the other, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from lab.servers import kept_alive


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`text` is sent as it is; else `json`, with its content type."""

    status: int = 200
    json: Any = None
    text: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Answers:
    """`with Answers(first, second) as server:`. The last answer is given for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.asked: list[Asked] = []
        self._answers = list(answers)
        self._lock = threading.Lock()

    def __enter__(self) -> Answers:
        self._server = kept_alive.Server(("127.0.0.1", 0), _handler(self))
        self.address = self._server.url
        self._server.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.stop()

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def _handler(answers: Answers) -> type[kept_alive.Handler]:
    class Handler(kept_alive.Handler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told = answers.answer(
                Asked(method=self.command, path=self.path, headers=dict(self.headers.items()), body=body)
            )
            content = (told.text if told.text is not None else json.dumps(told.json)).encode()
            self.send_response(told.status)
            self.send_header("Content-Type", "text/html" if told.text is not None else "application/json")
            self.send_header("Content-Length", str(len(content)))
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_LIST = do_DELETE = handle_any  # http.server finds them by name

    return Handler
