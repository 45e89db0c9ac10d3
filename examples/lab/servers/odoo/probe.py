"""`test_smtp_connection`: speaks SMTP with smtplib as Odoo does, up to DATA, and words what went wrong as Odoo does."""

import base64
import contextlib
import smtplib
import socket
import ssl
import string
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.servers.odoo.errors import UserError
from lab.servers.odoo.network import Network

RECIPIENT = "noreply@odoo.com"
MISSING_HOST = "Missing SMTP Server\nPlease define at least one SMTP server, or provide the SMTP parameters explicitly."
# 18 and 19 trip over the translation of their own message when the context names no language
LANGUAGE_BUG = "int() argument must be a string, a bytes-like object or a real number, not 'NoneType'"
# the words of Python 3.11; later ones differ
BAD_HOST = "encoding with 'idna' codec failed (UnicodeError: label empty or too long)"
DOMAIN_CHARACTERS = frozenset(string.ascii_letters + string.digits + "-")


@dataclass(frozen=True, slots=True)
class Settings:
    """A mail server's record, as far as a connection needs it."""

    host: str | None
    port: int
    encryption: str
    authentication: str
    user: str | None
    password: str | None
    certificate: str | None
    private_key: str | None


class _BadDomainError(UnicodeError):
    pass


# the first that fits words it; without a text of its own, the error's stands there
WORDS: Sequence[tuple[type[Exception] | tuple[type[Exception], ...], str, str | None]] = (
    (_BadDomainError, "Invalid server name!", None),
    (UnicodeError, "Invalid server name!", BAD_HOST),
    ((socket.gaierror, TimeoutError), "No response received. Check server address and port number.", None),
    (
        smtplib.SMTPServerDisconnected,
        "The server has closed the connection unexpectedly. Check configuration served on this port number.",
        None,
    ),
    (smtplib.SMTPResponseException, "Server replied with following exception:", None),
    (smtplib.SMTPNotSupportedError, "An option is not supported by the server:", None),
    (
        smtplib.SMTPException,
        "An SMTP exception occurred. Check port number and connection security type.",
        None,
    ),
    (ssl.SSLError, "An SSL exception occurred. Check connection security type.", None),
    (Exception, "Connection Test Failed! Here is what we got instead:", None),
)


def probe(
    settings: Settings, email_from: Callable[[], str], network: Network, *, version: int, lang: str | None
) -> None:
    """Returns when the relay would take a mail, and raises a UserError when not."""
    bug = version >= 18 and lang is None
    try:
        if version >= 19:  # wants the sender before it connects, 17 after
            sender = email_from()
        with contextlib.closing(connect(settings, network, bug=bug)) as connection:
            _converse(connection, sender if version >= 19 else email_from())
    except UserError:
        raise
    except Exception as error:
        raise UserError(_worded(error)) from error


def _worded(error: Exception) -> str:
    situation, text = next((words, text) for kind, words, text in WORDS if isinstance(error, kind))
    return f"{situation}\n {text or error}"


def connect(settings: Settings, network: Network, *, bug: bool) -> smtplib.SMTP:
    if settings.authentication == "cli":  # everything comes from odoo.conf
        return _Smtp(*network.conf_relay, network)
    if not settings.host:
        raise _in_connect(MISSING_HOST, bug=bug)
    context = _tls(settings, network, bug=bug)
    if settings.encryption.startswith("ssl"):
        return _logged_in(_SmtpOverTls(settings.host, settings.port, network, context), settings)
    connection = _Smtp(settings.host, settings.port, network)
    try:
        if settings.encryption.startswith("starttls"):
            connection.starttls(context=context)
    except BaseException:
        connection.close()
        raise
    return _logged_in(connection, settings)


def _in_connect(text: str, *, bug: bool) -> Exception:
    return TypeError(LANGUAGE_BUG) if bug else UserError(text)


class _Smtp(smtplib.SMTP):
    """Connects where the network leads."""

    def __init__(self, host: str, port: int, network: Network) -> None:
        self._network = network
        super().__init__(host, port, timeout=network.timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return super()._get_socket(*self._network.reach(host, port), timeout)  # type: ignore[misc,no-any-return]


class _SmtpOverTls(smtplib.SMTP_SSL):
    """The same; the certificate is checked against the name of the record, not against where it leads."""

    def __init__(self, host: str, port: int, network: Network, context: ssl.SSLContext) -> None:
        self._network = network
        super().__init__(host, port, timeout=network.timeout, context=context)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return super()._get_socket(*self._network.reach(host, port), timeout)  # type: ignore[misc,no-any-return]


def _tls(settings: Settings, network: Network, *, bug: bool) -> ssl.SSLContext:
    if settings.encryption.endswith("_strict"):
        context = ssl.create_default_context()
        if network.ca_file:
            context.load_verify_locations(network.ca_file)
    else:
        context = ssl._create_unverified_context()  # as Odoo: encrypted, but any certificate will do
    if settings.authentication == "certificate":
        _present_certificate(context, settings, bug=bug)
    return context


def _present_certificate(context: ssl.SSLContext, settings: Settings, *, bug: bool) -> None:
    with tempfile.TemporaryDirectory() as directory:
        files = Path(directory, "certificate.pem"), Path(directory, "key.pem")
        for file, text in zip(files, (settings.certificate, settings.private_key), strict=True):
            file.write_bytes(base64.b64decode(text or ""))
        try:
            context.load_cert_chain(*files)
        except ssl.SSLError as error:
            reason = "[('PEM routines', 'get_name', 'no start line')]"  # the words of pyOpenSSL
            raise _in_connect(f"The private key or the certificate is not a valid file. \n{reason}", bug=bug) from error


def _logged_in(connection: smtplib.SMTP, settings: Settings) -> smtplib.SMTP:
    try:
        _log_in(connection, settings)
        connection.ehlo_or_helo_if_needed()
    except BaseException:
        connection.close()
        raise
    return connection


def _log_in(connection: smtplib.SMTP, settings: Settings) -> None:
    if settings.authentication in {"gmail", "outlook"}:  # the lab has no OAuth consent
        raise UserError("An error occurred when fetching the access token.")
    if settings.user:
        _check_domain(settings.user)
        connection.login(settings.user, settings.password or "")


def _check_domain(user: str) -> None:
    """Odoo encodes the domain of a user name with the idna package, which words it so."""
    domain = user.rpartition("@")[2] if "@" in user else ""
    for label in domain.split("."):
        for position, character in enumerate(label, 1):
            if ord(character) < 128 and character not in DOMAIN_CHARACTERS:
                raise _BadDomainError(
                    f"Codepoint U+{ord(character):04X} at position {position} of {label!r} not allowed"
                )


def _converse(connection: smtplib.SMTP, sender: str) -> None:
    code, reply = connection.mail(sender)
    if code != 250:
        raise UserError(f"The server refused the sender address ({sender}) with error {reply!r}")
    code, reply = connection.rcpt(RECIPIENT)
    if code not in (250, 251):
        raise UserError(f"The server refused the test recipient ({RECIPIENT}) with error {reply!r}")
    connection.putcmd("data")
    code, reply = connection.getreply()
    if code != 354:
        raise UserError(f"The server refused the test connection with error {reply!r}")
