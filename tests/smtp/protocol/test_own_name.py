"""What EHLO says of this machine."""

from __future__ import annotations

import pytest

from reconciler.smtp.protocol import own_name

LITERAL = "[192.0.2.1]"


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        ("app.example.com", "app.example.com"),
        ("App.Example.com.", "app.example.com"),
        ("my_app.lab_internal", "my-app.lab-internal"),
        ("mylaptop.", LITERAL),
        ("pod-7f9c", LITERAL),
        ("-bad.example.com", LITERAL),
        ("a..b", LITERAL),
        ("straße.example", LITERAL),
        ("192.0.2.7", LITERAL),
        ("x" * 64 + ".example", LITERAL),
        ("", LITERAL),
    ],
)
def test_only_names_that_the_rfc_allows_are_said(machine: str, said: str) -> None:
    assert own_name.spoken(None, machine, LITERAL) == said


def test_what_was_declared_is_said_as_it_is() -> None:
    assert own_name.spoken("shop", "app.example.com", LITERAL) == "shop"
