"""Messages to signed text and back. What is opened is exactly what its sender meant, for this reader, now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reconciler.engine.envelope import fields, jws
from reconciler.engine.envelope.forged import Forged
from reconciler.engine.envelope.message import COORDINATOR, Answer, Op, Request, Role

if TYPE_CHECKING:
    from reconciler.engine.envelope.keys import Coordinator, PrivateKey, PublicKey

LEEWAY = 10.0  # seconds by which clocks of two networks may differ
_REQUEST, _ANSWER = "reconciler-request+jwt", "reconciler-answer+jwt"
_NEEDS = {Op.READ: "read", Op.VERSIONS: "read", Op.PROVE: "prove", Op.WRITE: "write", Op.SETTLE: "write"}


def seal(message: Request | Answer, key: PrivateKey) -> str:
    """Raises ValueError for a message that its reader would refuse."""
    claims, asks = fields.claims(message), isinstance(message, Request)
    try:
        (fields.request if asks else fields.answer)(claims)
    except Forged as error:
        raise ValueError(error.what) from None
    return jws.signed(claims, _REQUEST if asks else _ANSWER, key)


def opened_request(token: object, keys: Mapping[str, Coordinator], zone: str, now: float) -> Request:
    """`keys` by their `kid`; `now` in seconds since the epoch. Raises Forged."""
    used: list[Coordinator] = []

    def key(kid: str) -> PublicKey | None:
        used.extend([keys[kid]] if kid in keys else [])
        return used[0].key if used else None

    claims = jws.verified(token, _REQUEST, key)
    request = fields.request(claims)
    _equal(claims, iss=COORDINATOR, aud=zone)
    _in_time(request, now)
    _allowed(request, used[0].may)
    return request


def opened_answer(token: object, key: PublicKey, request: Request, now: float) -> Answer:
    """`key` is that of the zone's workers, `request` what was sent; `now` in seconds since the epoch. Raises Forged."""
    claims = jws.verified(token, _ANSWER, lambda kid: key if kid == key.kid else None)
    answer = fields.answer(claims)
    _equal(claims, iss=request.zone, aud=COORDINATOR, of=request.jti, run=request.run, seq=request.seq)
    _in_time(answer, now)
    if answer.issued < request.issued - LEEWAY:
        raise Forged("iat is before that of the request")
    return answer


def answered(token: str) -> str | None:
    """The `jti` that an answer says it is for, before anything is checked: to find the request to check it against."""
    of = jws.unverified(token).get("of")
    return of if isinstance(of, str) else None


def _equal(claims: Mapping[str, Any], **wanted: str | int) -> None:
    for name, value in wanted.items():
        if claims[name] != value:
            raise Forged(f"{name} is not {value!r}")


def _in_time(message: Request | Answer, now: float) -> None:
    if message.issued > now + LEEWAY:
        raise Forged(f"iat lies {message.issued - now:.0f} s ahead: it is forged, or the clocks of two networks differ")
    if message.deadline < now - LEEWAY:
        raise Forged(f"exp was {now - message.deadline:.0f} s ago")


def _allowed(request: Request, may: frozenset[str]) -> None:
    if request.role is Role.WRITE and "write" not in may:
        raise Forged("role is write, and its key may not write")
    needs = _NEEDS.get(request.op)
    if needs is not None and needs not in may:
        raise Forged(f"op is {request.op}, and its key may not {needs}")
    if needs == "write" and request.role is not Role.WRITE:
        raise Forged(f"op is {request.op}, and its role is {request.role}")
    if needs == "write" and not request.fence:
        raise Forged(f"op is {request.op}, and fence is 0: nothing is written without a lease")
