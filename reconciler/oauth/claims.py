"""What a token says about itself, looked at before it is used. Decoded, not verified: only its receiver can do that."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from reconciler.model.secret import SecretValue


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
