"""One exchange by `requests`, in sessions without surprises that may serve one unit after another.

Import it inside functions: `requests` takes 60 ms.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict

from reconciler import __version__
from reconciler.network import trust
from reconciler.network.deadline import Adapter, Until
from reconciler.network.failure import FAILURES, TooLarge

MIB = 1024 * 1024
MAX_BYTES = 8 * MIB
_PIECE = 64 * 1024


def new(
    *,
    ca_file: str | None,
    proxy: str | None = None,
    certificate: str | tuple[str, str] | None = None,
    connections: int = 2,
) -> requests.Session:
    """`connections` are kept open at a time. What is sent to plain http passes the proxy too."""
    return prepared(requests.Session(), ca_file=ca_file, proxy=proxy, certificate=certificate, connections=connections)


def prepared(
    session: requests.Session,
    *,
    ca_file: str | None,
    proxy: str | None = None,
    certificate: str | tuple[str, str] | None = None,
    connections: int = 2,
) -> requests.Session:
    """The same session, with our trust, and nothing out of the environment."""
    session.trust_env = False  # no .netrc, no proxy and no CA bundle out of the environment
    session.proxies = {"http": proxy, "https": proxy} if proxy else {}
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter(partial(trust.context, ca_file, certificate), connections))
    return session


def of_environment(url: str) -> requests.Session:
    """With the proxy and the CA that the environment names for `url`: for what belongs to this very machine."""
    session = requests.Session()
    found = session.merge_environment_settings(url, {}, True, None, None)
    ca_file = found["verify"] if isinstance(found["verify"], str) else None
    session = new(ca_file=ca_file)
    session.proxies = found["proxies"]
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
    """One exchange, which ends at `deadline` (seconds of `time.monotonic`) whatever the server does.

    Raises what requests and urllib3 raise (FAILURES), of which TooLarge.
    """
    answer = exchange(session, request(verb, url, headers, body), Until(deadline))
    received = {name.lower(): text for name, text in answer.headers.items()}
    if "set-cookie" in received:  # a comma does not tell them apart: dates have one
        received["set-cookie"] = "\n".join(answer.raw.headers.getlist("set-cookie"))
    return answer.status_code, received, answer.content


def exchange(
    session: requests.Session, sent: requests.PreparedRequest, until: Until, *, most: int = MAX_BYTES
) -> requests.Response:
    """The answer with its content, of at most `most` bytes however small it was compressed.

    Raises TimeoutError at the end of `until`, whatever broke then; else as `send`.
    """
    given: Any = until  # requests hands it on as it is
    try:
        # not session.request: cookies, redirects and the environment are nothing for us, and a third of its time
        with session.get_adapter(str(sent.url)).send(
            sent, stream=True, timeout=given, proxies=session.proxies
        ) as answer:
            # the same as its own, which has no end
            answer._content = b"".join(_pieces(answer.raw, most))
            return answer
    except FAILURES as error:
        if not until.over or isinstance(error, TooLarge):
            raise
        raise TimeoutError from None  # whatever broke, it was because time was up


def request(verb: str, url: str, headers: Mapping[str, str], body: bytes | None) -> requests.PreparedRequest:
    prepared = requests.PreparedRequest()
    prepared.method, prepared.body = verb, body
    prepared.prepare_url(url, None)
    given = {**_HEADERS, **headers} | ({} if body is None else {"Content-Length": str(len(body))})
    prepared.headers = CaseInsensitiveDict(given)
    return prepared


_HEADERS = {"User-Agent": f"reconciler/{__version__}", "Accept-Encoding": "gzip, deflate"}


def _pieces(raw: Any, most: int) -> Iterator[bytes]:
    size = 0
    while piece := raw.read(_PIECE, decode_content=True):
        size += len(piece)
        if size > most:
            raise TooLarge(f"more than {most // MIB} MiB")
        yield piece
