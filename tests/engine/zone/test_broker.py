"""A zone behind a real RabbitMQ with mutual TLS, and its worker as people start it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import amqp
import pytest
from lab.servers.mta import until
from lab.servers.rabbit import COORDINATOR, VHOST, Rabbit
from support import engine_contract as contract
from support.zone_contract import subject

from reconciler.engine.celery import names
from reconciler.engine.celery.link import connected as attempt
from reconciler.engine.celery.link import link
from reconciler.engine.choose import engine
from reconciler.engine.remote.transport import Lost
from reconciler.model.secret import SecretValue
from reconciler.secrets.stores import Secrets

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(Rabbit.missing() is not None, reason=str(Rabbit.missing())),
]
STARTS_WITHIN = 60.0  # seconds


@pytest.fixture(scope="module")
def broker() -> Iterator[Rabbit]:
    with Rabbit() as made:
        yield made


@pytest.fixture
def staffed(outside: Any, broker: Rabbit) -> Iterator[Any]:
    """Its engine is that of the files, its worker a process."""
    zone = outside.zone
    zone.settings |= at(broker, "dmz", zone.folder)
    zone.started()  # writes worker.yaml
    (outside.site.folder / "apply.pem").write_text((zone.folder / "apply.pem").read_text("utf-8"), "utf-8")
    outside.documents["reconciler.yaml"]["engine"] |= {
        **at(broker, COORDINATOR, outside.site.folder),
        "signing_key": {"file": "apply.pem"},
        "zones": {"dmz": {"key": str(zone.folder / "zone.pub")}},
    }
    outside.write()
    program = Path(sys.executable).with_name("reconciler")
    words = [program, "worker", "--zone", "dmz", "--config", str(zone.file)]
    with (zone.folder / "worker.log").open("w") as log, subprocess.Popen(words, stdout=log, stderr=log) as worker:
        try:
            listens(broker)
            yield outside
        finally:
            worker.terminate()
            assert worker.wait(30) == 0
    said = (zone.folder / "worker.log").read_text("utf-8")
    assert "Traceback" not in said, said


def at(broker: Rabbit, user: str, folder: Path) -> dict[str, Any]:
    for name, text in (("login", broker.password(user)), ("client.key", broker.key(user).read_text("utf-8"))):
        (folder / name).write_text(text, "utf-8")
        (folder / name).chmod(0o600)
    return {
        "broker": broker.url(user),
        "login": {"file": "login"},
        "ca_file": str(broker.ca_file),
        "client_certificate": str(broker.certificate(user)),
        "client_key": {"file": "client.key"},
    }


def connected(broker: Rabbit, user: str) -> amqp.Connection:
    made = amqp.Connection(
        f"127.0.0.1:{broker.plain}", userid=user, password=broker.password(user), virtual_host=VHOST, connect_timeout=5
    )
    made.connect()
    return made


def listens(broker: Rabbit) -> None:
    with connected(broker, COORDINATOR) as connection:
        channel, end = connection.channel(), time.monotonic() + STARTS_WITHIN
        while not channel.queue_declare(names.work("dmz"), passive=True).consumer_count:
            assert time.monotonic() < end, "the worker does not start"
            time.sleep(0.1)


def test_celery_keeps_the_contract(staffed: Any) -> None:
    land = staffed.site.land()
    with Secrets(land.stores, base=staffed.site.folder) as secrets, engine(land, secrets, writes=True) as chosen:
        one = subject(staffed, chosen)
        for row in contract.ROWS:
            row(one)


def strangers(channel: amqp.Channel) -> None:
    """What a worker may find in its queue that is no message of ours."""
    task = {"id": "x", "task": names.TASK}
    for content, body, headers in (
        ("application/json", b"garbage", {}),
        ("application/json", b"[[], {}, {}]", {"id": "x", "task": "os.system"}),
        ("application/json", b"[[], {}, {}]", task),
        ("application/json", b'[["not.a.token"], {}, {}]', task),
        ("application/x-python-serialize", b"\x80\x04.", task),
        ("application/x-yaml", b"!!python/object/apply:os.system [id]", task),
    ):
        message = amqp.Message(body, content_type=content, content_encoding="utf-8", application_headers=headers)
        for _ in range(2):
            channel.basic_publish(message, exchange=names.work("dmz"), routing_key=names.work("dmz"))


def test_a_strangers_messages_are_refused_and_told_once(staffed: Any, broker: Rabbit) -> None:
    with connected(broker, COORDINATOR) as connection:
        strangers(connection.channel())
    land = staffed.site.land()
    with Secrets(land.stores, base=staffed.site.folder) as secrets, engine(land, secrets, writes=True) as chosen:
        contract.tells_versions_or_why_not(subject(staffed, chosen))  # it goes on
    log = staffed.zone.folder / "worker.log"
    until(lambda: log.read_text("utf-8").count("a message is not believed") == 2, 30, lambda: log.read_text("utf-8"))
    said = log.read_text("utf-8")
    assert said.count("its content is not JSON") == 1, said
    assert said.count("it asks for a task that no worker has") == 1, said


@pytest.mark.parametrize(
    ("user", "does"),
    [
        ("plant", lambda one: one.basic_consume(names.work("dmz"))),
        ("plant", lambda one: one.queue_purge(names.work("dmz"))),
        ("plant", lambda one: one.queue_bind(names.work("dmz"), names.work("plant"))),
        ("plant", lambda one: one.queue_declare("mine")),
        ("plant", lambda one: one.queue_declare("stop.dmz.mine", exclusive=True)),
        ("plant", lambda one: published(one, names.work("dmz"), names.work("dmz"))),
        ("plant", lambda one: published(one, names.reply("dmz"), "a1b2")),
        ("plant", lambda one: published(one, names.work("plant"), names.work("plant"))),
        ("plant", lambda one: published(one, "", names.work("dmz"))),
        (COORDINATOR, lambda one: one.basic_get(names.work("dmz"))),
        (COORDINATOR, lambda one: published(one, "", names.work("dmz"))),
        (COORDINATOR, lambda one: published(one, names.reply("dmz"), "a1b2")),
    ],
    ids=[
        *("reads another zone", "purges another zone", "binds another zone", "declares", "hears another zone"),
        *("sends to another zone", "answers for another zone", "sends to its own zone", "finds any queue"),
        *("reads a zone", "finds any queue too", "answers for a zone"),
    ],
)
def test_the_broker_lets_nobody_do_more_than_is_needed(broker: Rabbit, user: str, does: Any) -> None:
    with connected(broker, user) as connection, pytest.raises(amqp.AccessRefused):
        does(connection.channel())


def published(channel: amqp.Channel, exchange: str, key: str) -> None:
    channel.basic_publish_confirm(amqp.Message("x"), exchange=exchange, routing_key=key, confirm_timeout=10)


def test_the_certificate_of_the_broker_is_verified_with_its_name(
    broker: Rabbit, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = link(
        broker.url(COORDINATOR),
        password=SecretValue(broker.password(COORDINATOR)),
        ca_file=str(broker.ca_file),
        certificate=str(broker.certificate(COORDINATOR)),
        key=SecretValue(broker.key(COORDINATOR).read_text("utf-8")),
    )
    attempt(one).close()
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest: real("127.0.0.1", *rest))
    for wrong, why in (
        (replace(one, host="rabbit.example.com"), "is not valid for|mismatch"),
        (replace(one, ca_file=None), "is not accepted"),
        (replace(one, certificate=None), "."),
        (replace(one, password=SecretValue("wrong")), "refuses the login"),
        (replace(one, port=broker.plain), "."),
    ):
        with pytest.raises(Lost, match=why):
            attempt(wrong)
