"""What the tests of the driver `admin_page` share: a map around some controls, and a console reached on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.servers.admin_page.console import FormConsole

from reconciler.drivers.admin_page import page_map, session
from reconciler.drivers.admin_page.console import Console
from reconciler.drivers.admin_page.page_map import PageMap
from reconciler.drivers.admin_page.session import ReadSession, WriteSession
from reconciler.drivers.http import carried, site
from reconciler.model.secret import SecretValue

PASSWORD = "canary-console-pw"
FORM = (
    '<h1>Settings</h1><p class="{tone}">{message}</p>'
    "<form method=post action=/settings>BODY<button>Save</button></form>"
)


def form(body: str) -> str:
    return FORM.replace("BODY", body)


def mapped(controls: dict[str, Any], *, page: dict[str, Any] | None = None, **more: Any) -> PageMap:
    return page_map.parsed(
        {
            "product": "a form",
            "login": {
                "page": "/login",
                "steps": [{"fill": {"Username": "username", "Password": "password"}, "press": "Sign in"}],
                "failed": {"css": ".error"},
            },
            "logout": {"page": "/logout"},
            "pages": {"mail": {"address": "/settings", "controls": controls, "save": "Save", **(page or {})}},
            **more,
        }
    )


def reached(console: FormConsole, *, password: str = PASSWORD, evidence: Path | None = None, **more: Any) -> Console:
    return Console(
        unit="prod/console",
        url=console.url,
        login={"username": "admin", "password": SecretValue(password)},
        carry=carried.Carried(site.Site(url=console.url)),
        evidence=None if evidence is None else str(evidence),
        **{"timeout": 15.0, **more},
    )


def reading(console: FormConsole, controls: dict[str, Any], **more: Any) -> ReadSession:
    return session.reading(mapped(controls, **more), reached(console))


def writing(console: FormConsole, controls: dict[str, Any], **more: Any) -> WriteSession:
    return session.writing(mapped(controls, **more), reached(console))
