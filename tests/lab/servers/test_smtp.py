"""The lab's relay is what the other tests, and the demo, believe it to be."""

from __future__ import annotations

import smtplib
import ssl

import pytest
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay


def test_a_relay_keeps_the_messages_it_gets(pki: Pki) -> None:
    with (
        SmtpRelay(users={"shop": "secret"}, certificate=pki.good) as relay,
        smtplib.SMTP("localhost", relay.port, local_hostname="client.lab") as client,
    ):
        client.starttls(context=ssl.create_default_context(cafile=pki.ca_file))
        client.login("shop", "secret")
        client.sendmail("a@example.com", ["b@example.com"], "Subject: hello\r\n\r\nhello")
    assert [(kept.mail_from, kept.rcpt_tos) for kept in relay.messages] == [("a@example.com", ["b@example.com"])]


def test_a_relay_offers_no_login_before_tls_and_takes_no_mail_before_login(pki: Pki) -> None:
    with (
        SmtpRelay(users={"shop": "secret"}, certificate=pki.good) as relay,
        smtplib.SMTP("localhost", relay.port, local_hostname="client.lab") as client,
    ):
        client.ehlo()
        assert not client.has_extn("auth")
        client.starttls(context=ssl.create_default_context(cafile=pki.ca_file))
        client.ehlo()
        assert client.mail("a@example.com")[0] == 530


def test_a_port_that_is_taken_is_said() -> None:
    with SmtpRelay(tls="none") as relay, pytest.raises(RuntimeError, match="does not start on port"):
        SmtpRelay(tls="none", port=relay.port).__enter__()
