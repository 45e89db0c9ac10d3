"""The one file that knows `requests`: sessions without surprises, a hard deadline, errors in plain words.

Import it inside functions: `requests` takes 60 ms.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from reconciler import __version__
from reconciler.errors import PlatformAnswer, PlatformError, PlatformUnreachable

MAX_BYTES = 8 * 1024 * 1024
_PIECE = 64 * 1024
_SLACK = 0.02

Failure = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


def new(*, ca_file: str | None, proxy: str | None, certificate: str | tuple[str, str] | None) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no .netrc, no proxy and no CA bundle out of the environment
    session.verify = ca_file or True
    session.cert = certificate
    session.proxies = {"http": proxy, "https": proxy} if proxy else {}
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(max_retries=0, pool_connections=1, pool_maxsize=2))
    return session


def borrowed(name: str, *, ca_file: str | None, proxy: str | None, certificate: Any) -> requests.Session:
    """One that an earlier unit gave back, with its open connections, or a new one. One unit has it at a time."""
    with _LOCK:
        idle = _IDLE.get((name, ca_file, proxy, certificate))
        if idle:
            return idle.pop()
    return new(ca_file=ca_file, proxy=proxy, certificate=certificate)


def given_back(
    session: requests.Session, name: str, *, ca_file: str | None, proxy: str | None, certificate: Any
) -> None:
    with _LOCK:
        idle = _IDLE.setdefault((name, ca_file, proxy, certificate), [])
        if len(idle) < _MAX_IDLE:
            idle.append(session)
            return
    session.close()


def close_idle() -> None:
    """For tests; a run ends with its process."""
    with _LOCK:
        sessions = [session for idle in _IDLE.values() for session in idle]
        _IDLE.clear()
    for session in sessions:
        session.close()


_LOCK = threading.Lock()
_IDLE: dict[tuple[str, str | None, str | None, Any], list[requests.Session]] = {}
_MAX_IDLE = 64


def send(
    session: requests.Session, verb: str, url: str, *, headers: Mapping[str, str], body: bytes | None, deadline: float
) -> tuple[int, Mapping[str, str], bytes]:
    """One exchange, which ends at `deadline` (monotonic) whatever the server does."""
    try:
        received = _exchange(session, verb, url, headers, body, deadline)
    except Failure:
        if time.monotonic() < deadline - _SLACK:
            raise
        raise requests.Timeout from None  # a hang-up by the watchdog looks like the server's own
    if time.monotonic() >= deadline:  # without a length, an answer that was cut off looks whole
        raise requests.Timeout
    return received


def _exchange(
    session: requests.Session, verb: str, url: str, headers: Mapping[str, str], body: bytes | None, deadline: float
) -> tuple[int, Mapping[str, str], bytes]:
    left = max(_SLACK, deadline - time.monotonic())
    timeout: Any = urllib3.Timeout(total=left)  # requests hands it on; its own pair of timeouts has no total
    # not session.request: cookies, redirects and the environment are nothing for us, and a third of its time
    with session.get_adapter(url).send(
        _prepared(verb, url, headers, body),
        stream=True,
        timeout=timeout,
        verify=session.verify or True,
        cert=session.cert,
        proxies=session.proxies,
    ) as response:
        raw: Any = response.raw
        try:
            content = b"".join(_pieces(raw, url))
        finally:
            raw.watchdog.cancel()
        return response.status_code, {name.lower(): text for name, text in response.headers.items()}, content


def _prepared(verb: str, url: str, headers: Mapping[str, str], body: bytes | None) -> requests.PreparedRequest:
    prepared = requests.PreparedRequest()
    prepared.method, prepared.body = verb, body
    prepared.prepare_url(url, None)
    given = {**_HEADERS, **headers} | ({} if body is None else {"Content-Length": str(len(body))})
    prepared.headers = CaseInsensitiveDict(given)
    return prepared


_HEADERS = {"User-Agent": f"reconciler/{__version__}", "Accept-Encoding": "gzip, deflate"}


def _pieces(raw: Any, url: str) -> Iterator[bytes]:
    size = 0
    while piece := raw.read(_PIECE, decode_content=True):
        size += len(piece)
        if size > MAX_BYTES:
            raise PlatformAnswer(
                f"{_site(url)} answered with more than {MAX_BYTES // 1024**2} MiB", why="no setting is that large"
            )
        yield piece


class _Watched:
    """A connection that is hung up when its time is over: a socket's timeout counts anew with every byte."""

    sock: Any
    timeout: Any

    def getresponse(self) -> Any:
        watchdog = threading.Timer(self.timeout, _hang_up, [self.sock])
        watchdog.daemon = True
        watchdog.start()
        try:
            response = super().getresponse()  # type: ignore[misc]  # of the connection it is mixed into
        except BaseException:
            watchdog.cancel()
            raise
        response.watchdog = watchdog
        return response


