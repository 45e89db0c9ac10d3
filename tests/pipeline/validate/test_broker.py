"""`engine.broker`: what is wrong with it, in words, and never its password."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.source import Document, DocumentKind
from reconciler.pipeline.validate import broker


def document(value: Any) -> Document:
    data = {"version": 1, "engine": {"broker": value}}
    return Document(
        kind=DocumentKind.RECONCILER,
        file="reconciler.yaml",
        environment=None,
        name=None,
        data=data,
        places={("engine", "broker"): (3, 3, 3, 11)},
    )


@pytest.mark.parametrize(
    "value",
    [
        "amqps://coordinator@rabbit.example.com/reconciler",
        "amqps://coordinator@rabbit.example.com:5671/reconciler",
        "amqps://coordinator@[2001:db8::1]:5671/%2F",
        "amqps://coordinator@10.0.0.5",
        "amqp://coordinator@localhost/reconciler",
        "amqp://coordinator@127.0.0.1:5672/reconciler",
        "amqp://coordinator@[::1]/reconciler",
    ],
)
def test_a_broker_with_user_host_and_tls_or_on_loopback(value: str) -> None:
    assert list(broker.findings(document(value))) == []


@pytest.mark.parametrize(
    ("value", "rule", "what"),
    [
        (
            "amqps://me:c4n4ry@rabbit.example.com/x",
            "literal-secret",
            "broker: literal secret; this URL holds a password",
        ),
        (
            "amqps://me:c4n/4ry@@rabbit.example.com/x",
            "literal-secret",
            "broker: literal secret; this URL holds a password",
        ),
        ("amqps://:c4n4ry@rabbit.example.com/x", "literal-secret", "broker: literal secret; this URL holds a password"),
        ("amqps://rabbit.example.com/x", "wrong-value", "broker: this URL names no user"),
        ("amqps://@rabbit.example.com/x", "wrong-value", "broker: this URL has the wrong format"),
        ("amqp://me@rabbit.example.com/x", "wrong-value", "broker: amqp:// is not encrypted"),
        ("amqp://me@localhost.example.com/x", "wrong-value", "broker: amqp:// is not encrypted"),
        ("amqp://me@127.0.0.1.example.com/x", "wrong-value", "broker: amqp:// is not encrypted"),
        ("amqps://me@rabbit.example.com:70000/x", "wrong-value", "broker: this URL has the wrong format"),
        ("amqps://me@rabbit.example.com:port/x", "wrong-value", "broker: this URL has the wrong format"),
        ("amqps://me@rabbit.example.com/x?ssl=false", "wrong-value", "broker: this URL has the wrong format"),
        ("amqps://me@rabbit.example.com/x/y", "wrong-value", "broker: this URL has the wrong format"),
        ("amqps://me@/x", "wrong-value", "broker: this URL has the wrong format"),
    ],
)
def test_what_is_wrong_with_a_broker(value: str, rule: str, what: str) -> None:
    (found,) = broker.findings(document(value))

    assert (found.rule, found.what) == (rule, what)
    assert found.where is not None
    assert (found.where.line, found.where.column) == (3, 11)
    assert found.why
    assert found.fix
    assert "c4n" not in str(found)


@pytest.mark.parametrize("value", [None, 5, ["amqps://a:b@c"], "https://me:secret@rabbit.example.com"])
def test_what_the_schema_tells_is_not_told_twice(value: Any) -> None:
    assert list(broker.findings(document(value))) == []


def test_what_is_not_of_the_pattern_is_the_schemas_to_tell() -> None:
    assert list(broker.findings(document("amqps://coordinator@rabbit.example.com /reconciler"))) == []
