"""The two engines behind the endpoint: a real PowerShell, or functions in Python that stand for known scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Shell(Protocol):
    """Fragments of PSRP in and out, by pipeline; None is the pool itself. Ids are upper-case."""

    def open(self, fragments: bytes) -> None: ...

    def command(self, pipeline: str, fragments: bytes) -> None: ...

    def send(self, pipeline: str | None, fragments: bytes) -> None: ...

    def take(self, pipeline: str | None, seconds: float) -> tuple[list[bytes], bool]:
        """What came, and whether the pipeline has ended. TimeoutError; BrokenPipeError when the shell is gone."""
        ...

    def signal(self, pipeline: str, *, stop: bool) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a script was called with; `delegated` says whether the caller's credentials came along."""

    script: str
    parameters: Mapping[str, Any]
    delegated: bool


Run = Callable[[Call], str]  # a script's output; Broken when it gives none


class Broken(Exception):
    """Ends a pipeline with an error record."""

    def __init__(self, id_: str, text: str = "") -> None:
        super().__init__(text or id_)
        self.id = id_
