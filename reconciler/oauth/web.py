"""HTTP to token servers: verified TLS, no redirects, nothing out of the environment, an end to time and size.

The one file here that knows `requests`; import it inside functions.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from reconciler.errors import TokenAnswer, TokenBusy, TokenError, TokenRefused, TokenUnreachable

TIMEOUT = (5.0, 15.0)  # seconds, to connect and for each read
TOTAL = 30.0  # seconds, for all requests that one token takes
MAX_BYTES = 1024 * 1024
_PIECE = 16 * 1024
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


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
    """The requests of one token; close it. `server` and `fix` in errors speak of the setting that names the server."""

    def __init__(
        self, *, ca_file: str | None, proxy: str | None, timeout: tuple[float, float] = TIMEOUT, total: float = TOTAL
    ) -> None:
        self._timeout, self._sockets, self._over = timeout, list[socket.socket](), threading.Event()
        self._session = requests.Session()
        # else REQUESTS_CA_BUNDLE wins over our CA without a word, and .netrc over our credentials
        self._session.trust_env = False
        self._session.verify = _trusted(ca_file)
        self._session.proxies = {"http": proxy, "https": proxy} if proxy else {}
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self._sockets))
        self._total, self._deadline, self._watchdog = total, 0.0, threading.Timer(total, self._hang_up)
        self._watchdog.daemon = True

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._watchdog.cancel()
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
        site = _site(url)
        if not self._deadline:  # from the first request on: opening the credential has its own deadline
            self._deadline = time.monotonic() + self._total
            self._watchdog.start()
        try:
            status, received, content = self._exchange(verb, url, params=params, data=data, headers=headers)
        except _FAILURES as error:
            # the library's exception holds the request, and that the credentials
            raise self._unreachable(error, site) from None
        return _reply(site, status, received, content)

    def _exchange(self, verb: str, url: str, **given: Any) -> tuple[int, Mapping[str, str], bytes]:
        with self._session.request(
            verb, url, timeout=self._timeout, allow_redirects=False, stream=True, **given
        ) as response:
            content = b"".join(self._pieces(response.raw, _site(url)))
            return response.status_code, {name.lower(): text for name, text in response.headers.items()}, content

    def _pieces(self, raw: Any, site: str) -> Iterator[bytes]:
        size = 0
        while piece := raw.read(_PIECE, decode_content=True):
            size += len(piece)
            if size > MAX_BYTES:
                raise TokenAnswer(
                    f"{site} answered with more than {MAX_BYTES // 1024**2} MiB", why="no token is so long"
                )
            yield piece
        if time.monotonic() >= self._deadline:  # without a length, an answer that was cut off looks whole
            raise requests.Timeout

    def _hang_up(self) -> None:
        """Ends what a slow server drags on: a socket's own timeout counts anew with every byte."""
        self._over.set()
        for one in self._sockets:
            try:
                # not SSLSocket's own: it would pull the TLS object from under the reading thread
                socket.socket.shutdown(one, socket.SHUT_RDWR)
            except OSError:  # closed already
                continue

    def _unreachable(self, error: Exception, site: str) -> TokenError:
        late = self._over.is_set() or _any(error, requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
        what, fix = _tls_reason(error) or _network_reason(error, late=late)
        return TokenUnreachable(f"{site}: {what}", why="no token could be fetched", fix=fix)


def check_url(url: str) -> None:
    """Raises TokenRefused for an address that a secret must not be sent to."""
    try:
        parts = urlsplit(url)
        name, login, _ = parts.hostname or "", parts.username or parts.password, parts.port
    except ValueError:
        raise TokenRefused(
            "the address of the token server cannot be understood", fix="https://host[:port]/path"
        ) from None
    if login is not None or not name or parts.scheme not in ("http", "https"):
        why = "it holds a login" if login is not None else "it is no web address"
        raise TokenRefused("the address of the token server cannot be used", why=why, fix="https://host[:port]/path")
    if parts.scheme == "http" and not _loopback(name):
        why = "the credential would travel in clear text; only a server on this machine may be asked so"
        raise TokenRefused(f"{_site(url)} is not https", why=why, fix="use the https address of the token server")


def _loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _site(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])


