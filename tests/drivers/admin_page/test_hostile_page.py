"""A page that tries to send while it is only read, in every way there is: nothing reaches the server but one login."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from lab.demo.readonly_browser import MAP, reached
from lab.servers.admin_page import hostile
from lab.servers.admin_page.hostile import HostileConsole
from lab.servers.admin_page.ways import WAYS

from reconciler.drivers.admin_page import session
from reconciler.drivers.admin_page.console import Seen

# what sends only once the page ends, or is stopped in the browser itself, passes no gate to be named by
_UNNAMED = {"service-worker", "beacon-at-page-end", "keepalive-at-page-end", "fetch-later", "webrtc"}


@pytest.fixture(scope="module")
def console(browser: None) -> Iterator[HostileConsole]:
    with hostile.running() as found:
        yield found


def read(console: HostileConsole, way: str) -> Seen:
    console.begin(way)
    reader = session.reading(MAP, reached(console))
    try:
        return reader.read()
    finally:
        reader.close()


@pytest.mark.parametrize("way", WAYS)
def test_nothing_arrives_but_one_login(console: HostileConsole, way: str) -> None:
    seen = read(console, way)
    time.sleep(0.2)  # for what a page sends as it ends

    assert dict(console.arrived) == {}
    assert console.logins == 1
    assert seen.values == {"host": "smtp.example.com"}


@pytest.mark.parametrize("way", sorted(set(WAYS) - _UNNAMED))
def test_what_was_tried_is_named(console: HostileConsole, way: str) -> None:
    seen = read(console, way)

    assert [one.rule for one in seen.findings] == ["page-request-refused"]
