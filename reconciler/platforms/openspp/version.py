"""Which Odoo answers at an address. What it can do is asked of its fields and methods; the version is for people."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.drivers.http.client import Requests
from reconciler.errors import PlatformAnswer, PlatformMissing, PlatformRefused

PATH = "/web/webclient/version_info"


@dataclass(frozen=True, slots=True)
class Version:
    """`told` is what an Odoo calls itself: 19, or saas~19.2."""

    major: int
    told: str


def asked(http: Requests) -> Version:
    """From a page that every version has and that asks for no login.

    Raises PlatformMissing where no Odoo answers, PlatformAnswer where it reports no version.
    """
    try:
        answer = http.request("POST", PATH, {"jsonrpc": "2.0", "method": "call", "params": {}}, idempotent=True)
        info = answer.json()["result"]["server_version_info"]
        # Odoo Online says ["saas~19", 2, …]
        return Version(int(str(info[0]).rpartition("~")[2]), f"{info[0]}.{info[1]}" if info[1] else str(info[0]))
    except (PlatformMissing, PlatformAnswer, PlatformRefused) as error:
        if not isinstance(error, PlatformMissing) and not _page(http.site.url):
            raise
        raise PlatformMissing("no Odoo at connection.url", why=error.what, fix=_address(http.site.url)) from None
    except (KeyError, TypeError, ValueError, IndexError):
        raise PlatformAnswer(
            "the server at connection.url does not report Odoo's version",
            why=f"its answer to {PATH} is not one of Odoo",
            fix="check connection.url: Odoo's own address, without a path",
        ) from None


def _page(url: str) -> str | None:
    """A page of Odoo is easily copied along: https://odoo.example.com/web, or /odoo since 18."""
    return next((page for page in ("/web", "/odoo") if url.endswith(page)), None)


def _address(url: str) -> str:
    if page := _page(url):
        return f"connection.url: {url.removesuffix(page)}, without {page}"
    return "check connection.url: Odoo's own address, without a page"