def _trusted(ca_file: str | None) -> str | bool:
    """The declared CA, else those of the system, else those that come with requests."""
    if ca_file is not None:
        if not Path(ca_file).is_file():
            raise TokenRefused(
                f"CA file {ca_file} is not there", why="the token server is verified with it", fix="correct ca_file"
            )
        return ca_file
    system = ssl.get_default_verify_paths()
    if system.cafile:
        return system.cafile
    return system.capath if system.capath and any(Path(system.capath).glob("*.0")) else True


def _reply(site: str, status: int, headers: Mapping[str, str], content: bytes) -> Reply:
    if status == 429 or status >= 500:
        raise _busy(site, status, headers)
    if 300 <= status < 400:
        why, fix = "credentials are never sent on to another address", "name the final address of the token server"
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


def _busy(site: str, status: int, headers: Mapping[str, str]) -> TokenBusy:
    asked = headers.get("retry-after", "").strip()
    wait = float(asked[:6]) if asked.isascii() and asked.isdigit() else None
    why = "rate limit" if status == 429 else "the token server, or a proxy before it, is overloaded or restarting"
    text = f"; it asks to wait {wait:.0f} s" if wait else ""
    error = TokenBusy(f"{site} answered {status}{text}", why=why, fix="run it again later")
    error.retry_after = wait
    return error


def _tls_reason(error: Exception) -> tuple[str, str] | None:
    text = " ".join(str(cause) for cause in _causes(error) if isinstance(cause, OSError))
    if "certificate verify failed" in text:
        reason = text.partition("certificate verify failed: ")[2].partition(" (")[0][:120] or "unknown"
        fix = "give the CA that signed it as ca_file, or correct the host name; REQUESTS_CA_BUNDLE is not looked at"
        return f"its certificate cannot be trusted: {reason}", fix
    if _any(error, ssl.SSLError, urllib3.exceptions.SSLError):
        return "TLS failed", "check the port, and which TLS versions the server speaks"
    return None


def _network_reason(error: Exception, *, late: bool) -> tuple[str, str]:
    network = "check network, proxy and firewall: this host must reach the token server"
    reasons = (
        (_any(error, urllib3.exceptions.NameResolutionError), "the name is not known", "check the host, and DNS"),
        (_any(error, urllib3.exceptions.ProxyError), "its proxy cannot be reached, or refused", "check the proxy"),
        (_any(error, ConnectionRefusedError), "connection refused", "is the server up, and is the port right?"),
        (late, "no whole answer in time", network),
        (_any(error, ConnectionError, urllib3.exceptions.ProtocolError), "the connection broke off", network),
        (True, f"no connection ({type(error).__name__})", network),
    )
    return next((what, fix) for true, what, fix in reasons if true)


def _any(error: Exception, *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in _causes(error))


def _causes(error: object, seen: int = 0) -> Iterator[BaseException]:
    """An exception and those inside it: libraries nest them as cause, argument and `reason`."""
    if not isinstance(error, BaseException) or seen > 8:
        return
    yield error
    for inner in (error.__cause__, getattr(error, "reason", None), *error.args):
        yield from _causes(inner, seen + 1)


class _Adapter(HTTPAdapter):
    """Tells every socket that it opens."""

    def __init__(self, sockets: list[socket.socket]) -> None:
        self._pools = {"http": _pool(HTTPConnectionPool, HTTPConnection, sockets)}
        self._pools["https"] = _pool(HTTPSConnectionPool, HTTPSConnection, sockets)
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=2)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pool(pool: Any, connection: Any, sockets: list[socket.socket]) -> Any:
    def connect(self: Any) -> None:
        connection.connect(self)
        if isinstance(self.sock, socket.socket):
            sockets.append(self.sock)

    return type(
        pool.__name__, (pool,), {"ConnectionCls": type(connection.__name__, (connection,), {"connect": connect})}
    )
