"""What to do about an outcome, by its cause."""

from __future__ import annotations

from reconciler.smtp.clients.client import Client
from reconciler.smtp.predict.use import Use

_ADVICE = {
    "no-connection": "every address of the name has to take connections from the application's host",
    "no-answer": "use the port that fits the encryption, and a relay that answers within the application's patience",
    "greeting": "ask the relay's owner whether the application's address may connect",
    "ehlo": "have the relay take EHLO with the application's name",
    "no-starttls": "have the relay offer STARTTLS, in capitals, or use port 465 with encryption: tls",
    "starttls-refused": "see the relay's log: its certificate or key?",
    "tls": "have the relay offer TLS 1.2 or later with ECDHE and AES-GCM, on the port that fits the encryption",
    "certificate": "have the relay's CA trusted on the application's host, and its certificate renewed in time",
    "certificate-name": "have the certificate name the host in its subjectAltName; write it without a dot at its end",
    "revocation": "publish a revocation list, or turn revocation checks off in the application",
    "login-refused": "have the relay offer only mechanisms that it can check; compare user name and password",
    "not-offered": "set a mechanism in the application that the relay offers; many offer none without TLS",
    "login-in-clear": "use encryption: starttls or tls",
    "login-text": "use a user name and a password within ASCII",
    "challenge": "have the relay ask Username: and Password:, or offer PLAIN",
    "no-password": "declare both username and password, or auth: none",
    "mail": "the relay wants a login, or refuses this sender: have it offer a mechanism that the application takes",
    "rcpt": "may this login send as this address, and to this recipient?",
    "one-recipient": "send to each recipient by itself",
    "data": "see the relay's log for why it refuses the message",
    "idn": "write the host as it is in DNS, xn--…",
}


def of(cause: str, client: Client, use: Use) -> str | None:
    if cause in ("no-auth", "no-mechanism"):
        taken = client.mechanisms(use.auth) or ()
        wanted = f"AUTH {' or '.join(taken)} inside TLS" if taken else "a login that the application takes"
        return f"have the relay offer {wanted}, in capitals, or use another relay"
    if cause == "name":
        return f"declare ehlo_name{_key(client)}, or have the relay take this name"
    if cause in ("late", "quit"):
        return "have the relay answer sooner, or raise the application's time-out (timeouts.read) where it has one"
    return _ADVICE.get(cause)


def _key(client: Client) -> str:
    key = client.said.get("ehlo_key")
    return f" ({key})" if key and key != "none" else ""
