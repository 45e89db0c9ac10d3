"""The same login by other SMTP clients, each told to verify TLS: what they say of a relay, to compare it with ours."""

from __future__ import annotations

import asyncio
import os
import shutil
import smtplib
import ssl
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ACCEPTED, UNKNOWN = "accepted", "cannot"
# 13 lines, as our own
LETTER = "\n".join(("From: from@example.com", "To: to@example.com", "Subject: lab", "", *("body" for _ in range(9))))
# swaks's exit codes, by how far it came
SWAKS_STOPS = {
    0: "",
    2: "connect",
    21: "banner",
    22: "hello",
    32: "hello",
    29: "tls",
    28: "auth",
    23: "mail",
    24: "rcpt",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """`encryption` is starttls or tls; without a user there is no login; `envelope` goes on to RCPT.

    `careless` lets a client do what it does unless it is told otherwise: without STARTTLS it goes on in clear.
    """

    port: int
    ca_file: str
    host: str = "localhost"
    encryption: str = "starttls"
    user: str | None = None
    password: str = ""
    sender: str = "from@example.com"
    recipient: str = "to@example.com"
    envelope: bool = False
    message: bool = False  # LETTER follows
    token: bool = False  # the password is an access token
    mechanism: str = "PLAIN"  # for swaks; empty: any
    careless: bool = False
    seconds: int = 1


def swaks(attempt: Attempt) -> int | None:
    """Its exit code; None when it came to no end."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config"
        config.touch(0o600)  # the command line can be read by everybody on the machine
        config.write_text("\n".join(swaks_options(attempt)) + "\n", "utf-8")
        try:
            done = subprocess.run(
                ["swaks", "--config", str(config)],
                check=False,  # the exit code is what we are after
                env={"PATH": os.environ.get("PATH", os.defpath), "HOME": folder, "LANG": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=attempt.seconds * 4,
            )
        except subprocess.TimeoutExpired:
            return None
    return done.returncode


def swaks_options(attempt: Attempt) -> list[str]:
    """The lines of its configuration file."""
    intent = {"starttls": "tls-optional" if attempt.careless else "tls", "tls": "tls-on-connect"}[attempt.encryption]
    login = [f"auth {attempt.mechanism}".strip(), f"auth-user {attempt.user}", f"auth-password {attempt.password}"]
    return [
        f"server {attempt.host}",
        f"port {attempt.port}",
        f"from {attempt.sender}",
        f"to {attempt.recipient}",
        f"timeout {attempt.seconds}",
        intent,
        "tls-verify",
        f"tls-ca-path {attempt.ca_file}",
        *(login if attempt.user else []),
        f"data {LETTER.replace(chr(10), chr(92) + 'n')}" if attempt.message else f"quit-after {_last(attempt)}",
    ]


def _last(attempt: Attempt) -> str:
    if attempt.envelope:
        return "RCPT"
    return "AUTH" if attempt.user else "TLS"


def smtplib_says(attempt: Attempt) -> str:
    """`accepted`, or its exception."""
    return UNKNOWN if attempt.token else _said(lambda: _smtplib(attempt))


def _smtplib(attempt: Attempt) -> None:
    context = ssl.create_default_context(cafile=attempt.ca_file)
    with ExitStack() as stack:
        if attempt.encryption == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                attempt.host, attempt.port, timeout=attempt.seconds, context=context
            )
        else:
            client = smtplib.SMTP(attempt.host, attempt.port, timeout=attempt.seconds)
        stack.callback(client.close)
        if attempt.encryption == "starttls" and not attempt.careless:
            client.starttls(context=context)
        if attempt.user:
            client.login(attempt.user, attempt.password)
        if attempt.envelope:  # as sendmail() does it, up to DATA
            client.ehlo_or_helo_if_needed()
            _accept(client.mail(attempt.sender), smtplib.SMTPSenderRefused, attempt.sender)
            _accept(client.rcpt(attempt.recipient), smtplib.SMTPSenderRefused, attempt.recipient)
            _finish(client, message=attempt.message)
        client.quit()


def _finish(client: smtplib.SMTP, *, message: bool) -> None:
    if not message:
        client.rset()
    elif (code := client.data(LETTER)[0]) != 250:
        raise smtplib.SMTPDataError(code, b"")


def _accept(reply: tuple[int, bytes], refused: type[smtplib.SMTPSenderRefused], address: str) -> None:
    if reply[0] not in (250, 251):
        raise refused(*reply, address)


def aiosmtplib_missing() -> bool:
    return find_spec("aiosmtplib") is None


def aiosmtplib_says(attempt: Attempt) -> str:
    """`accepted`, or its exception."""
    return _said(lambda: asyncio.run(_aiosmtplib(attempt)))


async def _aiosmtplib(attempt: Attempt) -> None:
    from aiosmtplib import SMTP

    context = ssl.create_default_context(cafile=attempt.ca_file)
    starttls = None if attempt.careless else attempt.encryption == "starttls"
    client: Any = SMTP(
        hostname=attempt.host,
        port=attempt.port,
        timeout=attempt.seconds,
        use_tls=attempt.encryption == "tls",
        start_tls=starttls,
        tls_context=context,
    )
    try:
        await client.connect()
        if attempt.user:
            await (client.auth_xoauth2 if attempt.token else client.login)(attempt.user, attempt.password)
        if attempt.envelope:
            await client.mail(attempt.sender)
            await client.rcpt(attempt.recipient)
            await (client.data(LETTER) if attempt.message else client.rset())
        await client.quit()
    finally:
        client.close()


def _said(attempt: Callable[[], None]) -> str:
    try:
        attempt()
    except Exception as error:  # noqa: BLE001 - its class is the answer
        code = getattr(error, "smtp_code", None) or getattr(error, "code", None)
        return f"{type(error).__name__} {code}" if isinstance(code, int) else type(error).__name__
    return ACCEPTED


def swaks_missing() -> str | None:
    if shutil.which("swaks") is None:
        return "swaks is not installed (apt-get install swaks libnet-ssleay-perl libauthen-sasl-perl)"
    support = subprocess.run(["swaks", "--support"], check=True, capture_output=True, text=True).stdout
    needed = {"TLS": "libnet-ssleay-perl", "Basic AUTH": "libauthen-sasl-perl"}
    lacks = [package for feature, package in needed.items() if f"=== {feature} supported" not in support]
    return f"swaks lacks {' and '.join(lacks)}" if lacks else None
