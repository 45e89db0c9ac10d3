"""The grammar of SPF, and its macros: no server needed."""

from __future__ import annotations

import ipaddress
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.smtp.dns.names import CUT
from reconciler.smtp.dns.spf_macros import Sender, expanded
from reconciler.smtp.dns.spf_record import SpfError, is_spf, record

_MECHANISMS = ["a", "mx", "ptr", "ip4:", "ip6:", "include:", "exists:", "redirect=", "exp=", "all", "moo=", "v=spf1"]
_SIGNS = [" ", "+", "-", "?", "~", ":", "/", "//", ".", "=", "_", "%", "%{", "%{ir}", "}", "é", "\\xff"]
_VALUES = ["24", "128", "99999", "example.com", "192.0.2.1", "2001:db8::", "0"]
_WORDS = st.sampled_from([*_MECHANISMS, *_SIGNS, *_VALUES])


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1",
        "V=SPF1 -ALL",
        "v=spf1  a   mx ",
        "v=spf1 ip4:192.0.2.1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ?all",
        "v=spf1 a/24//64 mx:example.com//0 a:example.com/0 -all",
        "v=spf1 exists:%{ir}.%{l1r+-}._spf.%{d2} include:_spf.%{d} redirect=%{o}",
        "v=spf1 exp=explain._spf.%{d} moo.cow-far_out=man:dog/cat -all",
        "v=spf1 ptr ptr:example.com a:xn--bcher-kva.example. -all",
    ],
)
def test_record_is_read_when_the_grammar_allows_it(text: str) -> None:
    assert record(text).text == text


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("v=spf10 -all", "does not begin with v=spf1"),
        ("v=spf1 ipv4:192.0.2.1 -all", "ipv4:192.0.2.1: unknown mechanism"),
        ("v=spf1 ip4:192.0.2.300 -all", "not an address or network of IPv4"),
        ("v=spf1 ip4:192.0.2.0/33 -all", "not an address or network of IPv4"),
        ("v=spf1 ip4:192.0.2.0/ -all", "invalid prefix length"),
        ("v=spf1 ip4:2001:db8::1 -all", "not an address or network of IPv4"),
        ("v=spf1 ip6:192.0.2.1 -all", "not an address or network of IPv6"),
        ("v=spf1 a/33 -all", "invalid prefix length"),
        ("v=spf1 a//129 -all", "invalid prefix length"),
        ("v=spf1 a/024 -all", "a has the wrong syntax"),
        ("v=spf1 include -all", "include has the wrong syntax"),
        ("v=spf1 include: -all", "'' is not a domain"),
        ("v=spf1 include:localhost -all", "'localhost' is not a domain"),
        ("v=spf1 a:example.123 -all", "is not a domain"),
        ("v=spf1 exists:%{x}.example.com -all", "is not a domain"),
        ("v=spf1 exists:%{d0}.example.com -all", "is not a domain"),
        ("v=spf1 all:example.com", "all has the wrong syntax"),
        ("v=spf1 -all redirect=a.example redirect=b.example", "redirect= occurs twice"),
        ("v=spf1 a,mx -all", "a has the wrong syntax"),
        ("v=spf1 -all;", "all has the wrong syntax"),
        ("v=spf1 \\xc3\\xa9 -all", "no printable ASCII"),
        (f"v=spf1 -all{CUT}", "longer than"),
    ],
)
def test_record_is_refused_when_a_term_is_wrong(text: str, what: str) -> None:
    with pytest.raises(SpfError) as raised:
        record(text)

    assert what in str(raised.value)


def test_record_forgets_what_comes_after_all() -> None:
    found = record("v=spf1 a -all mx redirect=example.net")

    assert [term.text for term in found.terms] == ["a", "-all"]
    assert found.redirect is None


@pytest.mark.parametrize("text", ["v=spf2 -all", "v=spf1-all", " v=spf1 -all", "spf1", ""])
def test_text_is_no_spf_record_when_the_version_is_another(text: str) -> None:
    assert not is_spf(text)


@given(st.text() | st.lists(_WORDS, max_size=12).map("".join))
def test_record_raises_nothing_but_spf_error(rest: str) -> None:
    for text in (rest, f"v=spf1 {rest}"):
        with suppress(SpfError):
            assert record(text).text == text


@given(st.lists(_WORDS, max_size=12).map("".join), st.ip_addresses())
def test_macros_of_a_valid_record_always_give_a_name(rest: str, address: ipaddress.IPv4Address) -> None:
    sender = Sender(local="a+b", domain="example.com", address=address)
    try:
        terms = record(f"v=spf1 {rest}").terms
    except SpfError:
        return
    assert all(len(expanded(term.domain, sender, "d" * 240)) <= 253 for term in terms if term.domain)


# RFC 7208, section 7.4
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ("%%%_%-%{S}", "% %20strong-bad%40email.example.com"),
    ],
)
def test_macro_is_what_the_rfc_shows(text: str, name: str) -> None:
    sender = Sender(local="strong-bad", domain="email.example.com", address=ipaddress.ip_address("192.0.2.3"))

    assert expanded(text, sender, "email.example.com") == name


def test_macro_writes_ipv6_in_nibbles() -> None:
    sender = Sender(local="strong-bad", domain="email.example.com", address=ipaddress.ip_address("2001:db8::cb01"))

    assert expanded("%{ir}.%{v}._spf.%{d2}", sender, sender.domain) == (
        "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"
    )


def test_macro_drops_labels_at_the_left_when_the_name_is_too_long() -> None:
    sender = Sender(local=".".join(["part"] * 80), domain="example.com", address=ipaddress.ip_address("192.0.2.3"))

    name = expanded("%{l}._spf.%{d}", sender, "example.com")

    assert len(name) <= 253
    assert name.endswith("part._spf.example.com")
