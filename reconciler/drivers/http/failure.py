"""Why a site could not be reached, in plain words.

A library's own text stays out: it may quote headers or a proxy's password.
"""

from __future__ import annotations

import re
import ssl

import urllib3

from reconciler.errors import PlatformAnswer, PlatformUnreachable
from reconciler.network.failure import TooLarge, causes, origin, reset, timed_out
from reconciler.network.trust import Unreadable


def unreachable(error: BaseException, url: str, timeout: float) -> PlatformUnreachable | PlatformAnswer:
    """`timeout` is what the whole call had, in seconds."""
    if isinstance(error, TooLarge):
        return PlatformAnswer(f"{origin(url)} answered with {error}", why="no settings are that large")
    what, fix = _tls_reason(error) or _network_reason(error, timeout)
    return PlatformUnreachable(f"{origin(url)}: {what}", fix=fix)


def _tls_reason(error: BaseException) -> tuple[str, str] | None:
    nested = tuple(causes(error))
    text = " ".join(str(cause) for cause in nested if isinstance(cause, OSError))
    if found := re.search(r"certificate verify failed: ([^(]+)", text):
        fix = "set connection.ca_file to the CA that signed it, or correct the host name in connection.url"
        return f"its certificate is not trusted: {found[1].strip()}", fix
    if any(isinstance(cause, Unreadable) for cause in nested):
        fix = "check connection.ca_file and connection.client_certificate: PEM files that this user may read"
        return "a certificate file cannot be read", fix
    if "WRONG_VERSION_NUMBER" in text or "record layer failure" in text:
        return "this port does not speak TLS", "check the port in connection.url"
    if any(isinstance(cause, ssl.SSLError | urllib3.exceptions.SSLError) for cause in nested):
        return "TLS failed", "check connection.client_certificate, and which TLS versions the server speaks"
    return None


def _network_reason(error: BaseException, timeout: float) -> tuple[str, str]:
    def any_is(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes(error))

    reasons = (
        (any_is(urllib3.exceptions.ProxyError), "its proxy is unreachable, or refused", "check connection.proxy"),
        (
            any_is(urllib3.exceptions.NameResolutionError),
            "the name does not resolve",
            "check the host in connection.url, and DNS",
        ),
        (any_is(ConnectionRefusedError), "connection refused", "is the server up, and is the port right?"),
        (
            timed_out(error),
            f"no complete answer within {round(timeout, 1):g} s",
            "check network and firewall, or raise connection.timeout",
        ),
        (reset(error), "the connection was lost", "the server, or something in between, hung up: check its log"),
        (True, f"no connection ({type(error).__name__})", "check connection.url"),
    )
    return next((what, fix) for true, what, fix in reasons if true)
