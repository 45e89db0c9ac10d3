"""How a site is reached: its address, what every request to it carries, whom to trust. Nothing is sent from here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TypeAlias
from urllib.parse import urlsplit

from reconciler.errors import PlatformError, PlatformUnreachable
from reconciler.model.finding import Finding
from reconciler.model.secret import SecretValue
from reconciler.model.settings import Connection

DEFAULT_TIMEOUT = 30.0  # seconds
# The parts of a tuple are joined while the request is written: ("Bearer ", SecretValue(…)).
HeaderValue: TypeAlias = "str | SecretValue | tuple[str | SecretValue, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """How a site is reached: plain values, secrets closed. `timeout` is for a whole call, in seconds."""

    url: str
    headers: Mapping[str, HeaderValue] = field(default_factory=dict)
    ca_file: str | None = None
    proxy: str | None = None
    client_certificate: str | tuple[str, str] | None = None
    timeout: float = DEFAULT_TIMEOUT


def site(url: str, connection: Connection, headers: Mapping[str, HeaderValue] | None = None) -> Site:
    """The site of a platform, with the keys that every `connection` has."""
    certificate = connection.get("client_certificate")
    if isinstance(certificate, Mapping):
        certificate = (str(certificate["certificate"]), str(certificate["key"]))
    elif certificate is not None:
        certificate = str(certificate)
    ca_file, proxy, timeout = (connection.get(key) for key in ("ca_file", "proxy", "timeout"))
    return Site(
        url=url.rstrip("/"),
        headers=headers or {},
        ca_file=None if ca_file is None else str(ca_file),
        proxy=None if proxy is None else str(proxy),
        client_certificate=certificate,
        timeout=float(timeout) if isinstance(timeout, int | float) else DEFAULT_TIMEOUT,
    )


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def check_url(url: str) -> None:
    """Raises PlatformUnreachable for a URL with a login, of another scheme, or in clear text to another machine."""
    try:
        parts = urlsplit(url)
        host, secret, _ = parts.hostname or "", parts.username or parts.password, parts.port
    except ValueError:
        raise PlatformUnreachable("connection.url is malformed", fix="https://host[:port][/path]") from None
    if secret:
        raise PlatformUnreachable("connection.url holds a login", fix="remove it; secrets are separate references")
    if parts.scheme not in ("http", "https") or not host:
        raise PlatformUnreachable(f"connection.url: {url} is not a URL", fix="https://host[:port][/path]")
    if parts.scheme == "http" and not is_loopback(host):
        raise PlatformUnreachable(
            f"connection.url: {url} is not https",
            why="credentials are not sent in clear text; only a server on this machine may use plain http",
            fix=f"https://{parts.netloc}{parts.path}",
        )


def problems(url: str, unit: str) -> Iterator[Finding]:
    """The same as a finding of a target."""
    try:
        check_url(url)
    except PlatformError as error:
        yield error.finding(unit)


def identity(kind: str, url: str) -> str:
    """What is behind an address, as the state names it."""
    parts = urlsplit(url)
    return f"{kind}:{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def opened(headers: Mapping[str, HeaderValue]) -> dict[str, str]:
    """As they are sent, secrets open. Raises PlatformError for what no header can hold."""
    return {name: _text(name, value) for name, value in headers.items()}


def _text(name: str, value: HeaderValue) -> str:
    parts = value if isinstance(value, tuple) else (value,)
    text = "".join(part.reveal() if isinstance(part, SecretValue) else part for part in parts)
    if not (text.isascii() and text.isprintable()):  # the library's own error would quote the value
        raise PlatformError(
            f"the header {name} would hold line breaks or non-ASCII characters",
            why="its secret does not look like a token",
            fix="store the secret again, without a line break at its end",
        )
    return text
