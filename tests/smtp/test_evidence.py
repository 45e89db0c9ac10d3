"""No form of a secret survives in what a server says back."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.secret import SecretValue
from reconciler.smtp.evidence import LIMIT, Evidence

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


@given(st.text(min_size=4), st.binary(max_size=40))
def test_no_secret_is_ever_shown(secret: str, around: bytes) -> None:
    shown = Evidence("shop", SecretValue(secret)).text(around + secret.encode("utf-8", "replace") + around)
    assert secret not in shown.replace("***", "") or not secret.strip("*")


def test_a_secret_at_the_cut_is_hidden_first() -> None:
    evidence = Evidence("shop", SecretValue("hunter22"))
    assert "hunter" not in evidence.text(b"x" * (LIMIT - 4) + b"hunter22")


def test_control_characters_of_the_server_are_shown_and_not_obeyed() -> None:
    shown = Evidence(None, None).raw(b"250 \x1b[31mred\x00\xff\xe2\x80\xae\r\n")
    assert shown == "250 \\x1b[31mred\\x00\\xff\\u202e\\r\\n"
