"""HTTP to token servers: verified TLS, no redirects, nothing out of the environment, an end to time and size.

Import it inside functions: `requests` takes 60 ms.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import requests

from reconciler.errors import TokenAnswer, TokenRefused
from reconciler.network import regular, trust
from reconciler.network import session as http_session
from reconciler.network.deadline import Until
from reconciler.network.failure import FAILURES, TooLarge, origin
from reconciler.oauth.grant import Limits
from reconciler.oauth.web_errors import busy, unreachable

MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A JSON object and its status, in the shape that msal reads too."""

    status_code: int
    headers: Mapping[str, str]
    text: str
    data: Mapping[str, object]

    def raise_for_status(self) -> None:
        """Nothing to raise: what is not for the caller was raised before."""


class Web:
    """The requests of one token; close it.

    `ca_file` and `proxy` are settings of `declared`, which messages name; nothing stands in for them.
    """

    def __init__(self, *, ca_file: str | None, proxy: str | None, limits: Limits, declared: str = "oauth2") -> None:
        self._limits, self._declared, self._deadline = limits, declared, 0.0
        # the proxy is not for http: such a server is on this machine, and the proxy would read the credential
        self._session = http_session.new(ca_file=_trusted(ca_file, declared))
        self._session.proxies = {"https": proxy} if proxy else {}

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._session.close()

    def request(
        self,
        verb: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """A JSON object with status 200 or 4xx. Raises a TokenError for all else."""
        check_url(url)
        site = origin(url)
        if not self._deadline:  # from the first request on: opening the credential has its own deadline
            self._deadline = time.monotonic() + self._limits.total
        try:
            status, received, content = self._exchange(verb, url, params=params, data=data, headers=headers)
        except TooLarge as error:
            raise TokenAnswer(f"{site} answered with {error}", why="no token is that long") from None
        except FAILURES as error:
            # the library's exception holds the request, and that the credentials
            raise unreachable(error, site, late=time.monotonic() >= self._deadline, declared=self._declared) from None
        return _reply(site, status, received, content)

    def _exchange(
        self, verb: str, url: str, *, params: Any, data: Mapping[str, str] | None, headers: Mapping[str, str] | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        until = Until(self._deadline, connect=self._limits.connect, read=self._limits.read)
        sent = requests.Request(verb, url, params=params, data=data, headers=dict(headers or {})).prepare()
        answer = http_session.exchange(self._session, sent, until, most=MAX_BYTES)
        return answer.status_code, {name.lower(): text for name, text in answer.headers.items()}, answer.content


def check_url(url: str) -> None:
    """Raises TokenRefused for an address that a secret must not be sent to."""
    try:
        parts = urlsplit(url)
        name, login, _ = parts.hostname or "", parts.username or parts.password, parts.port
    except ValueError:
        raise TokenRefused("the address of the token server is malformed", fix="https://host[:port]/path") from None
    if login is not None or not name or parts.scheme not in ("http", "https"):
        why = "it holds a login" if login is not None else "it is not a web address"
        raise TokenRefused("the address of the token server cannot be used", why=why, fix="https://host[:port]/path")
    if parts.scheme == "http" and not _loopback(name):
        why = "the credential would travel in clear text; only a server on this machine may use plain http"
        raise TokenRefused(f"{origin(url)} is not https", why=why, fix="use the https address of the token server")


def _loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _trusted(ca_file: str | None, declared: str) -> str | None:
    """What `trust` says, and a declared CA that is one."""
    if ca_file is not None:
        why, fix = "the token server is verified with it", f"{declared}.ca_file names a PEM file with the server's CA"
        try:
            regular.check(ca_file)
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=ca_file)
        except FileNotFoundError:
            raise TokenRefused(f"CA file {ca_file} does not exist", why=why, fix=fix) from None
        except OSError:  # SSLError is one
            raise TokenRefused(f"no CA certificate could be read from {ca_file}", why=why, fix=fix) from None
    return trust.trusted(ca_file)


def _reply(site: str, status: int, headers: Mapping[str, str], content: bytes) -> Reply:
    if status == 429 or status >= 500:
        raise busy(site, status, headers)
    if 300 <= status < 400:
        why, fix = "credentials are never forwarded to another address", "use the final address of the token server"
        raise TokenAnswer(f"{site} redirects ({status})", why=why, fix=fix)
    try:
        text = content.decode("utf-8")
        data = json.loads(text)
    except (ValueError, RecursionError):  # goes no further: it may quote a token
        data = None
    if not isinstance(data, dict):
        kind = headers.get("content-type", "").partition(";")[0].strip()[:60] or "no content type"
        why = "a proxy or a login page may be answering" if "html" in kind else "the answer is broken or was cut off"
        raise TokenAnswer(f"{site} answered {status} without a JSON object ({kind})", why=why, fix="check the address")
    return Reply(status_code=status, headers=headers, text=text, data=data)
