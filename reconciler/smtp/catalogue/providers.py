"""What mail providers have announced about logins, as data: dates move, and then only this file changes."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Notice(NamedTuple):
    """From `since` on, `said` holds. `ended` says that the login cannot work any more."""

    since: date
    said: str
    ended: bool = False


class Provider(NamedTuple):
    """`exchange` says that an access token has to be one for Exchange Online."""

    name: str
    hosts: frozenset[str]
    notices: tuple[Notice, ...]  # about auth: basic, in order of their dates
    source: str
    exchange: bool = False


PROVIDERS = (
    Provider(
        name="Exchange Online",
        hosts=frozenset(
            {
                "smtp.office365.com",
                "smtp.office365.us",
                "outlook-dod.office365.us",
                "smtp.partner.outlook.cn",
                "partner.outlook.cn",
            }
        ),
        notices=(
            Notice(
                since=date(2026, 1, 29),
                said="Basic authentication is disabled by default at the end of December 2026 (existing tenants may "
                "enable it again, new ones may not); the date of its removal is to be announced in the second half "
                "of 2027",
            ),
            Notice(
                since=date(2026, 12, 31),
                said="Basic authentication is disabled by default since the end of December 2026, unless the tenant's "
                "administrator has enabled it again; the date of its removal is to be announced in the second half "
                "of 2027",
            ),
        ),
        source="Exchange Team Blog, 2026-01-27, v3.0 of 2026-01-29; for all clouds",
        exchange=True,
    ),
)


def provider(host: str) -> Provider | None:
    name = host.lower().rstrip(".")
    return next((one for one in PROVIDERS if name in one.hosts), None)


def notice(found: Provider, today: date) -> Notice | None:
    """The newest notice that holds on this day."""
    return next((one for one in reversed(found.notices) if one.since <= today), None)
