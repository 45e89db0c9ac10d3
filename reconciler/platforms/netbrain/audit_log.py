"""Who saved the email settings, as NetBrain's REST API tells it: events, not values. Published for R11 to R12.3a."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from reconciler.drivers.http import client as http
from reconciler.drivers.http import site
from reconciler.errors import PlatformAnswer, PlatformBusy, PlatformDenied, PlatformError, ReconcilerError
from reconciler.model.attestation import ConsoleEvent
from reconciler.model.checkup import Examined
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.ports import Opener
from reconciler.model.settings import Connection, Tree
from reconciler.platforms.netbrain import api_login

LOGS = "/ServicesAPI/API/V1/CMDB/AuditLogs"
MODULE = "Email Server Settings"
DAYS = 30
PAGE, PAGES = 100, 20  # the API gives at most 100 rows at once
DONE, TOO_MANY = 790200, 795011


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`at` is the log's own text: ISO 8601, UTC."""

    at: str
    user: str
    address: str
    message: str


def events(connection: Connection, secrets: Opener, now: datetime) -> tuple[Event, ...]:
    """Newest first; none without `connection.audit_log`. Raises PlatformError, SecretError, TokenError."""
    declared = connection.get("audit_log")
    if not isinstance(declared, Mapping):
        return ()
    token = api_login.token(connection, declared, secrets)
    at = site.site(str(declared.get("url", connection["url"])), connection, {"token": token.value})
    reader = http.ReadOnlyHttp(at, [("GET", LOGS), *api_login.CALLS])
    try:
        return tuple(_events(reader, declared, now))
    finally:
        api_login.leave(reader, token)
        reader.close()


def checkup(connection: Connection, secrets: Opener, now: datetime) -> Iterator[Examined]:
    """What `doctor` tells of the log; without it nothing is lost but who changed what."""
    if connection.get("audit_log") is None:
        return
    try:
        count = len(events(connection, secrets, now))
    except ReconcilerError as error:
        said = f"{error.what} ({error.why})" if error.why else error.what
        yield Examined(what="audit", ok=None, said=f"who changes the settings is not told: {said}", fix=error.fix)
        return
    told = f"{count} event{'' if count == 1 else 's'} of {MODULE}"
    yield Examined(what="audit", ok=True, said=f"the log can be read: {told}")


def foreign(found: Sequence[Event], ours: Collection[str]) -> tuple[Event, ...]:
    """What others saved since we did last. `found` is newest first."""
    since = next((number for number, one in enumerate(found) if one.user in ours), len(found))
    return tuple(found[:since])


def since(found: Sequence[Event], at: str) -> tuple[ConsoleEvent, ...]:
    """Later ones than a time (RFC 3339, UTC), the latest last, for a console that only people look at."""
    begin = datetime.fromisoformat(at)
    later = [one for one in reversed(found) if datetime.fromisoformat(one.at) > begin]
    return tuple(ConsoleEvent(at=one.at, by=f"{one.user} ({one.address})", what=MODULE) for one in later)


def possibly_drifted(found: Sequence[Event], ours: Collection[str], address: str) -> Finding | None:
    """By whom and when; None where nobody but `ours` was there since."""
    others = foreign(found, ours)
    if not others:
        return None
    newest, more = others[0], _more(len(others) - 1)
    return Finding(
        severity=Severity.WARNING,
        rule="possibly-drifted",
        holds=Holds.UNTIL_USED,
        what=f"{newest.user} ({newest.address}) saved the email settings at {newest.at}{more}",
        why="the audit log records events, not values; a secret cannot be read back, so it may have been changed too",
        fix="ask; then apply what differs, or rotate the secret to have it written again",
        address=address,
    )


def _more(times: int) -> str:
    return "" if times == 0 else f", and {times} more {'time' if times == 1 else 'times'} before"


def _events(reader: http.ReadOnlyHttp, declared: Mapping[str, Tree], now: datetime) -> Iterator[Event]:
    begin = now - timedelta(days=int(str(declared.get("days", DAYS))))
    asked = {"From": _text(begin), "To": _text(now), "modules": MODULE, "limit": str(PAGE)}
    for page in range(PAGES):
        rows = _rows(reader, {**asked, "skip": str(page * PAGE)})
        # how a list of modules is written in the address is not published: what comes is looked at again
        yield from (_event(row) for row in rows if row.get("module") == MODULE and row.get("status", 0) == 0)
        if len(rows) < PAGE:
            return


def _rows(reader: http.ReadOnlyHttp, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    answer = reader.request("GET", f"{LOGS}?{urlencode(asked)}", accept=(400, 401, 403))
    found = answer.json()
    code = found.get("statusCode") if isinstance(found, dict) else None
    rows = found.get("auditLogs") if isinstance(found, dict) else None
    if code != DONE or not isinstance(rows, list):
        raise _refusal(code, str(found.get("statusDescription", "")) if isinstance(found, dict) else "")
    return [row for row in rows if isinstance(row, dict)]


def _event(row: Mapping[str, Any]) -> Event:
    at, user, address = (str(row.get(name) or "?") for name in ("time", "userName", "ipAddress"))
    return Event(at=at, user=user, address=address, message=str(row.get("message") or ""))


def _refusal(code: object, said: str) -> PlatformError:
    what = f"NetBrain's audit log answered {code}: {said}"
    if code == TOO_MANY:
        return PlatformBusy(what, fix="try again in a few minutes")
    if isinstance(code, int) and 795000 <= code < 796000:
        return PlatformDenied(what, fix="an account or OAuth client that may read audit logs; from R12.3 an API group")
    return PlatformAnswer(what, fix="check connection.audit_log.url")


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
