"""Odoo's "Test Connection" of a mail server: asking for it, and what its message means.

Odoo connects from its own host, logs in, goes on to DATA with noreply@odoo.com as recipient, and hangs up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.errors import PlatformMissing, PlatformRefused
from reconciler.model.handshake import CheckStatus
from reconciler.platforms.openspp.rpc import Odoo

# Odoo gives a silent relay 60 s, and its worker 120
TIMEOUT = 110.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`reason`: passed, auth, tls, dns, refused, timeout, sender, relay, protocol or config."""

    reason: str
    status: CheckStatus
    message: str
    advice: str | None = None


def tested(odoo: Odoo, record: int) -> Verdict:
    """The verdict on one mail server; an archived one can be tested too.

    Raises PlatformMissing when Odoo has it no longer, else PlatformError.
    """
    try:
        odoo.call("ir.mail_server", "test_smtp_connection", ids=[record], timeout=TIMEOUT)
    except PlatformRefused as error:
        if "Record does not exist" in error.what:
            raise PlatformMissing(error.what) from None
        return verdict(error.what)
    return Verdict(reason="passed", status=CheckStatus.PASS, message="Connection Test Successful!")


def verdict(message: str) -> Verdict:
    """What a failed test says, in one word and with advice."""
    reason, advice = next(
        (reason, advice) for pattern, reason, advice in _MEANINGS if re.search(pattern, message, re.S)
    )
    status = CheckStatus.FAIL
    if reason == "timeout" or re.search(r"\(4\d\d, |b['\"]4\.\d|Temporary failure in name resolution", message):
        status = CheckStatus.INCONCLUSIVE  # the relay asked to come back later
    if reason == "config" and "email on the current user" in message:
        status = CheckStatus.WARN  # the test could not start; mail is not proven to fail
    return Verdict(reason=reason, status=status, message=message, advice=advice)


_HOST = "check host; Odoo resolves it from its own network, with its own DNS"
_ENCRYPTION = "check encryption and port: 465 is tls, 587 and 25 are starttls or none"
# the first that matches
_MEANINGS: tuple[tuple[str, str, str | None], ...] = (
    (r"email on the current user", "config", "give the user of the connection an email address: the test sends as it"),
    (
        r"refused the test recipient",
        "relay",
        "Odoo always tests with noreply@odoo.com; a relay that refuses odoo.com fails here although your mail "
        "may work; skip the test with verify.platform_test: false",
    ),
    (r"refused the sender address.*STARTTLS", "tls", "this relay requires encryption: starttls"),
    (r"refused the sender address.*(Authentication|5\.7\.0)", "auth", "this relay requires a login: auth: basic"),
    (
        r"refused the sender address",
        "sender",
        "the relay does not let this login send as that address, which comes from from_filter or from the user's email",
    ),
    (r"refused the test connection", "protocol", "the relay refused the message itself; see its log"),
    (r"\((454|53[0-9]), ", "auth", "check username and password, and which login methods the relay accepts"),
    (
        r"AUTH extension not supported",
        "auth",
        "the relay offers no login here: use auth: none, turn on encryption, or try port 587",
    ),
    (r"STARTTLS extension not supported", "tls", "the relay offers no STARTTLS here: " + _ENCRYPTION),
    (
        r"CERTIFICATE_VERIFY_FAILED",
        "tls",
        "the host that runs Odoo does not trust the relay's certificate: add its CA there, or correct host",
    ),
    (r"SSL exception", "tls", _ENCRYPTION),
    (
        r"private key or the certificate|SSL (private key|certificate) is missing",
        "tls",
        "check the certificate in Odoo",
    ),
    (r"Name or service not known|name resolution|No address associated|nodename nor", "dns", _HOST),
    (r"Invalid server name", "dns", "host (or the domain in username) is not a valid DNS name"),
    (r"timed out", "timeout", "the relay did not answer in time: check the port, and firewalls between Odoo and it"),
    (
        r"Connection refused|No route to host|Network is unreachable|\[Errno (101|111|113)\]",
        "refused",
        "nothing listens there, or a firewall refuses the connection: check host and port from Odoo's host",
    ),
    (r"closed the connection|Connection unexpectedly closed", "protocol", _ENCRYPTION),
    (r"\(55\d, ", "refused", "the relay accepts no connections from Odoo's host: allow its address there"),
    (r"Missing SMTP Server|NoneType|archived", "config", "the mail server in Odoo has no host: declare one"),
    (r"access token|OAuth", "auth", "a person has to connect the account in Odoo: Settings, Outgoing Mail Servers"),
    (r"", "protocol", "the server there does not answer as an SMTP server: check host and port"),
)