def _hang_up(sock: Any) -> None:
    if isinstance(sock, socket.socket):
        try:
            # not SSLSocket's own: it would pull the TLS object from under the reading thread
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        except OSError:
            return


class _WatchedHttp(_Watched, HTTPConnection):
    pass


class _WatchedHttps(_Watched, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHttp


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHttps


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
        return manager


def reset(error: BaseException) -> bool:
    """The connection broke after it stood: a passing failure."""
    kinds = (ConnectionResetError, BrokenPipeError, ConnectionAbortedError, urllib3.exceptions.ProtocolError)
    return any(isinstance(cause, kinds) for cause in _causes(error)) and not _timed_out(error)


def unreachable(error: BaseException, url: str, timeout: float) -> PlatformError:
    """A library's exception in plain words. Its own text is left out: it may quote headers or a proxy's password."""
    if isinstance(error, PlatformError):
        return error
    what, fix = _tls_reason(error) or _network_reason(error, timeout)
    return PlatformUnreachable(f"{_site(url)}: {what}", fix=fix)


def _tls_reason(error: BaseException) -> tuple[str, str] | None:
    causes = tuple(_causes(error))
    text = " ".join(str(cause) for cause in causes if isinstance(cause, OSError))
    if found := re.search(r"certificate verify failed: ([^(]+)", text):
        fix = "set connection.ca_file to the CA that signed it, or correct the host name in connection.url"
        return f"its certificate cannot be trusted: {found[1].strip()}", fix
    if re.search(r"Could not find|x509|PEM", text, re.IGNORECASE):
        fix = "check connection.ca_file and connection.client_certificate: PEM files that this user may read"
        return "a certificate file cannot be read", fix
    if "WRONG_VERSION_NUMBER" in text or "record layer failure" in text:
        return "this port does not speak TLS", "check the port in connection.url"
    if any(isinstance(cause, ssl.SSLError | urllib3.exceptions.SSLError) for cause in causes):
        return "TLS failed", "check connection.client_certificate, and which TLS versions the server speaks"
    return None


def _network_reason(error: BaseException, timeout: float) -> tuple[str, str]:
    def any_is(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in _causes(error))

    reasons = (
        (any_is(urllib3.exceptions.ProxyError), "its proxy cannot be reached, or refused", "check connection.proxy"),
        (
            any_is(urllib3.exceptions.NameResolutionError),
            "the name is not known",
            "check the host in connection.url, and DNS",
        ),
        (any_is(ConnectionRefusedError), "connection refused", "is the server up, and is the port right?"),
        (
            _timed_out(error),
            f"no whole answer within {round(timeout, 1):g} s",
            "check network and firewall, or raise connection.timeout",
        ),
        (reset(error), "the connection broke off", "the server, or something between, hung up: look at its log"),
        (True, f"no connection ({type(error).__name__})", "check connection.url"),
    )
    return next((what, fix) for true, what, fix in reasons if true)


def _timed_out(error: BaseException) -> bool:
    kinds = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
    return any(isinstance(cause, kinds) for cause in _causes(error)) and not any(
        isinstance(cause, urllib3.exceptions.NameResolutionError) for cause in _causes(error)
    )


def _causes(error: object, seen: int = 0) -> Iterator[BaseException]:
    """An exception and those inside it: libraries nest them as cause, argument and `reason`."""
    if not isinstance(error, BaseException) or seen > 8:
        return
    yield error
    for inner in (error.__cause__, getattr(error, "reason", None), *error.args):
        yield from _causes(inner, seen + 1)


def _site(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])
