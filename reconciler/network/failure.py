"""Why an exchange failed, in the system's words: `connection refused`, not the name of an exception.

A library's own text stays out: it may quote headers or a proxy's password.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from http.client import HTTPException

import requests
import urllib3

FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class TooLarge(requests.RequestException):
    """An answer that is longer than anything that is asked for."""


def reset(error: BaseException) -> bool:
    """The connection broke after it stood: a passing failure."""
    kinds = (ConnectionResetError, BrokenPipeError, ConnectionAbortedError, urllib3.exceptions.ProtocolError)
    return any(isinstance(cause, kinds) for cause in causes(error)) and not timed_out(error)


def timed_out(error: BaseException) -> bool:
    kinds = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
    return any(isinstance(cause, kinds) or _endless(cause) for cause in causes(error)) and not any(
        isinstance(cause, urllib3.exceptions.NameResolutionError) for cause in causes(error)
    )


def _endless(cause: BaseException) -> bool:
    """A server that says `100 Continue` for ever: up to Python 3.13 the deadline ends that, from 3.14 on http.client
    stops earlier, with an exception that has no kind of its own, as too many headers have none."""
    return type(cause) is HTTPException and "header" not in str(cause)


def reason(error: BaseException) -> str:
    """For everything in FAILURES. Repeats no address, no header and no text of the server."""
    found = tuple(causes(error))
    if any(isinstance(cause, ssl.SSLError | requests.exceptions.SSLError) for cause in found):
        return f"TLS: {_tls_reason(found)}"
    if any(isinstance(cause, TooLarge) for cause in found):
        return "its answer is larger than anything that was asked for"
    # requests' own errors are OSErrors too, without an errno
    reasons = [cause.strerror for cause in found if isinstance(cause, OSError) and cause.errno]
    if said := next((text.lower() for text in reasons if text), None):
        return said
    if timed_out(error):
        return "no answer in time"
    return "the connection was lost" if reset(error) else "no connection"


def _tls_reason(found: tuple[BaseException, ...]) -> str:
    for cause in found:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"certificate not accepted: {cause.verify_message}"
    reasons = [cause.reason for cause in found if isinstance(cause, ssl.SSLError) and cause.reason]
    return reasons[0] if reasons else "the handshake failed"


def causes(error: object, seen: int = 0) -> Iterator[BaseException]:
    """An exception and those inside it: libraries nest them as cause, argument and `reason`."""
    if not isinstance(error, BaseException) or seen > 8:
        return
    yield error
    for inner in (error.__cause__, getattr(error, "reason", None), *error.args):
        yield from causes(inner, seen + 1)


def origin(url: str) -> str:
    """Scheme, host and port: what of an address may be told."""
    return "/".join(url.split("/", 3)[:3])
