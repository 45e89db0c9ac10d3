"""`verify.timeouts`: how long a handshake waits for a relay that takes its time."""

from __future__ import annotations

from reconciler.pipeline.resolve import relays
from reconciler.pipeline.verify import logins
from reconciler.smtp.record.log import Timeouts

ROUTE = {"host": "relay.example", "port": 587, "encryption": "starttls", "auth": "none"}


def test_the_files_give_a_relay_more_time() -> None:
    relay = relays.relay({**ROUTE, "verify.timeouts.banner": 60, "verify.timeouts.auth": 40}, "prod/main")
    assert relay is not None
    assert relay.patience == (("auth", 40.0), ("banner", 60.0))
    assert Timeouts().patient(relay.patience).banner == 60


def test_relays_of_another_patience_are_another_session() -> None:
    plain, patient = relays.relay(ROUTE, "a"), relays.relay({**ROUTE, "verify.timeouts.banner": 60}, "b")
    assert plain is not None
    assert patient is not None
    assert len(logins.groups((plain, patient))) == 2


def test_every_step_of_the_schema_is_one_of_the_handshake() -> None:
    steps = ("tcp", "banner", "ehlo", "tls", "auth", "envelope", "message", "greylist", "total")
    assert Timeouts().patient([(step, 1) for step in steps]).total == 1
