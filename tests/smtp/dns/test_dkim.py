"""DKIM keys as they are published, and what SMTP021 says of them."""

from __future__ import annotations

import base64
import re
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.handshake import CheckStatus
from reconciler.smtp.dns import dkim
from reconciler.smtp.dns.dkim import Key, key

# an RSA key of 512 bits, which cryptography no longer makes
TINY = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAJiWHLqthy2ijLFmr+5ujGs5qGAAzi9gQZIvTzNtcRpYF/sRa1rUa4QvQpmbTfAFAJc8/pPDBs7kzG0eYLnTB9ECAwEAAQ=="  # noqa: E501


@cache
def published(bits: int, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    return base64.b64encode(made.public_bytes(Encoding.DER, form)).decode()


@cache
def edwards() -> str:
    raw = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize("form", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1], ids=["spki", "pkcs1"])
def test_rsa_key_is_measured(form: PublicFormat) -> None:
    found = key("s1", "d.test", f"v=DKIM1; k=rsa; p={published(2048, form)}")

    assert (found.kind, found.bits, found.usable) == ("rsa", 2048, True)


def test_key_is_read_when_white_space_folds_it() -> None:
    text = " ; ".join(["v = DKIM1", "h = sha1 : sha256", "s=email", f"p = {' '.join(published(2048))}", ""])

    assert key("s1", "d.test", text).bits == 2048


def test_ed25519_key_is_good() -> None:
    assert key("s1", "d.test", f"v=DKIM1; k=ed25519; p={edwards()}").usable


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("v=DKIM1; p=", "p= is empty: the key is revoked"),
        ("v=DKIM1; k=rsa", "no p="),
        ("p=AAAA; v=DKIM1", "v= must be DKIM1, and come first"),
        ("v=DKIM2; p=AAAA", "v= must be DKIM1"),
        ("v=DKIM1; p=%%%", "p= is not base64"),
        ("v=DKIM1; p=AAAA", "p= is not an RSA public key"),
        ("v=DKIM1; k=ed25519; p=AAAA", "p= holds 3 bytes, Ed25519 has 32"),
        ("v=DKIM1; k=dsa; p=AAAA", "k=dsa is not a DKIM key type"),
        ("v=DKIM1; h=sha1; p=AAAA", "h=sha1 leaves out sha256"),
        ("v=DKIM1; s=tlsrpt; p=AAAA", "s=tlsrpt is not for email"),
        ("v=DKIM1; p=AAAA; p=AAAA", "p= occurs twice"),
        ("hello world", "'hello world' is not tag=value"),
        ("\\xff\\x00", "is not tag=value"),
        (f"v=DKIM1; p={TINY}", "RSA of 512 bits; verifiers refuse less than 1024"),
    ],
)
def test_key_is_not_usable_when_its_record_is_wrong(text: str, problem: str) -> None:
    found = key("s1", "d.test", text)

    assert not found.usable
    assert found.problem is not None
    assert problem in found.problem


@given(st.text() | st.from_regex(re.compile(r"v=DKIM1; (k=(rsa|ed25519); )?p=[A-Za-z0-9+/=]{0,80}"), fullmatch=True))
def test_key_never_raises(text: str) -> None:
    assert key("s1", "d.test", text).selector == "s1"


@pytest.mark.parametrize(
    ("keys", "status", "reason"),
    [
        ([], CheckStatus.SKIPPED, "no verify.dkim_selectors are declared"),
        ([Key(selector="s1")], CheckStatus.WARN, "s1._domainkey.d.test: no such record"),
        ([Key(selector="s1", domain="d.test", problem="revoked")], CheckStatus.WARN, "s1._domainkey.d.test: revoked"),
        ([Key(selector="s1", domain="d.test", bits=1024)], CheckStatus.INFO, "s1: RSA of 1024 bits; signers should"),
        ([Key(selector="s1", domain="d.test", bits=2048, testing=True)], CheckStatus.INFO, "s1: t=y says"),
        ([Key(selector="s1", domain="d.test", bits=2048)], CheckStatus.PASS, "1 selector with a good key"),
        ([Key(selector="e", domain="d.test", kind="ed25519", bits=256)], CheckStatus.PASS, "1 selector with a good"),
        ([Key(selector="a", domain="d.test", bits=2048), Key(selector="b")], CheckStatus.WARN, "b._domainkey.d.test"),
    ],
)
def test_selectors_of_the_sender(keys: list[Key], status: CheckStatus, reason: str) -> None:
    found = dkim.result(keys, "d.test")

    assert (found.id, found.status) == ("SMTP021", status)
    assert found.reason.startswith(reason)
