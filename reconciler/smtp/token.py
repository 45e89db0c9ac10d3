"""SMTP304: whether an access token is one for this use. Its claims are read, not verified: only its receiver can."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from reconciler.model.handshake import CheckResult, Relay
from reconciler.smtp.checks import failed, informed, passed

SPARE = 300.0  # seconds that a token must still live
ROLE = "SMTP.SendAsApp"
# the resource Office 365 Exchange Online: its id, and its names in the clouds
_EXCHANGE = frozenset(
    {
        "00000002-0000-0ff1-ce00-000000000000",
        "https://outlook.office365.com",
        "https://outlook.office.com",
        "https://outlook.office365.us",
        "https://partner.outlook.cn",
    }
)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def sanity(claims: Mapping[str, object], relay: Relay, now: float) -> CheckResult:
    """Fails on what the relay would refuse without a reason. Evidence names four claims and no others."""
    if not claims:
        return informed("SMTP304", "the access token is opaque: nothing in it can be read before it is used")
    evidence = ", ".join(_shown(claims))
    if problems := tuple(_problems(claims, relay, now)):
        return failed("SMTP304", f"the access token would be refused: {'; '.join(problems)}", evidence=evidence)
    return passed("SMTP304", "the access token is one for this use", evidence)


def _problems(claims: Mapping[str, object], relay: Relay, now: float) -> Iterator[str]:
    ends = claims.get("exp")
    if isinstance(ends, int | float) and ends - now < SPARE:
        yield "it has expired" if ends <= now else f"it expires in {ends - now:.0f} s"
    if relay.oauth2 is None or relay.oauth2.provider != "entra":
        return
    audience = str(claims.get("aud") or "none").rstrip("/")
    if audience not in _audiences(relay):
        wanted = sorted(_audiences(relay) - _EXCHANGE) or ["https://outlook.office365.com"]
        yield f"its audience is {_line(audience)}, not {wanted[0]}"
    tenant, declared = str(claims.get("tid") or ""), relay.oauth2.tenant_id or ""
    if tenant and _GUID.fullmatch(declared) and tenant.lower() != declared.lower():
        yield f"it is of tenant {_line(tenant)}, not {declared}"
    roles = claims.get("roles")
    if ROLE not in (roles if isinstance(roles, list) else ()):
        yield f"the application permission {ROLE} is not in it"


def _audiences(relay: Relay) -> frozenset[str]:
    scope = relay.oauth2.scope if relay.oauth2 else None
    if scope is None:
        return _EXCHANGE
    declared = scope.removesuffix("/.default").rstrip("/")
    return _EXCHANGE if declared in _EXCHANGE else _EXCHANGE | {declared}


def _shown(claims: Mapping[str, object]) -> Iterator[str]:
    for name in ("aud", "tid", "roles"):
        if name in claims:
            value = claims[name]
            yield f"{name} {_line(' '.join(map(str, value)) if isinstance(value, list) else str(value))}"
    if isinstance(ends := claims.get("exp"), int | float) and 0 < ends < 1e11:
        yield f"exp {datetime.fromtimestamp(ends, UTC).isoformat(timespec='seconds')}"


def _line(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)[:120]
