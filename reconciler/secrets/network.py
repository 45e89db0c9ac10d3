"""Why a request failed, in the system's words: `connection refused`, not the name of an exception."""

from __future__ import annotations

import ssl
from collections.abc import Iterator


def reason(error: Exception) -> str:
    """For everything that requests raises. Repeats no address, no header and no text of the server."""
    import requests

    if isinstance(error, requests.exceptions.SSLError):
        return f"TLS: {_tls_reason(error)}"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    # requests' own errors are OSErrors too, without an errno
    reasons = [cause.strerror for cause in causes(error) if isinstance(cause, OSError) and cause.errno]
    return next((text.lower() for text in reasons if text), "no connection")


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything below it; urllib3 and requests hide the reason in attributes and arguments."""
    waiting, seen = [error], set[int]()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        below = (current.__cause__, current.__context__, getattr(current, "reason", None), *current.args)
        waiting += [item for item in below if isinstance(item, BaseException)]


def _tls_reason(error: Exception) -> str:
    for cause in causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"certificate not accepted: {cause.verify_message}"
    reasons = [cause.reason for cause in causes(error) if isinstance(cause, ssl.SSLError) and cause.reason]
    return reasons[0] if reasons else "the handshake failed"
