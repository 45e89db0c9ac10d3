"""Faults of WinRM by their numbers, which are the same in every language: those of wsmerror.h in the Windows SDK."""

from __future__ import annotations

from reconciler.drivers.powershell.server import Server
from reconciler.errors import PlatformAnswer, PlatformBusy, PlatformDenied, PlatformError, PlatformUnreachable

# UNEXPECTED_SELECTORS: there is no such shell (any more); WINRS_SHELL_DISCONNECTED
_GONE = frozenset({0x8033805B, 0x803381C4})
# QUOTA_MAX_SHELLS, _MAX_OPERATIONS, _USER, _SYSTEM, _MAX_SHELLUSERS, and those of an endpoint's own (…_PPQ)
_QUOTA = frozenset({0x803381A5, 0x803381A6, 0x803381A7, 0x803381A8, 0x803381AB, *range(0x803381E4, 0x803381EB)})
_ACCESS_DENIED = 5
_NO_CONFIGURATION = 0x8033803B  # INVALID_RESOURCE_URI: not in the catalogue
_NOT_REMOTE = frozenset({0x803381AC, 0x803381E3})  # REMOTESHELLS_NOT_ALLOWED, REMOTE_CONNECTION_NOT_ALLOWED
_RUN_AS = 0x803381DF  # CREATESHELL_RUNAS_FAILED
_PROCESS_ENDED = 1726  # RPC_S_CALL_FAILED, of the process that hosts the shell


def gone(code: int | None) -> bool:
    """Whether the shell is no longer there: nothing of the message was looked at."""
    return _number(code) in _GONE


def error(code: int | None, server: Server) -> PlatformError:
    number = _number(code)
    if number in _QUOTA:
        return PlatformBusy(
            f"{server}: WinRM is at its limit of shells, operations or memory",
            fix="try again later; on the server: MaxShellsPerUser and MaxMemoryPerShellMB in WSMan:\\localhost\\Shell",
        )
    if number in _GONE:
        return PlatformUnreachable(f"{server}: the session ended there", fix="plan again")
    if number == _PROCESS_ENDED:
        return PlatformUnreachable(
            f"{server}: the process of the session ended, and whether the script did its work is unknown",
            why="Windows ends one that needs more memory than WinRM allows a shell: 150 MB unless that was raised",
            fix="on the server: Set-Item WSMan:\\localhost\\Shell\\MaxMemoryPerShellMB 2048, then restart WinRM; "
            "then plan again",
        )
    return _denied(number, server) or PlatformAnswer(
        f"{server}: WinRM answered with fault {number}", fix=f"look it up with: winrm helpmsg {number:#x}"
    )


def _denied(number: int, server: Server) -> PlatformDenied | None:
    endpoint = server.configuration
    if number == _ACCESS_DENIED:
        return PlatformDenied(
            f"{server}: the login is valid, but may not use endpoint {endpoint}",
            fix="make it a member of Remote Management Users there, or name the endpoint made for it: "
            "connection.configuration_name",
        )
    if number == _NO_CONFIGURATION:
        return PlatformDenied(
            f"{server}: there is no endpoint {endpoint}",
            fix="connection.configuration_name: one that Get-PSSessionConfiguration lists there",
        )
    if number in _NOT_REMOTE:
        return PlatformDenied(
            f"{server}: endpoint {endpoint} is closed to other machines",
            fix=f"on the server: Enable-PSSessionConfiguration {endpoint}, and AllowRemoteShellAccess in its policy",
        )
    if number == _RUN_AS:
        return PlatformDenied(
            f"{server}: the account that endpoint {endpoint} runs as cannot log in there",
            why="its password was changed, has expired, or the account is locked",
            fix=f"on the server: Set-PSSessionConfiguration {endpoint} -RunAsCredential …",
        )
    return None


def _number(code: int | None) -> int:
    return (code or 0) & 0xFFFFFFFF
