"""Hosts whose punycode hides letters of another alphabet."""

from __future__ import annotations

import pytest

from reconciler.model.address import Address
from reconciler.model.settings import Desired
from reconciler.model.source import Position
from reconciler.pipeline.plan import mixed_scripts

LATIN_CYRILLIC = "ex\u0430mple".encode("punycode").decode()  # the third letter is Cyrillic
CYRILLIC = "\u043f\u043e\u0447\u0442\u0430".encode("punycode").decode()
JAPANESE = "\u3042a\u30a2\u4e9c".encode("punycode").decode()


@pytest.mark.parametrize(
    ("host", "risky"),
    [
        (f"smtp.xn--{LATIN_CYRILLIC}.com", True),
        (f"SMTP.XN--{LATIN_CYRILLIC.upper()}.COM", True),
        (f"xn--{CYRILLIC}.example", False),
        ("xn--bcher-kva.example", False),
        (f"xn--{JAPANESE}.example", False),
        ("smtp.example.com", False),
        ("xn--\u007f.example", False),
    ],
)
@pytest.mark.parametrize("field", ["host", "oauth2.token_url"])
def test_letters_that_look_alike_are_a_risk_where_they_are_mixed(host: str, field: str, risky: bool) -> None:
    told = [one.rule for one in mixed_scripts.risks(wanted(field, f"https://{host}:443/t" if "url" in field else host))]
    assert told == (["mixed-scripts"] if risky else [])


def wanted(field: str, value: str) -> Desired:
    return Desired(
        address=Address.parse("prod/erp:mail_servers[main]"),
        kind="fake",
        installation="x",
        settings={field: value},
        handshake={},
        origin={},
        position=Position(file="a", line=1, column=1),
    )
