"""What may travel as a parameter, and in which form. A secret goes as a SecureString or a PSCredential only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.errors import PlatformRefused
from reconciler.model.secret import SecretValue

_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    username: str
    password: SecretValue


Parameter: TypeAlias = "str | int | bool | SecretValue | Credential | Sequence[str] | None"


def secret(parameters: Mapping[str, Parameter]) -> bool:
    """Whether keys have to be exchanged first."""
    return any(isinstance(value, SecretValue | Credential) for value in parameters.values())


def plain(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """As pypsrp takes them. Raises PlatformRefused for what would not arrive as it is."""
    return {name: _plain(name, value) for name, value in parameters.items()}


def _plain(name: str, value: Parameter) -> Any:
    match value:
        case None | bool():
            return value
        case int() if abs(value) <= _LARGEST:  # pypsrp writes every int as 32 bits
            return value
        case str():
            return _whole(name, value)
        case SecretValue():
            return _secure(name, value)
        case Credential():
            return _credential(name, value)
        case list() | tuple():
            return [_whole(name, one) for one in value]
        case _:
            raise PlatformRefused(f"{name}: this value cannot be sent", why="PowerShell would receive another value")


def _whole(name: str, text: object) -> str:
    if not isinstance(text, str):
        raise PlatformRefused(f"{name}: {type(text).__name__} among texts cannot be sent")
    if any("\ud800" <= one <= "\udfff" for one in text):
        raise PlatformRefused(f"{name}: a lone surrogate (half a character)", fix="write the text again")
    return text


def _secure(name: str, value: SecretValue) -> Any:
    from pypsrp.serializer import TaggedValue

    return TaggedValue("SS", _whole(name, value.reveal()))


def _credential(name: str, value: Credential) -> Any:
    from pypsrp.complex_objects import PSCredential

    made: Any = PSCredential  # has no types
    return made(username=_whole(name, value.username), password=_whole(name, value.password.reveal()))
