"""The contract of Engine, kept in this process and through a zone: over a transport inside this one, and by Celery."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from support import engine_contract as contract
from support import zone_contract
from support.engine_contract import Subject
from support.inside import Inside

from reconciler.engine.celery import coordinator
from reconciler.engine.envelope import keys
from reconciler.engine.envelope.message import Role
from reconciler.engine.local import Local
from reconciler.engine.remote.coordinator import Remote
from reconciler.engine.remote.desk import Desk
from reconciler.model.ports import Engine
from reconciler.secrets.stores import Secrets


@contextmanager
def local(outside: Any) -> Iterator[Engine]:
    """The same landscape in our own network, with the stores that its worker has."""
    stores = outside.zone.settings["secret_stores"]
    stores["default"]["auth"]["secret_id"] = {"file": str(outside.zone.folder / "secret-id")}
    outside.documents["reconciler.yaml"] = {"version": 1, "secret_stores": stores}
    del outside.documents["dev/environment.yaml"]["zone"]
    outside.write()
    with Secrets(outside.site.land().stores, base=outside.site.folder) as secrets:
        yield Local(secrets)


@contextmanager
def through_a_zone(outside: Any) -> Iterator[Engine]:
    worker = outside.zone.worker
    inside = Inside({"dmz": worker.perform}, heard=worker.hear)
    made = remote(inside, outside.zone.apply, outside.zone.public)
    try:
        yield made
    finally:
        made.close()


def remote(inside: Inside, key: keys.PrivateKey, public: keys.PublicKey, deadline: float = 20.0) -> Remote:
    post = coordinator.post(inside, {"dmz": public})
    return Remote(
        desk=Desk(post=post, key=key, role=Role.WRITE, reply="a1b2", broker="rabbit.example.com:5671"),
        deadline=deadline,
    )


ENGINES = (local, through_a_zone)


@pytest.fixture(params=ENGINES, ids=lambda one: one.__name__)
def subject(request: pytest.FixtureRequest, outside: Any) -> Iterator[Subject]:
    with ExitStack() as stack:
        yield zone_contract.subject(outside, stack.enter_context(request.param(outside)))


def test_every_engine(subject: Subject) -> None:
    for row in contract.ROWS:  # one after the other: servers cost more than what is asked of them
        row(subject)
