"""What a token says about itself, looked at before it is used. Decoded, not verified: only its receiver can do that."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.model.handshake import CheckResult, CheckStatus, OAuth2
from reconciler.model.secret import SecretValue
from reconciler.oauth import clouds
from reconciler.oauth.grant import Token

CHECK = "SMTP304"
ROLE = "SMTP.SendAsApp"
DELEGATED = "SMTP.Send"  # of a person's token, in scp
SPARE = 300.0  # seconds that must be left
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


def check(token: Token, oauth2: OAuth2 | None, *, exchange: bool, now: float | None = None) -> CheckResult:
    """SMTP304: whether this token can be good for this relay. Names claims, never shows them.

    `oauth2` is what it was asked for by, None for a token that was given ad hoc. `exchange` says that the relay is
    Exchange Online: it takes no other audience, whatever was asked for. `now` is in seconds since 1970 (UTC).
    Raises TokenRefused as `clouds.complete` does.
    """
    if not token.claims:
        reason = "the token is opaque: only the relay knows whether it will accept it"
        return CheckResult(id=CHECK, status=CheckStatus.SKIPPED, reason=reason)
    compared = tuple(_compared(token.claims, oauth2, exchange, time.time() if now is None else now))
    looked = tuple(dict.fromkeys(one.claim for one in compared))
    if problems := tuple(one for one in compared if one.problem):
        return CheckResult(
            id=CHECK,
            status=CheckStatus.FAIL,
            reason="; ".join(one.problem for one in problems),
            evidence=f"claims: {', '.join(one.claim for one in problems)}",
            advice="; ".join(dict.fromkeys(one.advice for one in problems)),
        )
    if not looked:
        reason = "the token does not say when it expires, and only the relay knows whether it will accept it"
        return CheckResult(id=CHECK, status=CheckStatus.SKIPPED, reason=reason)
    fits = "the token fits the relay" if "aud" in looked else "the token has not expired; only the relay knows the rest"
    return CheckResult(id=CHECK, status=CheckStatus.PASS, reason=fits, evidence=", ".join(looked))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """`problem` is empty for a claim that is as it should be."""

    claim: str
    problem: str = ""
    advice: str = ""


def _compared(found: Mapping[str, object], oauth2: OAuth2 | None, exchange: bool, now: float) -> Iterator[_Compared]:
    resource = _resource(oauth2) if oauth2 else None
    yield from _audience(found.get("aud"), resource, exchange=exchange, declared=oauth2 is not None)
    tenant = (oauth2.tenant_id or "").lower() if oauth2 else ""
    if _GUID.fullmatch(tenant) and "tid" in found:
        other = "tid is not oauth2.tenant_id" if str(found["tid"]).lower() != tenant else ""
        yield _Compared(claim="tid", problem=other, advice="check oauth2.tenant_id and the token server")
    if exchange or (resource is not None and clouds.is_exchange(resource)):
        yield _permission(found, declared=oauth2 is not None)
    yield from _end(found.get("exp"), now, needed=exchange or resource is not None, declared=oauth2 is not None)


def _audience(audience: object, resource: str | None, *, exchange: bool, declared: bool) -> Iterator[_Compared]:
    named = [one for one in (audience if isinstance(audience, list) else [audience]) if isinstance(one, str)]
    if exchange and not any(map(clouds.is_exchange, named)):
        scope = clouds.DEFAULT.scope
        advice = f"check oauth2.scope: {scope} unless the cloud has another" if declared else f"ask for scope {scope}"
        yield _Compared(claim="aud", problem="aud is not Exchange Online, which this relay is", advice=advice)
    elif resource in clouds.EXCHANGE or (resource is not None and not exchange):
        fits = any(_is_for(one, resource) for one in named)
        advice = "check oauth2.scope: it names the receiver of the token"
        yield _Compared(claim="aud", problem="" if fits else f"aud is not {resource}", advice=advice)
    elif exchange:
        yield _Compared(claim="aud")


def _permission(found: Mapping[str, object], *, declared: bool) -> _Compared:
    """An application's is a role; a token that a person has got, which can only be given ad hoc, has it in `scp`."""
    roles, scp = found.get("roles"), found.get("scp")
    if isinstance(roles, list) and ROLE in roles:
        return _Compared(claim="roles")
    if not declared and isinstance(scp, str) and DELEGATED in scp.split():
        return _Compared(claim="scp")
    lacks = f"roles lack {ROLE}" if declared else f"neither roles has {ROLE}, nor scp {DELEGATED}"
    advice = f"give the application the application permission {ROLE}, and grant admin consent"
    return _Compared(claim="roles", problem=lacks, advice=advice)


def _end(end: object, now: float, *, needed: bool, declared: bool) -> Iterator[_Compared]:
    if not isinstance(end, int | float):
        if needed:
            yield _Compared(claim="exp", problem="exp is missing", advice="check the token server")
        return
    over = "" if end - now > SPARE else "exp has passed, or is less than 5 minutes away"  # NaN is over too
    where = "the lifetime of tokens at the token server" if declared else "fetch a new token"
    yield _Compared(claim="exp", problem=over, advice=f"check this host's clock, and {where}")


def _resource(oauth2: OAuth2) -> str | None:
    """The receiver in a scope of Entra; other servers' scopes do not name one."""
    scope = clouds.complete(oauth2).scope if oauth2.provider == "entra" else oauth2.scope
    return scope.removesuffix("/.default").rstrip("/") if scope and scope.endswith("/.default") else None


def _is_for(audience: str, resource: str) -> bool:
    """Exchange Online goes by its address or by its id, whichever of the two was asked for."""
    either = clouds.is_exchange(audience) and clouds.EXCHANGE_ID in (audience, resource)
    return audience.rstrip("/") == resource or (either and clouds.is_exchange(resource))
