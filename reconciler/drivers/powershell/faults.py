"""What a server says of a failed script, as errors of ours with advice. Ids and types are matched, never texts.

A server speaks the language of its country; ids, type names and the step of our own script do not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.drivers.powershell.scripts import Script
from reconciler.drivers.powershell.server import Server
from reconciler.errors import PlatformAnswer, PlatformBusy, PlatformDenied, PlatformError, PlatformMissing

_SHOWN = 300  # characters of a server's own words


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An error record. `types` are those of the exception and what is inside it; `step` is our own script's word."""

    id: str
    message: str = ""
    step: str = ""
    types: tuple[str, ...] = ()
    line: int = 0

    @property
    def name(self) -> str:
        """The id without the name of the command that a server appends."""
        return self.id.partition(",")[0]

    def of_type(self, *names: str) -> bool:
        """Whether one of these exceptions is what happened, or is inside it; by names without namespace."""
        return not {one.rpartition(".")[2] for one in self.types}.isdisjoint(names)


Explain: TypeAlias = "Callable[[Fault, Server], PlatformError | None]"


def unexplained(fault: Fault, server: Server) -> PlatformError | None:
    """For platforms without words of their own."""
    return None


def error(fault: Fault, script: Script, server: Server) -> PlatformError:
    if fault.of_type("OutOfMemoryException", "InsufficientMemoryException"):
        return PlatformBusy(
            f"{server}: the shell ran out of memory",
            why="WinRM allows a shell 150 MB unless that was raised",
            fix="on the server: Set-Item WSMan:\\localhost\\Shell\\MaxMemoryPerShellMB 2048, then restart WinRM",
        )
    if fault.of_type("UnauthorizedAccessException", "SecurityException", "SqlException"):
        return PlatformDenied(
            f"{server}: the login may not do that there ({script.name})",
            why=said(fault),
            fix="give it the rights that the platform's page names",
        )
    if fault.name == "CommandNotFoundException":
        return PlatformMissing(
            f"{server}: a command of {script.name} is missing ({said(fault)})",
            why="the product's shell is not installed, is another version, or the endpoint does not offer the function",
            fix="check connection.host and configuration_name; functions installed there must be those of this version",
        )
    if fault.name == "ScriptsNotAllowed":
        return PlatformDenied(
            f"{server}: endpoint {server.configuration} runs no scripts",
            why="it has no language (JEA), and offers functions only",
            fix="connection.functions: true, and ship the functions of this version to it, as the platform's page says",
        )
    if fault.name in _NOT_BOUND:
        return PlatformAnswer(f"{server}: {script.name} got the wrong parameters ({fault.name})", fix=_REPORT)
    return PlatformAnswer(
        f"{server}: {script.name} failed{f' in line {fault.line}' if fault.line else ''}: {fault.name or 'no id'}",
        why=said(fault),
        fix="look at the server; the plan says what is there now",
    )


_REPORT = "report it: this is a mistake in reconciler, or a script that was changed on its way"
_NOT_BOUND = frozenset(
    {
        "NamedParameterNotFound",
        "MissingMandatoryParameter",
        "ParameterArgumentTransformationError",
        "ParameterArgumentValidationError",
        "ParameterBindingFailed",
        "ParameterArgumentValidationErrorNullNotAllowed",
    }
)


def said(fault: Fault) -> str:
    """The server's own words, on one line and cut: in its language, for people to read."""
    text = " ".join(fault.message.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
