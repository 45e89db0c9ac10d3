"""No form of a secret survives in what a server says back."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.secret import SecretValue
from reconciler.smtp.record.evidence import LIMIT, Evidence

SECRET = "s3cret-Pässwörd"


@pytest.mark.parametrize(
    "form",
    [
        SECRET.encode(),
        SECRET.encode("latin-1"),
        SECRET.upper().encode(),
        b64encode(SECRET.encode()),
        b64encode(f"\0shop\0{SECRET}".encode()),
        b64encode(SECRET.encode()).rstrip(b"="),
        quote(SECRET).encode(),
        SECRET.encode().hex().encode(),
    ],
    ids=["text", "latin-1", "capitals", "base64", "PLAIN", "unpadded", "url", "hex"],
)
def test_a_secret_that_the_server_repeats_is_hidden(form: bytes) -> None:
    evidence = Evidence("shop", SecretValue(SECRET))
    assert evidence.text(b"535 unknown <" + form + b"> for shop") == "535 unknown <***> for shop"


@given(st.text(st.characters(codec="utf-8", exclude_characters="*\n"), min_size=1), st.binary(max_size=40))
def test_no_secret_is_ever_shown(secret: str, around: bytes) -> None:
    evidence = Evidence("shop", SecretValue(secret))
    assert secret not in evidence.text(around + secret.encode() + around)
    assert secret not in evidence.raw(around + secret.encode() + around)


def test_each_line_of_a_secret_of_many_lines_is_hidden() -> None:
    evidence = Evidence("shop", SecretValue("first\nsecond\n"))
    assert evidence.text(b"535 first\nsecond\n!") == "535 ***\n***\n!"
    assert evidence.raw(b"first\nsecond\n!") == "***!"


def test_a_secret_at_the_cut_is_hidden_first() -> None:
    evidence = Evidence("shop", SecretValue("hunter22"))
    assert "hunter" not in evidence.text(b"x" * (LIMIT - 4) + b"hunter22")


def test_control_characters_of_the_server_are_shown_and_not_obeyed() -> None:
    shown = Evidence(None, None).raw(b"250 \x1b[31mred\x00\xff\xe2\x80\xae\r\n")
    assert shown == "250 \\x1b[31mred\\x00\\xff\\u202e\\r\\n"
