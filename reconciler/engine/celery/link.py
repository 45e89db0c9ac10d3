"""Where the broker is and who we are to it: what coordinator and worker both need to connect."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp

from reconciler.engine.envelope import shown
from reconciler.engine.remote.transport import Lost
from reconciler.model.secret import SecretValue

CONNECTS = 3.0  # seconds for one attempt
BEATS = 10  # seconds between heartbeats: a link that is cut is noticed after two
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")  # by the version of OpenSSL
_LOGIN, _CONNECTING = (0, 0), (0, 10)  # what a refusal was an answer to: AMQP's classes of methods
_PORTS = {"amqp": 5672, "amqps": 5671}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`key` is of the client `certificate` (a path, as `ca_file`); without `ca_file` the system's CAs are trusted."""

    host: str
    port: int
    vhost: str
    user: str
    tls: bool
    password: SecretValue | None = None
    ca_file: str | None = None
    certificate: str | None = None
    key: SecretValue | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def link(  # what a file says of a broker
    url: str,
    *,
    password: SecretValue | None = None,
    ca_file: str | None = None,
    certificate: str | None = None,
    key: SecretValue | None = None,
) -> Link:
    """From `amqps://coordinator@rabbit.example.com/reconciler`. Raises ValueError for what is no such address."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or not parts.username:
        raise ValueError("a broker is amqps://USER@HOST/VHOST")
    return Link(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        vhost=unquote(parts.path[1:]) or "/",
        user=unquote(parts.username),
        tls=parts.scheme == "amqps",
        password=password,
        ca_file=ca_file,
        certificate=certificate,
        key=key,
    )


@contextmanager
def tls(one: Link) -> Iterator[dict[str, Any] | None]:
    """Options of py-amqp; None without TLS. Certificate and host name of the broker are verified."""
    if not one.tls:
        yield None
        return
    options = {"server_hostname": one.host, "cert_reqs": ssl.CERT_REQUIRED, "ca_certs": one.ca_file}
    if one.certificate is None:
        yield options
    elif one.key is None:
        yield options | {"certfile": one.certificate}
    else:
        with shown.as_file(one.key) as key:
            yield options | {"certfile": one.certificate, "keyfile": key}


def connected(one: Link, *, beats: int = BEATS) -> amqp.Connection:
    """One attempt. Raises Lost."""
    try:
        if one.tls:
            shown.check(one.ca_file, one.certificate, one.key)
        with tls(one) as options:
            made = amqp.Connection(
                f"{one.host}:{one.port}",
                userid=one.user,
                password=one.password.reveal() if one.password else "",
                virtual_host=one.vhost,
                ssl=options or False,
                connect_timeout=CONNECTS,
                read_timeout=CONNECTS,
                write_timeout=CONNECTS,
                heartbeat=beats,
            )
            made.connect()
    except shown.CertificateUnusable as error:
        raise Lost(error.what) from None
    except FAILURES as error:
        raise Lost(words(error)) from None
    return made


FAILURES = (OSError, amqp.AMQPError, ValueError, AttributeError)
"""What py-amqp raises when a connection goes: some of it in the middle of its own cleaning up."""


def words(error: BaseException) -> str:
    """Of what py-amqp raised: RabbitMQ's own, or the system's."""
    if isinstance(error, amqp.AccessRefused | amqp.NotAllowed) and (error.method_sig or _LOGIN)[0] in _CONNECTING:
        return "the broker refuses the login, or the virtual host"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the broker's certificate is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError) and (code := error.reason) and code in _NO_TLS:
        return "what answers there does not speak TLS"
    if isinstance(error, OSError) and error.errno == errno.EINVAL:  # of a socket that its other end has reset
        return "it closed the connection at once"
    if isinstance(error, TimeoutError):
        return "no answer"
    said = getattr(error, "reply_text", None) or getattr(error, "strerror", None) or str(error)
    return str(said) or type(error).__name__
