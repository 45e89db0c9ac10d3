"""A signed text, as RFC 7515 and 8037 have it, and only in the one form that we write: anything else is refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from jwt import get_algorithm_by_name

from reconciler.engine.envelope.forged import Forged

if TYPE_CHECKING:
    from reconciler.engine.envelope.keys import PrivateKey, PublicKey

LIMIT = 15 * 2**20  # characters of a message: RabbitMQ 4 takes 16 MiB, and 2,000 relays and their results need this
_ALG = "EdDSA"
_EDDSA = get_algorithm_by_name(_ALG)
_HEADER = frozenset({"alg", "kid", "typ"})


def signed(claims: Mapping[str, Any], typ: str, key: PrivateKey) -> str:
    """Raises ValueError for what no reader would take: too much of it, or a number that JSON has no word for."""
    header = {"alg": _ALG, "kid": key.kid, "typ": typ}
    signing = f"{_segment(_json(header))}.{_segment(_json(claims))}"
    token = f"{signing}.{_segment(_EDDSA.sign(signing.encode(), key.key))}"
    if len(token) > LIMIT:
        raise ValueError(f"a message of {len(token)} characters is too long: at most {LIMIT}")
    return token


def verified(token: object, typ: str, key: Callable[[str], PublicKey | None]) -> dict[str, Any]:
    """The claims, once the signature holds. `key` knows keys by their `kid`. Raises Forged."""
    if type(token) is not str or not token.isascii():
        raise Forged("it is no plain text")
    if len(token) > LIMIT:
        raise Forged(f"it has {len(token)} characters: at most {LIMIT}")
    parts = token.split(".")
    if len(parts) != 3:
        raise Forged(f"it has {len(parts)} parts: header, claims and signature are three")
    known = _key(_object(_bytes(parts[0], "the header"), "the header"), typ, key)
    if not _EDDSA.verify(f"{parts[0]}.{parts[1]}".encode(), known.key, _bytes(parts[2], "the signature")):
        raise Forged("the signature is not that of its key")
    return _object(_bytes(parts[1], "the claims"), "the claims")


def unverified(token: str) -> Mapping[str, Any]:
    """What it says without a proof: good to find out what it is to be checked against. Empty for what is no message."""
    parts = token.split(".")
    try:
        return _object(_bytes(parts[1], "the claims"), "the claims") if len(parts) == 3 and len(token) <= LIMIT else {}
    except Forged:
        return {}


def _key(header: Mapping[str, Any], typ: str, key: Callable[[str], PublicKey | None]) -> PublicKey:
    if odd := sorted(_HEADER ^ header.keys()):
        raise Forged(f"the header has {odd[0]}" if odd[0] in header else f"the header has no {odd[0]}")
    if header["alg"] != _ALG:
        raise Forged(f"alg is not {_ALG}")
    if header["typ"] != typ:
        raise Forged(f"typ is not {typ}")
    known = key(header["kid"]) if type(header["kid"]) is str else None
    if known is None:
        raise Forged("kid names no key that is known here")
    return known


def _json(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":"), allow_nan=False).encode()


def _segment(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(segment: str, what: str) -> bytes:
    """Python reads over what is not of the alphabet: so it has to be as we would write it."""
    try:
        found = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        found = b""
    if not found or _segment(found) != segment:
        raise Forged(f"{what} is not base64url, without padding")
    return found


def _object(data: bytes, what: str) -> dict[str, Any]:
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Forged(f"{what} cannot be read as JSON") from None
    if type(found) is not dict:
        raise Forged(f"{what} is no JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise Forged(f"{next(one for one in names if names.count(one) > 1)!r:.60} is there twice")
    return found


def _no_number(word: str) -> NoReturn:
    raise Forged(f"{word} is no number in JSON")
