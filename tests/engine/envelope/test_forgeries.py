"""engine/envelope: each field of a message dropped, of another type, changed, or signed by others. None is believed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from support.sealing import JTI, NOW, OTHER_JTI, Pair, answer, by_hand, coordinators, pair, parts, request, segment

from reconciler.engine.envelope import sealed
from reconciler.engine.envelope.forged import Forged
from reconciler.engine.envelope.message import Answer, Op, Request, Role

APPLY, PLAN, DMZ, PLANT = (pair(name) for name in ("apply", "plan", "dmz", "plant"))
REQUEST, ANSWER = sealed.seal(request(), APPLY.private), sealed.seal(answer(), DMZ.private)
PLANS = sealed.seal(request(role=Role.READ, op=Op.READ, fence=0), PLAN.private)
NOT_SIGNED = "the signature is not that of its key"
NO_KEY = "kid names no key that is known here"
Case = tuple[str, str]

# of every type that JSON has; a field takes one of them, `why` two
TYPES: tuple[Any, ...] = (
    None,
    True,
    7,
    7.0,
    "text that no field has like this\n",
    [],
    [1],
    {},
    {"a": 1},
    -1,
    2**53 + 1,
)
FITS: Mapping[str, tuple[Any, ...]] = {
    "body": ([],),
    "platforms": ({},),
    "files": ({},),
    "why": (None, {}, {"a": 1}),
    **dict.fromkeys(("iat", "exp", "fence", "seq", "protocol"), (7,)),
}
# other values that are well formed, and well signed by the right key: not for this reader, or not now
SIGNED_REQUEST = {
    "iss": ("dmz", "iss is not text like coordinator"),
    "aud": ("plant", "aud is not 'dmz'"),
    "iat": (NOW + 11, "iat lies 11 s ahead: it is forged, or the clocks of two networks differ"),
    "exp": (NOW + 3601, "exp is not within 3600 s after iat"),
    "role": ("read", "op is write, and its role is read"),
    "fence": (0, "op is write, and fence is 0: nothing is written without a lease"),
    "op": ("delete", "op is not one of prove, read, settle, stop, versions, write"),
    "files": ({hashlib.sha256(b"a").hexdigest(): "b"}, "files is not texts by their SHA-256"),
}
SIGNED_ANSWER = {
    "iss": ("plant", "iss is not 'dmz'"),
    "aud": ("dmz", "aud is not text like coordinator"),
    "of": (OTHER_JTI, f"of is not '{JTI}'"),
    "run": ("local-2", "run is not 'local-020158'"),
    "seq": (4, "seq is not 3"),
    "iat": (NOW - 11, "iat is before that of the request"),
    "exp": (NOW, "exp is not within 3600 s after iat"),
    "status": ("fenced", "status is fenced, and why is null"),
    "why": ({"rule": "x"}, "status is done, and why is not null"),
}


def claims_of(token: str) -> Iterator[Case]:
    """Each field of the claims, in each way."""
    header, claims = parts(token)
    right, other, named = (APPLY, PLAN, "") if token is REQUEST else (DMZ, PLANT, "answer-")
    known = SIGNED_REQUEST if token is REQUEST else SIGNED_ANSWER
    for name, value in claims.items():
        less = {key: one for key, one in claims.items() if key != name}
        yield by_hand(header, less, right), f"{name} is missing"
        for wrong in TYPES:
            if not any(type(wrong) is type(fit) and wrong == fit for fit in FITS.get(name, ())):
                yield by_hand(header, {**claims, name: wrong}, right), f"{name} is not "
        changed = {**claims, name: _another(value)}
        yield unsigned(token, claims=changed), NOT_SIGNED
        yield by_hand(header, changed, other), NOT_SIGNED
        if name in known:
            yield by_hand(header, {**claims, name: known[name][0]}, right), known[name][1]
    yield by_hand(header, {**claims, "admin": True}, right), "'admin' is no claim of ours"
    assert known.keys() <= claims.keys(), named


def _another(value: Any) -> Any:
    """Well formed too, where that is easy."""
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value[::-1]
    return [{}] if isinstance(value, list) else {"a": "b"}


def unsigned(token: str, *, header: Any = None, claims: Any = None) -> str:
    """With the signature that it had."""
    of_header, of_claims, signature = token.split(".")
    changed = [
        of if one is None else segment(json.dumps(one).encode())
        for of, one in ((of_header, header), (of_claims, claims))
    ]
    return ".".join([*changed, signature])


def headers(token: str, right: Pair, typ: str) -> Iterator[Case]:
    header, claims = parts(token)
    for name in header:
        less = {key: one for key, one in header.items() if key != name}
        yield by_hand(less, claims, right), f"the header has no {name}"
        for wrong in (None, True, 7, [], {}):
            yield by_hand({**header, name: wrong}, claims, right), NO_KEY if name == "kid" else f"{name} is not "
        yield (
            unsigned(token, header={**header, name: header[name][::-1]}),
            NO_KEY if name == "kid" else f"{name} is not ",
        )
    for extra, value in (
        ("b64", False),
        ("crit", ["b64"]),
        ("jwk", {}),
        ("jku", "https://x"),
        ("x5c", []),
        ("cty", "JWT"),
    ):
        yield by_hand({**header, extra: value}, claims, right), f"the header has {extra}"
    yield by_hand({**header, "typ": "JWT"}, claims, right), f"typ is not {typ}"
    yield by_hand({**header, "alg": "none"}, claims, right), "alg is not EdDSA"
    yield by_hand({**header, "alg": "eddsa"}, claims, right), "alg is not EdDSA"
    yield f"{unsigned(token, header={'alg': 'none'}).rpartition('.')[0]}.", "the header has no kid"
    yield by_hmac(header, claims, right), "alg is not EdDSA"
    yield by_hmac({**header, "alg": "EdDSA"}, claims, right, says="EdDSA"), NOT_SIGNED


def by_hmac(header: Mapping[str, Any], claims: Any, key: Pair, says: str = "HS256") -> str:
    """The public key as a secret, which everybody knows."""
    signing = ".".join(segment(json.dumps(one).encode()) for one in ({**header, "alg": says}, claims))
    return f"{signing}.{segment(hmac.digest(key.public_pem.encode(), signing.encode(), 'sha256'))}"


def texts(token: str, right: Pair) -> Iterator[Case]:
    """What is no message of ours in its form."""
    header, claims = parts(token)
    first, second, signature = token.split(".")
    plain = json.dumps(claims).encode()
    twice = plain.replace(b'"run":', b'"run": "other", "run":')
    deep = plain.replace(b'"run":', b'"deep": ' + b"[" * 100_000 + b"]" * 100_000 + b', "run":')
    yield by_hand(header, twice, right), "'run' is there twice"
    yield (
        by_hand(json.dumps(header).encode().replace(b"{", b'{"alg": "none", ', 1), claims, right),
        "'alg' is there twice",
    )
    yield by_hand(header, plain.replace(b'"seq": 3', b'"seq": NaN'), right), "NaN is no number in JSON"
    yield (
        by_hand(header, plain.replace(b'"seq": 3', b'"seq": ' + b"9" * 5000), right),
        "the claims cannot be read as JSON",
    )
    yield by_hand(header, deep, right), "the claims cannot be read as JSON"
    yield by_hand(header, plain.decode().encode("utf-16"), right), "the claims cannot be read as JSON"
    yield by_hand(header, plain + b" x", right), "the claims cannot be read as JSON"
    yield by_hand(header, b"[]", right), "the claims is no JSON object"
    yield by_hand(b"7", claims, right), "the header is no JSON object"
    yield by_hand(header, {}, right), " is missing"
    for tail, what in (("=", "the signature"), ("\n", "the signature"), ("!", "the signature")):
        yield token + tail, f"{what} is not base64url, without padding"
    yield f"{first}.{second} .{signature}", NOT_SIGNED
    yield f"{first}=.{second}.{signature}", "the header is not base64url, without padding"
    yield f"{first}.{second}.{_sloppy(signature)}", "the signature is not base64url, without padding"
    yield f"{first}.{second}.", "the signature is not base64url, without padding"
    yield f"{first}.{second}.{segment(bytes(64))}", NOT_SIGNED
    yield f"{first}.{second}.{segment(bytes(63))}", NOT_SIGNED
    yield token + "A", NOT_SIGNED
    yield f"{token}.{signature}", "it has 4 parts: header, claims and signature are three"
    yield f"{first}.{second}", "it has 2 parts: header, claims and signature are three"
    yield "", "it has 1 parts: header, claims and signature are three"
    yield token.replace(".", "。"), "it is no plain text"


def _sloppy(signature: str) -> str:
    """64 bytes leave four bits of the last letter unused: what they say does not matter to most readers."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return signature[:-1] + alphabet[alphabet.index(signature[-1]) ^ 1]


