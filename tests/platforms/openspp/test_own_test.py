"""Every message of Odoo's Test Connection that was recorded on 17 and 19, and what it means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.model.handshake import CheckStatus
from reconciler.platforms.openspp.own_test import verdict

SSL = "An SSL exception occurred. Check connection security type.\n "
REPLY = "Server replied with following exception:\n "
OPTION = "An option is not supported by the server:\n "
CLOSED = (
    "The server has closed the connection unexpectedly. Check configuration served on this port number.\n "
    "Connection unexpectedly closed"
)
FAILED = "Connection Test Failed! Here is what we got instead:\n "
SENDER = "The server refused the sender address (admin@example.org) with error "
EMAIL = "Please configure an email on the current user to simulate sending an email message via this outgoing server"
MEANINGS = [
    (REPLY + "(535, b'5.7.8 Authentication credentials invalid')", "auth", CheckStatus.FAIL),
    (REPLY + "(454, b'4.7.0 Temporary authentication failure')", "auth", CheckStatus.INCONCLUSIVE),
    (OPTION + "SMTP AUTH extension not supported by server.", "auth", CheckStatus.FAIL),
    (SENDER + "b'5.7.0 Authentication required'", "auth", CheckStatus.FAIL),
    (OPTION + "STARTTLS extension not supported by server.", "tls", CheckStatus.FAIL),
    (SENDER + "b'Must issue a STARTTLS command first'", "tls", CheckStatus.FAIL),
    (SSL + "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:992)", "tls", CheckStatus.FAIL),
    (
        SSL + "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate",
        "tls",
        CheckStatus.FAIL,
    ),
    (FAILED + "[Errno 111] Connection refused", "refused", CheckStatus.FAIL),
    (
        "No response received. Check server address and port number.\n [Errno -2] Name or service not known",
        "dns",
        CheckStatus.FAIL,
    ),
    (
        "No response received. Check server address and port number.\n [Errno -3] Temporary failure in name resolution",
        "dns",
        CheckStatus.INCONCLUSIVE,
    ),
    (
        "Invalid server name!\n encoding with 'idna' codec failed (UnicodeError: label empty or too long)",
        "dns",
        CheckStatus.FAIL,
    ),
    ("Invalid server name!\n Codepoint U+0020 at position 4 of 'exa mple' not allowed", "dns", CheckStatus.FAIL),
    (SENDER + "b'5.7.1 Sender address rejected: not owned by user'", "sender", CheckStatus.FAIL),
    (
        "The server refused the test recipient (noreply@odoo.com) with error b'5.7.1 Relay access denied'",
        "relay",
        CheckStatus.FAIL,
    ),
    (
        "The server refused the test connection with error b'4.3.0 Temporary system problem'",
        "protocol",
        CheckStatus.INCONCLUSIVE,
    ),
    (CLOSED, "protocol", CheckStatus.FAIL),
    (CLOSED + ": timed out", "timeout", CheckStatus.INCONCLUSIVE),
    (REPLY + "(-1, b'/1.1 400 Bad Request')", "protocol", CheckStatus.FAIL),
    (REPLY + "(554, b'5.7.1 No SMTP service here')", "refused", CheckStatus.FAIL),
    ("Missing SMTP Server\nPlease define at least one SMTP server", "config", CheckStatus.FAIL),
    (FAILED + "int() argument must be a string, not 'NoneType'", "config", CheckStatus.FAIL),
    ("The private key or the certificate is not a valid file. \n[('PEM routines')]", "tls", CheckStatus.FAIL),
    (EMAIL, "config", CheckStatus.WARN),
    ("something new", "protocol", CheckStatus.FAIL),
]


@pytest.mark.parametrize(
    ("message", "reason", "status"), MEANINGS, ids=[f"{row[1]}-{row[0][-25:]}" for row in MEANINGS]
)
def test_a_message_has_its_meaning(message: str, reason: str, status: CheckStatus) -> None:
    found = verdict(message)
    assert (found.reason, found.status) == (reason, status)
    assert found.advice


def test_a_closed_relay_is_told_apart_from_broken_mail() -> None:
    found = verdict("The server refused the test recipient (noreply@odoo.com) with error b'5.7.1 no'")
    assert "verify.platform_test: false" in str(found.advice)


@pytest.mark.parametrize("version", [17, 19])
def test_no_recorded_message_is_without_a_meaning(version: int) -> None:
    file = Path(__file__).parents[2] / "recordings" / f"odoo-{version}.json"
    entries = json.loads(file.read_text())["entries"]
    faults = [
        entry["fault"]["faultString"]
        for entry in entries
        if "/test." in entry["id"] and entry.get("fault", {}).get("faultCode") == 2
    ]
    known = {verdict(message).reason for message, _, _ in MEANINGS[:-1]}
    assert len(faults) > 20
    unknown = [fault for fault in faults if verdict(fault).advice == verdict("something new").advice]
    assert [fault for fault in unknown if "(-1, " not in fault and "does not exist" not in fault] == []
    assert {verdict(fault).reason for fault in faults} <= known
