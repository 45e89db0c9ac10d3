"""What a worker says before it ends because of its broker; no broker is asked."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import amqp
import pytest

from reconciler.engine.celery.consumer import Consumer


def _refused(error: Exception) -> Consumer:
    def start(_: Any) -> None:
        raise error

    one: Any = object.__new__(Consumer)
    one.blueprint = SimpleNamespace(state=None, start=start)
    one.app = SimpleNamespace(conf=SimpleNamespace(broker_channel_error_retry=False))
    one.hub, one.restart_count, one.connection_errors = None, 0, (ConnectionError,)
    return one  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (amqp.AccessRefused("Login was refused", (0, 0)), "the broker refuses the login, or the virtual host"),
        (amqp.AccessRefused("access to queue 'zone.dmz' refused", (60, 20)), "access to queue 'zone.dmz' refused"),
        (amqp.NotFound("no queue 'zone.dmz'", (60, 20)), "no queue 'zone.dmz'"),
    ],
    ids=["login", "no right", "nothing declared"],
)
def test_what_does_not_go_by_itself_is_told(error: Exception, said: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(type(error)):
        _refused(error).start()
    assert caplog.messages == [f"this worker ends: {said}"]