def requests() -> Iterator[Case]:
    header, claims = parts(REQUEST)
    yield from claims_of(REQUEST)
    yield from headers(REQUEST, APPLY, "reconciler-request+jwt")
    yield from texts(REQUEST, APPLY)
    yield ANSWER, "typ is not reconciler-request+jwt"
    yield by_hand(header, claims, DMZ), NOT_SIGNED
    for other in (DMZ, PLANT, pair("nobody")):
        yield by_hand({**header, "kid": other.public.kid}, claims, other), NO_KEY
    yield from plans()


def plans() -> Iterator[Case]:
    """The key of plan means to read, whatever it signs."""
    header, claims = parts(PLANS)
    yield by_hand(header, {**claims, "role": "write"}, PLAN), "role is write, and its key may not write"
    for op, needs in (("write", "write"), ("settle", "write"), ("prove", "prove")):
        yield by_hand(header, {**claims, "op": op}, PLAN), f"op is {op}, and its key may not {needs}"
        yield (
            by_hand(header, {**claims, "op": op, "role": "write", "fence": 9}, PLAN),
            "role is write, and its key may not write",
        )


def answers() -> Iterator[Case]:
    header, claims = parts(ANSWER)
    yield from claims_of(ANSWER)
    yield from headers(ANSWER, DMZ, "reconciler-answer+jwt")
    yield from texts(ANSWER, DMZ)
    yield REQUEST, "typ is not reconciler-answer+jwt"
    yield by_hand(header, claims, PLANT), NOT_SIGNED
    for other in (PLANT, APPLY, PLAN):
        yield by_hand({**header, "kid": other.public.kid}, claims, other), NO_KEY


