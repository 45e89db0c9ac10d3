"""What holds for every server: how bytes are cut makes no difference, one AUTH at most, and no secret comes back."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.handshake import Auth, Encryption, Handshake, Level, Relay
from reconciler.model.secret import SecretValue
from reconciler.smtp.protocol.wire import Wire
from reconciler.smtp.record.log import Log, Timeouts
from reconciler.smtp.route import reach
from reconciler.smtp.session.handshake import handshakes
from reconciler.views.handshakes import text as view
from reconciler.views.paper import Paper

SECRET = "s3cret+Pässwörd/?1"
TOKEN = "eyJhbGciOiJub25lIn0.c2VjcmV0Pz8_.dG9rZW4-dG9rZW4"
PATIENT = Timeouts(total=30)  # the server answers or hangs up at once: only a mistake waits
RELAY = Relay(
    name="main",
    host="127.0.0.1",
    port=2525,
    encryption=Encryption.NONE,
    auth=Auth.BASIC,
    username="shop",
    ehlo_name="client.example.com",
    sender="a@example.com",
    recipient="b@example.com",
    level=Level.MESSAGE,
)

CODES = st.sampled_from([220, 235, 250, 251, 334, 354, 421, 432, 451, 454, 500, 504, 530, 535, 550, 554])
WORDS = st.sampled_from(["ok", "AUTH PLAIN", "AUTH LOGIN CRAM-MD5", "AUTH=LOGIN", "PDEyM0ByZWxheT4=", "5.7.139 no", ""])
REPLIES = st.builds(
    lambda code, words: "".join(f"{code}{' ' if last else '-'}{word}\r\n" for last, word in _marked(words)),
    CODES,
    st.lists(WORDS, min_size=1, max_size=3),
)
# servers that go along for a while reach the interesting places more often
LIKELY = st.sampled_from(
    [
        ["220 hi\r\n", "250-hi\r\n250 AUTH PLAIN\r\n", "235 in\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"],
        ["220 hi\r\n", "250-hi\r\n250 AUTH LOGIN\r\n", "334 VQ==\r\n", "334 UA==\r\n"],
        ["220 hi\r\n", "250-hi\r\n250 AUTH CRAM-MD5\r\n", "334 PDEyM0ByZWxheT4=\r\n"],
        ["220 hi\r\n", "250-hi\r\n250 AUTH XOAUTH2 OAUTHBEARER\r\n", "334 eyJzdGF0dXMiOiI0MDEifQ==\r\n"],
        [],
    ]
)
SCRIPTS = st.builds(lambda first, rest: [*first, *rest], LIKELY, st.lists(REPLIES, max_size=6))


def _marked(words: Sequence[str]) -> list[tuple[bool, str]]:
    return [(at == len(words) - 1, word) for at, word in enumerate(words)]


@dataclass
class Server(asyncio.Transport):
    """Answers each line with the next reply, in pieces, and keeps what it was told."""

    replies: list[str]
    cuts: list[int]
    wire: Wire
    told: bytes = b""
    waiting: list[bytes] = field(default_factory=list)
    gone: bool = False

    def write(self, data: Any) -> None:
        self.told += bytes(data)
        self.speak()
        if self.told.endswith(b"QUIT\r\n"):  # as most servers do; where one stays, the session waits a while
            asyncio.get_running_loop().call_soon(self.leave)

    def speak(self) -> None:
        if not self.replies:  # it hangs up; silence would let the clock decide what is found
            asyncio.get_running_loop().call_soon(self.leave)
            return
        whole = self.replies.pop(0).encode()
        edges = [0, *sorted({cut % (len(whole) + 1) for cut in self.cuts}), len(whole)]
        self.waiting += [whole[start:end] for start, end in pairwise(edges)]
        asyncio.get_running_loop().call_soon(self.drip)

    def drip(self) -> None:
        if self.waiting:
            self.wire.data_received(self.waiting.pop(0))
            asyncio.get_running_loop().call_soon(self.drip)

    def leave(self) -> None:
        if self.waiting:
            asyncio.get_running_loop().call_soon(self.leave)
        else:
            self.abort()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name == "sockname" else None

    def abort(self) -> None:
        if not self.gone:
            self.gone = True
            self.wire.connection_lost(None)


def shaken(
    relay: Relay, secret: str, replies: list[str], cuts: list[int], heard: list[str] | None = None
) -> tuple[Handshake, bytes]:
    servers: list[Server] = []

    async def connected(relay: Relay, timeouts: Timeouts, log: Log) -> Wire:
        wire = Wire()
        servers.append(Server(replies=list(replies), cuts=cuts, wire=wire))
        wire.connection_made(servers[0])
        servers[0].speak()
        return wire

    tell = None if heard is None else heard.append
    with patch.object(reach, "connected", connected):
        work = handshakes((relay,), SecretValue(secret), plaintext_allowed=True, timeouts=PATIENT, tell=tell)
        found = asyncio.run(work)[relay]
    return found, servers[0].told if servers else b""


def judged(found: Handshake) -> list[tuple[str, str, str | None]]:
    """Without times and without the message's id."""
    return [(one.id, str(one.status), one.evidence) for one in found.checks if one.id != "SMTP900"]


