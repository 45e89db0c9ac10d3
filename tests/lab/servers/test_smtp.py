"""The lab's relay is what the other tests, and the demo, believe it to be."""

from __future__ import annotations

import contextlib
import gc
import smtplib
import ssl
import warnings
from typing import Literal

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


@pytest.mark.parametrize("quits", [False, True])
@pytest.mark.parametrize("tls", ["starttls", "tls", "none"])
def test_a_relay_that_ends_hangs_up_on_clients_that_do_not(
    pki: Pki, tls: Literal["starttls", "tls", "none"], quits: bool
) -> None:
    """Left to the garbage collector, a session would be a warning in whichever test runs then."""
    verified = ssl.create_default_context(cafile=pki.ca_file)
    with contextlib.ExitStack() as stack, warnings.catch_warnings():
        warnings.simplefilter("error")
        with SmtpRelay(tls=tls, certificate=pki.good) as relay:
            if tls == "tls":
                client: smtplib.SMTP = smtplib.SMTP_SSL("localhost", relay.port, "client.lab", context=verified)
            else:
                client = smtplib.SMTP("localhost", relay.port, "client.lab")
            stack.callback(client.close)
            if tls == "starttls":
                client.starttls(context=verified)
            if quits:
                client.docmd("QUIT")  # and closes nothing
        assert client.sock is not None
        client.sock.settimeout(5)
        assert client.sock.recv(1) == b""
        del relay
        gc.collect()  # pytest tells of what cannot be raised here