def wrong_as_request(token: object, now: float = NOW) -> str:
    with pytest.raises(Forged) as raised:
        sealed.opened_request(token, coordinators(), "dmz", now)
    return raised.value.what


def wrong_as_answer(token: object, now: float = NOW) -> str:
    with pytest.raises(Forged) as raised:
        sealed.opened_answer(token, DMZ.public, request(), now)
    return raised.value.what


def test_no_forged_request_is_believed_and_each_is_refused_for_what_it_is() -> None:
    cases = list(requests())
    assert len(cases) > 280
    assert [(what, said) for token, what in cases if what not in (said := wrong_as_request(token))] == []


def test_no_forged_answer_is_believed_and_each_is_refused_for_what_it_is() -> None:
    cases = list(answers())
    assert len(cases) > 200
    assert [(what, said) for token, what in cases if what not in (said := wrong_as_answer(token))] == []


def test_the_messages_that_are_forged_here_would_else_be_believed() -> None:
    """A table whose messages were wrong anyway would show nothing."""
    for token, key in ((REQUEST, APPLY), (PLANS, PLAN)):
        assert isinstance(sealed.opened_request(by_hand(*parts(token), key), coordinators(), "dmz", NOW), Request)
    assert isinstance(sealed.opened_answer(by_hand(*parts(ANSWER), DMZ), DMZ.public, request(), NOW), Answer)


@pytest.mark.parametrize(
    "token", [None, 7, REQUEST.encode(), [REQUEST], {"token": REQUEST}], ids=lambda one: type(one).__name__
)
def test_a_message_is_text(token: object) -> None:
    assert wrong_as_request(token) == wrong_as_answer(token) == "it is no plain text"


def test_an_old_message_is_no_message() -> None:
    assert wrong_as_request(REQUEST, NOW + 71) == "exp was 11 s ago"
    assert wrong_as_answer(ANSWER, NOW + 1812) == "exp was 12 s ago"
    assert wrong_as_answer(ANSWER, NOW - 11).startswith("iat lies 12 s ahead")


def test_what_is_refused_is_not_repeated() -> None:
    """It may be a secret that went astray."""
    header, claims = parts(REQUEST)
    for name in claims:
        assert "canary" not in wrong_as_request(by_hand(header, {**claims, name: ["canary"]}, APPLY))
