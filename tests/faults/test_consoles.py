"""Both consoles behind the proxy of faults: each request of the browser has an end, and so has each plan."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from lab.servers.console import browser
from lab.servers.o11 import O11StandIn
from support import fault_proxy
from support.consoles import CONSOLES, Console
from support.fault_proxy import FaultProxy
from support.site import Site

from reconciler.drivers import per_process
from reconciler.drivers.http.carried import Carried
from reconciler.drivers.http.site import site
from reconciler.errors import PlatformError

pytestmark = pytest.mark.crash

TIMEOUT, AFTERWARDS = 1.0, 60.0  # seconds of one request: while there is a fault, and after it
MOST = 8.0  # seconds of one request; the machine is shared, and whoever has no end waits for `fault_proxy.PATIENCE`
PLAN = 45.0  # seconds; a page is many requests


@pytest.fixture(scope="module")
def o11() -> Iterator[O11StandIn]:
    with O11StandIn() as found:
        yield found


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("fault", fault_proxy.NAMES)
def test_a_request_of_a_browser_ends_in_time(o11: O11StandIn, fault: str, verb: str) -> None:
    with FaultProxy(port(o11.url)) as proxy:
        carried = Carried(site(proxy.address, {"timeout": TIMEOUT}))
        proxy.fault, start, told = fault, time.monotonic(), ""
        try:
            status, _, content = carried.exchange(
                verb, f"{proxy.address}/ServiceCenter/Login.aspx", {}, b"a=b" if verb == "POST" else None
            )
        except PlatformError as error:
            status, content, told = 0, b"", f"{error.what} {error.fix}"
        assert time.monotonic() - start < MOST
        assert proxy.met
        assert told or status >= 500 or (status < 500 and b"<html" in content.lower()) or fault in ("answer doubled",)


@pytest.fixture(params=CONSOLES)
def console(request: pytest.FixtureRequest, fake_site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    browser.needed()
    with CONSOLES[request.param](fake_site, monkeypatch) as found:
        yield found


@pytest.mark.parametrize("fault", ["answer lost", "500 after it", "endless body", "a byte at a time"])
def test_a_plan_of_a_console_that_meets_a_fault_ends_in_time_and_says_so(console: Console, fault: str) -> None:
    with FaultProxy(port(console.there.url)) as proxy:
        behind: dict[str, Any] = {**console.target.connection, "url": proxy.address}
        console.target.connection = {**behind, "timeout": TIMEOUT}
        proxy.fault = fault
        start, made = time.monotonic(), console.target.plan()
        assert time.monotonic() - start < PLAN
        assert proxy.met
        assert console.nothing_written()
        told = [*made.findings, *(one for change in made.changes for one in change.findings)]
        assert made.complete or all(one.why or one.fix for one in told)
        proxy.off()
        per_process.reset()
        console.target.connection = {**behind, "timeout": AFTERWARDS}
        assert console.target.plan().complete


def port(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])
