"""What a report tells of a relay at a glance, out of its checks."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from reconciler.model.handshake import CheckResult, CheckStatus, Handshake
from reconciler.views.handshakes.places import said

_AUTH = re.compile(r"\bAUTH[ =]([A-Z0-9 -]+)")
_SIZE = re.compile(r"\bSIZE (\d+)")
_LOGIN = re.compile(r"\bAUTH \S+ as [^,]+")
_DNS = {"SPF": ("SMTP020",), "DKIM": ("SMTP021",), "DMARC": ("SMTP022",)}
_PROVEN = (CheckStatus.PASS, CheckStatus.INFO)
_MEBIBYTE = 1 << 20
_DAY = 86400


def known(found: Handshake, now: datetime) -> Mapping[str, str]:
    """Labels and what is known; empty where nothing is."""
    return {
        "Certificate": certificate(found, now),
        "Key of the certificate": _evidence(found, "SMTP207"),
        "TLS": tls(found),
        "Logins offered": mechanisms(found),
        "Login": login(found),
        "Sender": _reason(found, "SMTP400"),
        "Recipient": _reason(found, "SMTP401"),
        "Message": _reason(found, "SMTP500"),
        "Largest message": size(found),
        **{label: _first(found, ids) for label, ids in _DNS.items()},
        "From here": said(found.here) if found.here else "",
        "Time": ", ".join(f"{step.name} {step.ms:.0f} ms" for step in found.steps),
    }


def days(found: Handshake, now: datetime) -> int | None:
    """Whole ones that its certificate has left; None where none was seen."""
    if found.certificate is None:
        return None
    return math.floor((datetime.fromisoformat(found.certificate.expires) - now).total_seconds() / _DAY)


def certificate(found: Handshake, now: datetime) -> str:
    """How long it lasts."""
    if found.certificate is None or (left := _left(days(found, now))) is None:
        return ""
    return f"{left}, until {datetime.fromisoformat(found.certificate.expires):%Y-%m-%d}"


def _left(days: int | None) -> str | None:
    if days is None:
        return None
    if days == 0:
        return "ends today"
    return f"{days} days left" if days > 0 else f"expired {-days} days ago"


def tls(found: Handshake) -> str:
    """Version and cipher, where it was verified."""
    return _reason(found, "SMTP203")


def login(found: Handshake) -> str:
    return told[0] if (told := _LOGIN.search(found.summary)) else ""


def mechanisms(found: Handshake) -> str:
    """As the server listed them last: inside TLS."""
    listed = [match[1].strip() for check in _checks(found, ("SMTP103", "SMTP211")) for match in _offers(check)]
    return listed[-1] if listed else ""


def size(found: Handshake) -> str:
    """What the server says that it takes."""
    said = [int(match[1]) for check in _checks(found, ("SMTP103",)) for match in _SIZE.finditer(check.evidence or "")]
    return f"{said[-1] / _MEBIBYTE:.0f} MiB" if said and said[-1] else ""


def _offers(check: CheckResult) -> Iterable[re.Match[str]]:
    return _AUTH.finditer(check.evidence or "")


def _evidence(found: Handshake, check: str) -> str:
    return next((one.evidence or "" for one in _checks(found, (check,))), "")


def _reason(found: Handshake, check: str) -> str:
    return next((one.reason for one in _checks(found, (check,)) if one.status in _PROVEN), "")


def _first(found: Handshake, ids: Iterable[str]) -> str:
    return next((one.reason for one in _checks(found, ids)), "")


def _checks(found: Handshake, ids: Iterable[str]) -> Iterable[CheckResult]:
    wanted = tuple(ids)
    return (one for one in found.checks if one.id in wanted)
