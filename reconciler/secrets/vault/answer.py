"""What Vault answered. Everything in it is checked where it is taken out: a proxy, a login page or a newer Vault may
answer with any shape."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from reconciler.errors import VaultAnswer
from reconciler.model.secret import SecretValue
from reconciler.secrets.vault import errors as vault_errors
from reconciler.secrets.vault.errors import Request

if TYPE_CHECKING:
    import hvac

# JSON's numbers are floats to most: a longer integer is another one by the time it arrives
EXACT = 2**53 - 1


class Found(Enum):
    YES = auto()
    NO = auto()  # 404, and the mount is there
    DENIED = auto()  # only when the caller can live with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`data` is a part of Vault's answer. Its methods raise VaultAnswer for another shape than is asked for."""

    request: Request
    found: Found = Found.YES
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    hints: tuple[str, ...] = ()

    def part(self, key: str) -> Answer:
        """A mapping below."""
        return Answer(request=self.request, found=self.found, data=self._is(key, Mapping, "an object"))

    def part_or_none(self, key: str) -> Answer | None:
        """None where the key is missing, or null."""
        return None if self.data.get(key) is None else self.part(key)

    def text(self, key: str) -> str:
        return str(self._is(key, str, "text"))

    def number(self, key: str) -> int:
        """Whole. Raises VaultAnswer, which is what `odd` makes."""
        found = self._is(key, int, "a number")
        if isinstance(found, bool):
            raise self.odd(key, found, "a number")
        return int(found)

    def names(self, key: str) -> tuple[str, ...]:
        """A list of texts. Raises VaultAnswer, which is what `odd` makes."""
        found = self._is(key, list, "a list of names")
        if not all(isinstance(name, str) for name in found):
            raise self.odd(key, found, "a list of names")
        return tuple(found)

    def odd(self, key: str, found: object, wanted: str) -> VaultAnswer:
        return vault_errors.odd(self.request, f"{key} is {_kind(found)}, and should be {wanted}")

    def _is(self, key: str, kind: type[Any], wanted: str) -> Any:
        found = self.data.get(key)
        if not isinstance(found, kind):
            raise self.odd(key, found, wanted)
        return found


def asked(
    client: hvac.Client,
    request: Request,
    sent: Mapping[str, Any],
    *,
    accept: Container[int] = (),
    hidden: Iterable[SecretValue] = (),
) -> Mapping[str, Any]:
    """One exchange: the JSON object, empty for 204; of a refusal too where its status is in `accept`.

    `hidden` are the secrets in it: like the token, they are in no error, whatever the server repeats.

    Raises what hvac and `network.failure` raise for a refusal and for no answer, and VaultUnreachable or VaultAnswer
    for an answer that is none of Vault's.
    """
    from urllib.parse import quote

    import requests

    path = f"/v1/{quote(request.path)}"
    try:
        found = client.adapter.request(request.method, path, raise_exception=False, **sent)
    except RecursionError:  # of the JSON parser
        raise vault_errors.odd(request, "it is nested too deep") from None
    if isinstance(found, Mapping):
        return found
    if not isinstance(found, requests.Response):
        raise vault_errors.odd(request, f"it is {_kind(found)}, and should be an object")
    if found.is_redirect:
        raise vault_errors.redirected(request, found.headers.get("Location", ""))
    if found.status_code in accept and (body := vault_errors.body(found)):
        return body
    if found.status_code >= 400:
        token = [SecretValue(client.token)] if client.token else []
        raise vault_errors.refused_by(found, request, [*hidden, *token])
    if found.status_code != 204:
        raise vault_errors.not_vault(request)
    return {}


def whole(request: Request, found: Mapping[str, Any], key: str = "data") -> Answer:
    """The part `key` of an answer, empty where Vault left it out or says null."""
    answer = Answer(request=request, data=found)
    part = answer.part_or_none(key)
    hints = found.get("warnings")
    told = tuple(hint for hint in hints if isinstance(hint, str)) if isinstance(hints, list) else ()
    return Answer(request=request, data=part.data if part else {}, hints=told)


def _kind(found: object) -> str:
    kinds = {bool: "true or false", str: "text", list: "a list", type(None): "missing or null"}
    return kinds.get(type(found), "an object" if isinstance(found, Mapping) else "a number")
