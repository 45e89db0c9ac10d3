"""aiosmtpd, which many a test and some an application is."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult, LoginPassword
from lab.servers.mta import free_ports

from reconciler.model.handshake import Encryption
from tests.servers.running import HOST, PASSWORD, USER, Listener, Place, Server

NAME = "aiosmtpd"


@contextmanager
def running(place: Place) -> Iterator[Server]:
    starttls, tls = free_ports(2)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place.certificate, place.key)
    log = place.folder / "log"
    with ExitStack() as stack:
        stack.enter_context(_logging(log))
        for port, how in (
            (starttls, {"tls_context": context, "require_starttls": True}),
            (tls, {"ssl_context": context}),
        ):
            # with implicit TLS it knows nothing of the TLS below it
            bare = {"auth_require_tls": port == starttls}
            stack.enter_context(_listening(port, **how, **bare))
        listeners = [
            Listener(name="submission", port=starttls),
            Listener(name="submissions", port=tls, encryption=Encryption.TLS),
        ]
        yield Server(name=NAME, listeners=listeners, logs=[log])


@contextmanager
def _listening(port: int, **options: Any) -> Iterator[None]:
    controller = Controller(
        Sink(), hostname="127.0.0.1", port=port, server_hostname=HOST, authenticator=_known, **options
    )
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def _known(_server: object, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
    right = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=data == right)


@contextmanager
def _logging(file: Path) -> Iterator[None]:
    logger, handler = logging.getLogger("mail.log"), logging.FileHandler(file)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)
        handler.close()
