"""`verify --base`: a relay in a zone is asked only where the base asks it, and by the way that was reviewed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.handshake import Encryption, Level, Relay
from reconciler.model.landscape import DeclaredRelay, EngineSpec, Landscape, StateSpec, ZoneSpec
from reconciler.model.secret import SecretRef
from reconciler.model.source import Position
from reconciler.pipeline.review import carriers, trust

PLACE = Position(file="environments/reconciler.yaml", line=3, column=1)
ENGINE = EngineSpec(
    type="celery",
    broker="amqps://coordinator@rabbit.example.com/reconciler",
    signing_key=SecretRef(store="default", path="engine", key="key"),
    zones={name: ZoneSpec(name=name, key=f"/base/keys/{name}.pub", position=PLACE) for name in ("dmz", "plant")},
    position=PLACE,
)
RELAY = Relay(name="prod/main", host="10.0.0.25", port=25, encryption=Encryption.STARTTLS, zone="dmz")


class Files:
    """Of which one is another than in the base."""

    def __init__(self, moved: str = "") -> None:
        self._moved = moved

    def moved(self, path: str) -> bool:
        return path == self._moved

    def led_astray(self, path: str) -> bool:
        return False

    def place(self, where: Position, name: str) -> Position:
        return where


def landscape(relay: Relay = RELAY, engine: EngineSpec | None = ENGINE) -> Landscape:
    declared = DeclaredRelay(
        address="prod/main", name="main", environment="prod", settings={}, origin={}, relay=relay, position=PLACE
    )
    return Landscape(
        stages=(), targets=(), desired=(), relays=(declared,), engine=engine, state=StateSpec(backend="file", path="x")
    )


@pytest.mark.parametrize(
    ("head", "moved", "reached"),
    [
        pytest.param(ENGINE, "", {"dmz", "plant"}, id="as it was"),
        pytest.param(replace(ENGINE, deadline=1.0), "", {"dmz", "plant"}, id="how long anybody waits"),
        pytest.param(replace(ENGINE, broker="amqps://coordinator@evil.example.com/x"), "", set(), id="broker"),
        pytest.param(replace(ENGINE, reading_key=SecretRef(store="env", path="X")), "", set(), id="reading key"),
        pytest.param(ENGINE, "/base/keys/dmz.pub", {"plant"}, id="the content of one key"),
        pytest.param(
            replace(ENGINE, zones={**ENGINE.zones, "new": ZoneSpec(name="new", key="/k")}),
            "",
            {"dmz", "plant"},
            id="new",
        ),
    ],
)
def test_a_zone_is_reached_as_in_the_base_or_not_at_all(head: EngineSpec, moved: str, reached: set[str]) -> None:
    assert carriers.reviewed(landscape(engine=head), landscape(), Files(moved)) == reached


def test_without_an_engine_in_the_base_no_zone_is_reached() -> None:
    assert carriers.reviewed(landscape(), landscape(engine=None), Files()) == set()
    assert carriers.reviewed(landscape(), None, Files()) == set()


def test_a_relay_of_a_reviewed_zone_is_tried_as_far_as_tls() -> None:
    tried = trust.contacted(RELAY, landscape(), {"dmz"})
    assert tried is not None
    assert (tried.zone, tried.level) == ("dmz", Level.TLS)


@pytest.mark.parametrize(
    ("relay", "zones"),
    [
        pytest.param(RELAY, set[str](), id="the way there was not reviewed"),
        pytest.param(replace(RELAY, zone="plant"), {"dmz", "plant"}, id="another zone"),
        pytest.param(
            replace(RELAY, zone=None), {"dmz", "plant"}, id="from here, where the same address is another host"
        ),
    ],
)
def test_a_host_of_one_network_is_another_one_in_the_next(relay: Relay, zones: set[str]) -> None:
    assert trust.contacted(relay, landscape(), zones) is None