RELAYS = st.sampled_from([(RELAY, SECRET), (replace(RELAY, auth=Auth.OAUTH2), TOKEN)])


@settings(max_examples=150, deadline=None)
@given(RELAYS, SCRIPTS, st.lists(st.integers(0, 60), max_size=6))
def test_any_cutting_of_the_servers_bytes_gives_the_same_result(
    case: tuple[Relay, str], replies: list[str], cuts: list[int]
) -> None:
    whole, first = shaken(*case, replies, [])
    pieces, second = shaken(*case, replies, cuts)
    assert judged(whole) == judged(pieces)
    assert first.count(b"\r\n") == second.count(b"\r\n")


@settings(max_examples=150, deadline=None)
@given(RELAYS, SCRIPTS)
def test_there_is_one_auth_at_most(case: tuple[Relay, str], replies: list[str]) -> None:
    _, told = shaken(*case, replies, [])
    assert sum(line.startswith(b"AUTH") for line in told.split(b"\r\n")) <= 1


def forms(secret: str) -> list[str]:
    raw = secret.encode()
    sasl = [f"\0shop\0{secret}", f"user=shop\1auth=Bearer {secret}\1\1", secret]
    sasl.append(f"n,a=shop,\1host=127.0.0.1\1port=2525\1auth=Bearer {secret}\1\1")
    encoded = [b64encode(text.encode()).decode() for text in sasl]
    return [
        secret,
        quote(secret, safe=""),
        raw.hex(),
        json.dumps(secret)[1:-1],
        *encoded,
        urlsafe_b64encode(raw).decode(),
    ]


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([(RELAY, SECRET, "PLAIN"), (replace(RELAY, auth=Auth.OAUTH2), TOKEN, "XOAUTH2")]),
    st.data(),
    st.sampled_from([b64encode, urlsafe_b64encode]),
    st.binary(max_size=5),
)
def test_a_server_that_repeats_the_secret_in_any_way_does_not_bring_it_out(
    case: tuple[Relay, str, str], data: st.DataObject, encode: Any, around: bytes
) -> None:
    relay, secret, mechanism = case
    echo = data.draw(st.sampled_from([*forms(secret), encode(around + secret.encode() + around).decode()]))
    replies = ["220 hi\r\n", f"250-hi\r\n250 AUTH {mechanism}\r\n", f"535-5.7.8 {echo}\r\n535 {echo} no\r\n"]
    heard: list[str] = []
    found, _ = shaken(relay, secret, replies, [], heard)
    out = (
        "\n".join(heard),
        repr(found),
        json.dumps(view.document([found])),
        view.text([found], Paper(width=400)),
    )
    inside = encode(around + secret.encode() + around).decode()[8:-8]
    assert not any(form in text for form in (*forms(secret), inside) for text in out)
    assert all("***" in text for text in out[:2])


@settings(max_examples=100, deadline=None)
@given(RELAYS, SCRIPTS, st.lists(st.integers(0, 60), max_size=6))
def test_no_transcript_holds_a_credential(case: tuple[Relay, str], replies: list[str], cuts: list[int]) -> None:
    heard: list[str] = []
    shaken(*case, replies, cuts, heard)
    user = b64encode(b"shop").decode()
    assert not any(form in line for form in (*forms(case[1]), user) for line in heard)
    assert sum(line.startswith(" -> AUTH") for line in heard) <= 1
