"""What Service Center keeps, and what it refuses to keep."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

from lab.servers.o11.releases import BASIC, EXCHANGE

SECRETS = ("password", "client_secret")
SWITCHES = ("ssl", "redirect")
RUNTIME = frozenset({"sender", "sender_name", "redirect", "test_list", "hostname"})  # wait for the factory
_ADDRESS = re.compile(r"[^@\s,]+@[^@\s,]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Of one environment. `hostname` stands on the other page."""

    server: str = ""
    port: str = ""
    auth: str = BASIC
    ssl: bool = False
    username: str = ""
    password: str = ""
    tenant: str = ""
    client_id: str = ""
    client_secret: str = ""
    sender: str = ""
    sender_name: str = ""
    redirect: bool = False
    test_list: str = ""
    hostname: str = "apps.example.com"

    @property
    def configured(self) -> bool:
        return bool(self.server)


def posted(before: Settings, form: Mapping[str, str], *, mask: str) -> Settings:
    """With what the form brings. A field that the page did not show stays; an unchanged mask keeps the secret."""
    found: dict[str, str | bool] = {
        one.name: form[one.name].strip() for one in fields(Settings) if one.name in form and one.name not in SWITCHES
    }
    for secret in SECRETS:
        if found.get(secret) == mask:
            del found[secret]
    # a browser sends nothing for a box that is off: a marker beside it tells that it was shown
    found |= {switch: switch in form for switch in SWITCHES if f"{switch}_shown" in form}
    return replace(before, **found)  # type: ignore[arg-type]  # names are those of the class


def faults(wanted: Settings) -> Iterator[str]:
    yield from (f"{label}: required field!" for label, value in _required(wanted) if not value)
    if wanted.port and not (wanted.port.isdecimal() and 0 < int(wanted.port) < 65536):
        yield "SMTP Port: integer expected!"
    if wanted.sender and not _ADDRESS.fullmatch(wanted.sender):
        yield "Default Sender Email: email expected!"
    if not all(_ADDRESS.fullmatch(one.strip()) for one in wanted.test_list.split(",") if wanted.test_list):
        yield "Test List Addresses: a comma-separated list of emails expected!"


def _required(wanted: Settings) -> Iterator[tuple[str, str]]:
    yield "SMTP Server", wanted.server
    yield "Default Sender Email", wanted.sender
    yield "Default Sender Name", wanted.sender_name
    if wanted.redirect:
        yield "Test List Addresses", wanted.test_list
    if wanted.auth == EXCHANGE:
        yield "Tenant", wanted.tenant
        yield "Client ID", wanted.client_id
        yield "Client Secret", wanted.client_secret
