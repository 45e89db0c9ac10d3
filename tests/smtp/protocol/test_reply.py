"""The reply parser: the same replies however the bytes are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.smtp.protocol.reply import MAX_LINE, MAX_REPLY, Malformed, Replies, Reply, capabilities

LINES = st.one_of(
    st.builds(
        lambda code, mark, text, end: b"%d%b%b%b" % (code, mark, text, end),
        st.integers(200, 599),
        st.sampled_from([b" ", b"-", b""]),
        st.binary(max_size=12),
        st.sampled_from([b"\r\n", b"\n"]),
    ),
    st.sampled_from([b"250-a\r\n250 b\r\n", b"250-x\r\n", b"250 y\r\n"]),
    st.binary(max_size=20),
)


def parsed(chunks: list[bytes]) -> tuple[list[Reply], str | None, bytes]:
    replies, found = Replies(), []
    for chunk in chunks:
        replies.feed(chunk)
        try:
            while (reply := replies.take()) is not None:
                found.append(reply)
        except Malformed as error:
            return found, error.what, error.evidence
    return found, None, replies.pending


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


@given(st.lists(LINES, max_size=8), st.lists(st.integers(0, 500), max_size=10))
def test_any_cutting_of_the_bytes_gives_the_same_replies(lines: list[bytes], places: list[int]) -> None:
    stream = b"".join(lines)
    assert parsed(cut(stream, places)) == parsed([stream]) == parsed([bytes([byte]) for byte in stream])


def test_a_reply_of_many_lines_is_one_reply() -> None:
    found, fault, rest = parsed([b"250-relay\r\n250-SIZE 10\r\n250 HELP\r\n22"])
    assert found == [Reply(code=250, lines=(b"250-relay", b"250-SIZE 10", b"250 HELP"))]
    assert (fault, rest) == (None, b"22")


@pytest.mark.parametrize(
    "stream",
    [b"hello\r\n", b"25 ok\r\n", b"150 ok\r\n", b"999 ok\r\n", b"2500 ok\r\n", b"250_ok\r\n", b"\r\n"],
    ids=["text", "short code", "code 1xx", "code 9xx", "long code", "no blank", "empty"],
)
def test_what_is_no_reply_is_malformed(stream: bytes) -> None:
    assert parsed([stream])[1] == "not an SMTP reply"


def test_a_code_that_changes_is_malformed() -> None:
    assert parsed([b"250-a\r\n550 b\r\n"])[1] == "the code changes in the middle of a reply"


def test_a_line_without_end_is_malformed() -> None:
    assert parsed([b"220 " + b"x" * MAX_LINE])[1] == f"a line of more than {MAX_LINE} bytes"


def test_a_reply_without_end_is_malformed() -> None:
    assert parsed([b"250-x\r\n" * (MAX_REPLY // 6)])[1] == f"a reply of more than {MAX_REPLY} bytes"


@pytest.mark.parametrize(
    ("line", "offered"),
    [(b"250 AUTH PLAIN LOGIN", {"PLAIN", "LOGIN"}), (b"250 auth plain", {"PLAIN"}), (b"250 AUTH=LOGIN", {"LOGIN"})],
    ids=["as today", "small letters", "the old way"],
)
def test_capabilities_read_auth(line: bytes, offered: set[str]) -> None:
    assert capabilities(Reply(code=250, lines=(b"250-relay", line)))["AUTH"] == offered
