"""`make demo-readonly-browser`: a page tries to send while it is only read, in an ordinary browser and in ours."""

from __future__ import annotations

import asyncio
import sys
import time

from lab.servers.admin_page import hostile
from lab.servers.admin_page.hostile import HostileConsole
from lab.servers.admin_page.ways import WAYS
from reconciler.drivers.admin_page import browser, executable, page_map, session
from reconciler.drivers.admin_page.console import Console
from reconciler.drivers.http import carried, site
from reconciler.errors import PlatformError
from reconciler.model.secret import SecretValue

MAP = page_map.parsed(
    {
        "product": "a hostile page",
        "login": {
            "page": "/login",
            "steps": [{"fill": {"Username": "username", "Password": "password"}, "press": "Sign in"}],
        },
        "logout": {"page": "/logout"},
        "pages": {
            "settings": {
                "address": "/settings",
                "controls": {"host": {"label": "Host", "type": "text"}},
                "save": "Save",
            }
        },
    }
)
_LATE = 0.3  # seconds for what is sent when a page ends


def main() -> int:
    try:
        where = executable.found(None)
    except PlatformError as error:
        print(f"{error.what}\n  fix: {error.fix}", file=sys.stderr)
        return 1
    with hostile.running() as console:
        ordinary = asyncio.run(_ordinary(console, str(where)))
        ours = {way: read(console, way) for way in WAYS}
    browser.close()
    print(f"{'the page tries':28}{'an ordinary browser':24}plan")
    for way in WAYS:
        print(f"{way:28}{'arrives' if ordinary[way] else 'does not arrive':24}{'ARRIVES' if ours[way] else '-'}")
    print(f"\n{sum(ordinary.values())} of {len(WAYS)} ways reach the server from an ordinary browser; ", end="")
    print(f"{sum(ours.values())} while reconciler reads the page.")
    return 1 if any(ours.values()) else 0


def read(console: HostileConsole, way: str) -> bool:
    """Whether anything but one login arrives while the page is read, left and logged out of."""
    console.begin(way)
    reader = session.reading(MAP, reached(console))
    try:
        reader.read()
    finally:
        reader.close()
    time.sleep(_LATE)
    return bool(console.arrived) or console.logins != 1


def reached(console: HostileConsole) -> Console:
    return Console(
        unit="dev/hostile",
        url=console.url,
        login={"username": "admin", "password": SecretValue("canary-console-pw")},
        carry=carried.Carried(site.Site(url=console.url)),
    )


async def _ordinary(console: HostileConsole, where: str) -> dict[str, bool]:
    """The same page in a browser with a network, left alone for a moment."""
    from playwright.async_api import async_playwright

    found = {}
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=where)
        for way in WAYS:
            console.begin(way)
            context = await chromium.new_context()
            page = await context.new_page()
            await page.goto(f"{console.url}/settings")
            await asyncio.sleep(_LATE)
            await page.goto(f"{console.url}/logout")
            await asyncio.sleep(_LATE)
            await context.close()
            found[way] = console.arrived[way] > 0
        await chromium.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
