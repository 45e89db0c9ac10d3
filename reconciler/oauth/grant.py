"""What a token server grants, and what is needed to ask it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.errors import TokenAnswer
from reconciler.model.secret import SecretValue

DEFAULT_LIFETIME = 3600.0  # seconds; RFC 6749, 5.1: expires_in is only recommended
# visible ASCII: in a SASL string or a header anything else could end the token and begin something else
_TOKEN = re.compile(r"[\x21-\x7e]{1,65536}")


class Method(StrEnum):
    """How a client shows its secret (RFC 6749, 2.3.1)."""

    AUTO = "auto"  # basic; post when the server does not know basic
    BASIC = "client_secret_basic"
    POST = "client_secret_post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds: to connect, for each answer, and for all requests that one token takes."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`claims` are decoded, not verified: only its receiver can verify a token. Empty when it is opaque."""

    value: SecretValue
    claims: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """`expires_in` counts in seconds from now."""

    value: SecretValue
    expires_in: float


def granted(answer: Mapping[str, object], server: str) -> Grant:
    """The token in a successful answer (RFC 6749, 5.1). No part of the answer gets into a message.

    Raises TokenAnswer for one without a usable bearer token.
    """
    value, kind = answer.get("access_token"), answer.get("token_type", "Bearer")
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise TokenAnswer(f"{server} gave no usable token", why="access_token is missing, empty or not plain ASCII")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise TokenAnswer(
            f"{server} gave a token that is not a bearer token", why="SMTP and HTTP need token_type Bearer"
        )
    return Grant(value=SecretValue(value), expires_in=_lifetime(answer.get("expires_in")))


def _lifetime(given: object) -> float:
    try:
        seconds = float(given) if isinstance(given, int | float | str) else DEFAULT_LIFETIME
    except ValueError:
        return DEFAULT_LIFETIME
    return seconds if 0 <= seconds < 10**9 else DEFAULT_LIFETIME
