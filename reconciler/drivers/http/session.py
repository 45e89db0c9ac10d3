"""One exchange by `requests`, in sessions without surprises that may serve one unit after another.

Import it inside functions: `requests` takes 60 ms.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict

from reconciler import __version__
from reconciler.drivers.http import trust as http_trust
from reconciler.drivers.http.deadline import Adapter, Until
from reconciler.drivers.http.failure import FAILURES, origin
from reconciler.errors import PlatformAnswer

MAX_BYTES = 8 * 1024 * 1024
_PIECE = 64 * 1024


def new(*, ca_file: str | None, proxy: str | None, certificate: str | tuple[str, str] | None) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no .netrc, no proxy and no CA bundle out of the environment
    session.proxies = {"http": proxy, "https": proxy} if proxy else {}
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter(partial(http_trust.context, ca_file, certificate)))
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
    """One exchange, which ends at `deadline` (monotonic) whatever the server does.

    `deadline` is in seconds of `time.monotonic`. Raises PlatformAnswer, and what requests and urllib3 raise (FAILURES).
    """
    try:
        return _exchange(session, verb, url, headers, body, deadline)
    except FAILURES:
        if time.monotonic() < deadline:
            raise
        raise requests.Timeout from None  # whatever broke, it was because time was up


def _exchange(
    session: requests.Session, verb: str, url: str, headers: Mapping[str, str], body: bytes | None, deadline: float
) -> tuple[int, Mapping[str, str], bytes]:
    timeout: Any = Until(deadline)  # requests hands it on as it is
    # not session.request: cookies, redirects and the environment are nothing for us, and a third of its time
    with session.get_adapter(url).send(
        _prepared(verb, url, headers, body),
        stream=True,
        timeout=timeout,
        proxies=session.proxies,
    ) as response:
        content = b"".join(_pieces(response.raw, url))
        received = {name.lower(): text for name, text in response.headers.items()}
        if "set-cookie" in received:  # a comma does not tell them apart: dates have one
            received["set-cookie"] = "\n".join(response.raw.headers.getlist("set-cookie"))
        return response.status_code, received, content


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
                f"{origin(url)} answered with more than {MAX_BYTES // 1024**2} MiB", why="no settings are that large"
            )
        yield piece
