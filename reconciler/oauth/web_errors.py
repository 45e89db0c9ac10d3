"""Why a token server could not be asked, in plain words. A library's own text stays out: it may quote a secret."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

import requests
import urllib3

from reconciler.errors import TokenBusy, TokenUnreachable
from reconciler.network.failure import causes


def unreachable(error: Exception, site: str, *, late: bool, declared: str) -> TokenUnreachable:
    """`late`: the time for the whole was over. `declared` is the mapping that holds `ca_file` and `proxy`."""
    late = late or _any(error, requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
    what, fix = _tls_reason(error, declared) or _network_reason(error, declared, late=late)
    return TokenUnreachable(f"{site}: {what}", why="no token could be fetched", fix=fix)


def busy(site: str, status: int, headers: Mapping[str, str]) -> TokenBusy:
    asked = headers.get("retry-after", "").strip()
    wait = float(asked[:6]) if asked.isascii() and asked.isdigit() else None
    why = "rate limit" if status == 429 else "the token server, or a proxy in front of it, is overloaded or restarting"
    text = f"; it asks us to wait {wait:.0f} s" if wait else ""
    error = TokenBusy(f"{site} answered {status}{text}", why=why, fix="run it again later")
    error.retry_after = wait
    return error


def _tls_reason(error: Exception, declared: str) -> tuple[str, str] | None:
    text = " ".join(str(cause) for cause in causes(error) if isinstance(cause, OSError))
    if "certificate verify failed" in text:
        reason = text.partition("certificate verify failed: ")[2].partition(" (")[0][:120] or "unknown"
        fix = (
            f"name the file with the CA that signed it in {declared}.ca_file, or correct the host name; "
            "REQUESTS_CA_BUNDLE is ignored"
        )
        return f"its certificate is not trusted: {reason}", fix
    if _any(error, ssl.SSLError, urllib3.exceptions.SSLError):
        return "TLS failed", "check the port, and which TLS versions the server speaks"
    return None


def _network_reason(error: Exception, declared: str, *, late: bool) -> tuple[str, str]:
    network = (
        f"check network and firewall: this host must reach the token server, or a proxy that {declared}.proxy names; "
        "HTTPS_PROXY is ignored"
    )
    reasons = (
        (_any(error, urllib3.exceptions.NameResolutionError), "the name does not resolve", "check the host, and DNS"),
        (
            _any(error, urllib3.exceptions.ProxyError),
            "its proxy is unreachable, or refused",
            f"check {declared}.proxy",
        ),
        (_any(error, ConnectionRefusedError), "connection refused", "is the server up, and is the port right?"),
        (late, "no complete answer in time", network),
        (_any(error, ConnectionError, urllib3.exceptions.ProtocolError), "the connection was lost", network),
        (True, f"no connection ({type(error).__name__})", network),
    )
    return next((what, fix) for true, what, fix in reasons if true)


def _any(error: Exception, *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes(error))
