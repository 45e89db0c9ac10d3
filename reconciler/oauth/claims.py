"""What a token says about itself, looked at before it is used. Decoded, not verified: only its receiver can do that."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Iterator, Mapping

from reconciler.model.handshake import CheckResult, CheckStatus, OAuth2
from reconciler.model.secret import SecretValue
from reconciler.oauth import clouds
from reconciler.oauth.grant import Token

CHECK = "SMTP304"
ROLE = "SMTP.SendAsApp"
SPARE = 300.0  # seconds that must be left
_LOOKED_AT = ("aud", "tid", "roles", "exp")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def decoded(token: SecretValue) -> Mapping[str, object]:
    """The claims of a JWT; empty for any other token."""
    parts = token.reveal().split(".")
    if len(parts) != 3:
        return {}
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def check(token: Token, oauth2: OAuth2, *, now: float | None = None) -> CheckResult:
    """SMTP304: whether this token can be good for what it was asked for. Names claims, never shows them."""
    if not token.claims:
        reason = "the token is opaque: only the relay can tell what it is good for"
        return CheckResult(id=CHECK, status=CheckStatus.SKIPPED, reason=reason)
    problems = tuple(_problems(token.claims, oauth2, time.time() if now is None else now))
    if not problems:
        looked = ", ".join(name for name in _LOOKED_AT if name in token.claims)
        return CheckResult(id=CHECK, status=CheckStatus.PASS, reason="the token fits the relay", evidence=looked)
    return CheckResult(
        id=CHECK,
        status=CheckStatus.FAIL,
        reason="; ".join(reason for _, reason, _ in problems),
        evidence=f"claims: {', '.join(claim for claim, _, _ in problems)}",
        advice="; ".join(dict.fromkeys(advice for _, _, advice in problems)),
    )


def _problems(found: Mapping[str, object], oauth2: OAuth2, now: float) -> Iterator[tuple[str, str, str]]:
    """Claim, what is wrong with it, what to do."""
    resource = _resource(oauth2)
    if resource is not None and not _is_for(found.get("aud"), resource):
        yield "aud", f"aud is not {resource}", "check oauth2.scope: it names the receiver of the token"
    tenant = (oauth2.tenant_id or "").lower()
    if _GUID.fullmatch(tenant) and str(found.get("tid", tenant)).lower() != tenant:
        yield "tid", "tid is another tenant than oauth2.tenant_id", "check oauth2.tenant_id and the token server"
    if resource in clouds.EXCHANGE and not _holds(found.get("roles"), ROLE):
        advice = f"give the application the application permission {ROLE}, and grant admin consent"
        yield "roles", f"roles lack {ROLE}", advice
    end = found.get("exp")
    if not isinstance(end, int | float):
        if resource is not None:
            yield "exp", "exp is missing", "check the token server"
    elif end - now <= SPARE:
        advice = "check the clock of this host, and the lifetime of tokens at the token server"
        yield "exp", "exp is over, or less than 5 minutes away", advice


def _resource(oauth2: OAuth2) -> str | None:
    """The receiver in a scope of Entra; other servers' scopes do not name one."""
    scope = clouds.complete(oauth2).scope if oauth2.provider == "entra" else oauth2.scope
    return scope.removesuffix("/.default").rstrip("/") if scope and scope.endswith("/.default") else None


def _is_for(audience: object, resource: str) -> bool:
    named = {
        one.rstrip("/") for one in (audience if isinstance(audience, list) else [audience]) if isinstance(one, str)
    }
    return resource in named or (resource in clouds.EXCHANGE and clouds.EXCHANGE_ID in named)


def _holds(roles: object, role: str) -> bool:
    return isinstance(roles, list) and role in roles
