"""`engine.broker`: a URL whose form is more than a pattern can say in words."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from reconciler.model.finding import Finding, Severity
from reconciler.model.source import Document

_FORM = re.compile(r"amqps?://(?P<user>[^\s/:@]+)@(?P<place>[^\s/@?#]+)(?:/[^\s/?#]*)?")
_PATTERN = re.compile(r"amqps?://[!-~]+")  # that of the schema
_EXAMPLE = "broker: amqps://coordinator@rabbit.example.com/reconciler"
_MOST = 65535


def findings(document: Document) -> Iterator[Finding]:
    """Of a document whose broker is text of the schema's pattern; anything else is told by the schema."""
    engine = document.data.get("engine") if isinstance(document.data, dict) else None
    broker = engine.get("broker") if isinstance(engine, dict) else None
    if isinstance(broker, str) and _PATTERN.fullmatch(broker):
        for rule, what, why, fix in _wrong(broker):
            yield Finding(
                severity=Severity.ERROR,
                rule=rule,
                field="engine.broker",
                where=document.value_at("engine", "broker"),
                what=f"broker: {what}",
                why=why,
                fix=fix,
            )


def _wrong(broker: str) -> Iterator[tuple[str, str, str, str]]:
    """Rule, what, why and fix. A password is never repeated."""
    login, at, _ = broker.partition("://")[2].rpartition("@")
    if ":" in login:
        why = "git never forgets a password; whoever has it can read and drop what goes to every zone"
        fix = (
            "change that password, take it out of the URL, and refer to it: login: {vault: reconciler/broker#password}"
        )
        yield "literal-secret", "literal secret; this URL holds a password", why, fix
        return
    if not at:
        why = "the broker gives each user its own rights; guest has all of them, and only on loopback"
        yield "wrong-value", "this URL names no user", why, f"e.g. {_EXAMPLE}"
        return
    found = _FORM.fullmatch(broker)
    host = _host(found["place"]) if found else None
    if host is None:
        why = "it is amqps://user@host[:port]/vhost, without anything behind the virtual host"
        yield "wrong-value", "this URL has the wrong format", why, f"e.g. {_EXAMPLE}"
    elif broker.startswith("amqp://") and not _is_loopback(host):
        why = f"without TLS the password of {login} goes to {host} in clear; plain amqp is for loopback only"
        yield "wrong-value", "amqp:// is not encrypted", why, f"broker: amqps{broker.removeprefix('amqp')}"


def _host(place: str) -> str | None:
    try:
        found = urlsplit(f"//{place}")
        port = found.port
    except ValueError:
        return None
    return found.hostname if port is None or 0 < port <= _MOST else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
