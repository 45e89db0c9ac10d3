"""Addresses of a broker, and its definitions: what stands in files, and no broker."""

from __future__ import annotations

import errno
import json
import re
import ssl
from pathlib import Path
from typing import Any

import pytest

from reconciler.engine.celery.definitions import definitions
from reconciler.engine.celery.link import connected, link, tls, words
from reconciler.engine.remote.transport import Lost
from reconciler.model.secret import SecretValue

ZONES = ("dmz", "plant")
MADE = definitions(ZONES, vhost="reconciler", coordinator="coordinator")


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("amqps://me@rabbit.example.com/x", ("rabbit.example.com", 5671, "x", "me", True)),
        ("amqps://me@rabbit.example.com:1234/a%2Fb", ("rabbit.example.com", 1234, "a/b", "me", True)),
        ("amqp://m%40e@127.0.0.1", ("127.0.0.1", 5672, "/", "m@e", False)),
        ("amqps://me@[::1]:5671/x", ("::1", 5671, "x", "me", True)),
    ],
)
def test_an_address_is_read(url: str, parts: tuple[Any, ...]) -> None:
    found = link(url)
    assert (found.host, found.port, found.vhost, found.user, found.tls) == parts


@pytest.mark.parametrize("url", ["https://me@rabbit.example.com/x", "amqps://rabbit.example.com/x", "rabbit"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="amqps://USER@HOST/VHOST"):
        link(url)


def test_a_key_is_in_no_file_of_a_disk(tmp_path: Path) -> None:
    one = link("amqps://me@h/x", certificate="c.pem", key=SecretValue("a key"))
    with tls(one) as options:
        assert options is not None
        assert options["server_hostname"] == "h"
        path = Path(options["keyfile"])
        assert (path.read_text("utf-8"), str(path).startswith("/proc/self/fd/")) == ("a key", True)
    assert not path.exists()


def may(user: str, right: str, name: str) -> bool:
    """As RabbitMQ looks it up."""
    (found,) = (one for one in MADE["permissions"] if one["user"] == user)
    return re.search(found[right], name) is not None


@pytest.mark.parametrize(
    ("user", "right", "name"),
    [
        ("coordinator", "write", "zone.dmz"),
        ("coordinator", "write", "stop.plant"),
        ("coordinator", "configure", "reply.dmz.0123abcd"),
        ("coordinator", "read", "reply.dmz"),
        ("dmz", "read", "zone.dmz.prove"),
        ("dmz", "write", "reply.dmz"),
        ("dmz", "configure", "stop.dmz.host-12-0a1b2c3d"),
    ],
)
def test_each_user_may_what_it_needs(user: str, right: str, name: str) -> None:
    assert may(user, right, name)


@pytest.mark.parametrize(
    ("user", "right", "name"),
    [
        *(("coordinator", right, name) for right in ("configure", "read") for name in ("zone.dmz", "zone.dmz.prove")),
        ("coordinator", "write", "reply.dmz"),
        *((user, right, "amq.default") for user in ("coordinator", *ZONES) for right in ("configure", "write")),
        *(
            ("dmz", right, name)
            for right in ("configure", "write")
            for name in ("zone.dmz", "zone.plant", "stop.plant")
        ),
        *(("dmz", "read", name) for name in ("zone.plant", "zone.dmzx", "reply.dmz", "reply.plant.0123abcd")),
        ("dmz", "write", "reply.plant"),
    ],
)
def test_nobody_may_more(user: str, right: str, name: str) -> None:
    assert not may(user, right, name)


def test_a_user_without_a_hash_keeps_the_password_it_has() -> None:
    assert MADE["users"] == []
    assert [one["name"] for one in definitions(ZONES, vhost="x", coordinator="c", hashes={"c": "h"})["users"]] == ["c"]


def test_definitions_are_json_and_say_everything_of_each_zone() -> None:
    assert json.loads(json.dumps(MADE)) == MADE
    assert [one["name"] for one in MADE["queues"]] == ["zone.dmz", "zone.dmz.prove", "zone.plant", "zone.plant.prove"]
    assert {one["arguments"]["x-queue-type"] for one in MADE["queues"]} == {"quorum"}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EINVAL, "Invalid argument"), "it closed the connection at once"),
        (OSError(errno.ECONNREFUSED, "Connection refused"), "Connection refused"),
        (TimeoutError("timed out"), "no answer"),
    ],
)
def test_what_the_system_says_is_told_in_words(error: OSError, said: str) -> None:
    assert words(error) == said


def test_what_does_not_speak_tls_is_told_so() -> None:
    coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
    coming.write(b"AMQP\x00\x00\x09\x01")
    handshake = ssl.create_default_context().wrap_bio(coming, going, server_hostname="rabbit.example.com")
    with pytest.raises(ssl.SSLError) as caught:
        handshake.do_handshake()
    assert words(caught.value) == "what answers there does not speak TLS"


def test_a_certificate_that_is_missing_is_told_before_a_connection(tmp_path: Path) -> None:
    with pytest.raises(Lost, match=r"ca_file: .*none\.pem: no such file"):
        connected(link("amqps://me@127.0.0.1:1/x", ca_file=str(tmp_path / "none.pem")))
