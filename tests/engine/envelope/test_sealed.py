"""engine/envelope: what is opened is what was sealed, and it is a JWT that others can check."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sealing import JTI, NOW, answer, coordinators, pair, parts, request

from reconciler.engine.envelope import jws, sealed
from reconciler.engine.envelope.forged import Forged
from reconciler.engine.envelope.message import Answer, Op, Request, Role, Status

WHOLE = st.integers(1, 2**53)
NAMES = st.from_regex(r"[!-~]{1,200}", fullmatch=True)
RUNS = st.text(min_size=1, max_size=20).filter(str.isprintable)
JTIS = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
TREES = st.recursive(
    LEAVES | st.text(max_size=20),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=10), below, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.text(max_size=10), TREES, max_size=3)
BODIES = st.lists(DOCUMENTS, max_size=3).map(tuple)
BOTH: dict[str, Any] = {"jti": JTIS, "run": RUNS, "seq": WHOLE, "protocol": WHOLE, "body": BODIES}
REQUESTS = st.builds(
    request,
    **BOTH,
    fence=WHOLE,
    reply=NAMES,
    op=st.sampled_from([Op.WRITE, Op.READ, Op.PROVE, Op.SETTLE, Op.STOP, Op.VERSIONS]),
    platforms=st.dictionaries(st.text(), st.text(), max_size=2),
)
ANSWERS = st.builds(answer, **BOTH, of=JTIS) | st.builds(
    answer,
    **{**BOTH, "body": st.just(())},
    of=JTIS,
    status=st.sampled_from([Status.REFUSED, Status.INTERRUPTED, Status.FENCED]),
    why=DOCUMENTS,
)


def opened(token: str, now: float = NOW, zone: str = "dmz") -> Request:
    return sealed.opened_request(token, coordinators(), zone, now)


@given(sent=REQUESTS)
def test_a_request_is_opened_as_it_was_sealed(sent: Request) -> None:
    assert opened(sealed.seal(sent, pair("apply").private)) == sent


@given(sent=ANSWERS)
def test_an_answer_is_opened_as_it_was_sealed(sent: Answer) -> None:
    asked = request(jti=sent.of, run=sent.run, seq=sent.seq)
    token = sealed.seal(sent, pair("dmz").private)
    assert sealed.opened_answer(token, pair("dmz").public, asked, NOW + 2) == sent
    assert sealed.answered(token) == sent.of


def test_a_text_that_a_unit_names_goes_with_it() -> None:
    text = "-----BEGIN CERTIFICATE-----"
    files = {hashlib.sha256(text.encode()).hexdigest(): text}
    assert opened(sealed.seal(request(files=files), pair("apply").private)).files == files


def test_any_library_can_check_it() -> None:
    token = sealed.seal(request(issued=1, deadline=3600), pair("apply").private)
    found = jwt.decode(
        token, pair("apply").public_pem, algorithms=["EdDSA"], audience="dmz", options={"verify_exp": False}
    )
    assert found["jti"] == JTI
    assert parts(token)[0] == {"alg": "EdDSA", "kid": pair("apply").public.kid, "typ": "reconciler-request+jwt"}


@pytest.mark.parametrize("now", [NOW - sealed.LEEWAY, NOW, NOW + 60 + sealed.LEEWAY])
def test_clocks_of_two_networks_may_differ_a_little(now: float) -> None:
    assert opened(sealed.seal(request(), pair("apply").private), now) == request()


@pytest.mark.parametrize(
    ("sent", "may"),
    [
        (request(role=Role.READ, op=Op.READ, fence=0), "plan"),
        (request(role=Role.READ, op=Op.VERSIONS, fence=0), "plan"),
        (request(role=Role.READ, op=Op.STOP, fence=0), "plan"),
        (request(role=Role.READ, op=Op.PROVE, fence=0), "apply"),
        (request(op=Op.READ), "apply"),
        (request(op=Op.SETTLE), "apply"),
        (request(op=Op.STOP), "apply"),
    ],
    ids=lambda one: f"{one.op}-{one.role}" if isinstance(one, Request) else one,
)
def test_a_key_carries_what_it_may(sent: Request, may: str) -> None:
    assert opened(sealed.seal(sent, pair(may).private)) == sent


@pytest.mark.parametrize(
    ("message", "what"),
    [
        (request(zone="DMZ"), "aud is not text like"),
        (request(deadline=NOW), "exp is not within 3600 s after iat"),
        (request(deadline=NOW + 3601), "exp is not within 3600 s after iat"),
        (request(files={"0" * 64: "another text"}), "files is not texts by their SHA-256"),
        (answer(status=Status.REFUSED), "status is refused, and why is null"),
        (answer(why={"rule": "x"}), "status is done, and why is not null"),
        (answer(why={"rule": "x"}, status=Status.FENCED), "status is fenced, and body is not empty"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_nobody_would_open_is_not_sealed(message: Request | Answer, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        sealed.seal(message, pair("apply").private)


def test_a_message_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    token = sealed.seal(request(), pair("apply").private)
    monkeypatch.setattr(jws, "LIMIT", len(token) - 1)
    with pytest.raises(ValueError, match=f"a message of {len(token)} characters is too long"):
        sealed.seal(request(), pair("apply").private)
    with pytest.raises(Forged, match=f"it has {len(token)} characters: at most {len(token) - 1}"):
        opened(token)


def test_an_answer_to_another_request_is_not_taken() -> None:
    token = sealed.seal(answer(), pair("dmz").private)
    with pytest.raises(Forged, match="iss is not 'plant'"):
        sealed.opened_answer(token, pair("dmz").public, replace(request(), zone="plant"), NOW)


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "ä.ö.ü", "...", "e30.e30.e30"])
def test_text_that_is_no_message_is_for_nobody(text: str) -> None:
    assert sealed.answered(text) is None
