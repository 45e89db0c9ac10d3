"""What can be wrong with a Postfix, or seem so, and what we say of it: for the tests, and for docs/handshake.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.model.handshake import Auth, Encryption, Handshake
from reconciler.smtp.record.log import Timeouts
from tests.servers import haproxy, postfix, weak
from tests.servers.proven import shaken
from tests.servers.running import Listener, Place, Server

_NO_LOGIN = {"auth": Auth.NONE, "username": None, "password": None}
_ANYBODY = "-o smtpd_sender_restrictions="
_TLS = "-o smtpd_tls_security_level=encrypt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`options` are those of Postfix's smtpd, `relay` is what is declared otherwise; `found` are checks and statuses.

    `says` stands in a reason or an advice. `without` is a file of Dovecot that is gone while we ask.
    """

    options: str
    found: Mapping[str, str]
    says: str
    relay: Mapping[str, Any] = field(default_factory=dict)
    password: str | None = None
    patience: Timeouts = field(default_factory=Timeouts)
    without: str | None = None


REFUSING = "-o smtpd_delay_reject=no -o smtpd_client_restrictions=reject"
_IMPATIENT = Timeouts(banner=1)
_ENDED = "HAProxy ends TLS, and Postfix wants it"
CASES = {
    "a wrong password": Case(
        options=_TLS, found={"SMTP302": "fail"}, says="compare username and password", password="battery staple"
    ),
    "another host's relay": Case(
        options=f"{_ANYBODY} -o smtpd_relay_restrictions=reject_unauth_destination",
        relay={**_NO_LOGIN, "recipient": "x@example.com"},
        found={"SMTP401": "fail"},
        says="does not relay for this login or machine",
    ),
    "STARTTLS where TLS is declared": Case(
        options=_TLS, relay={"encryption": Encryption.TLS}, found={"SMTP203": "fail"}, says="encryption: starttls"
    ),
    _ENDED: Case(
        options=haproxy.ENDED.replace("auth_only=no", "auth_only=yes"),
        relay={"encryption": Encryption.TLS},
        found={"SMTP300": "fail"},
        says="something in front of the server ends TLS",
    ),
    "relay access denied, for now": Case(
        options=f"{_ANYBODY} -o smtpd_relay_restrictions=defer_unauth_destination",
        relay={**_NO_LOGIN, "recipient": "x@example.com"},
        found={"SMTP401": "fail"},
        says="relay",
    ),
    "this machine is refused": Case(
        options=f"{_ANYBODY} -o smtpd_client_restrictions=reject",
        relay=_NO_LOGIN,
        found={"SMTP401": "fail"},
        says="address",
    ),
    "the name in EHLO is refused": Case(
        options=f"{_ANYBODY} -o smtpd_helo_restrictions=reject",
        relay=_NO_LOGIN,
        found={"SMTP401": "fail"},
        says="ehlo_name",
    ),
    "the sender's domain is not found": Case(
        options="-o { smtpd_sender_restrictions = "
        "check_sender_access inline:{ {app@lab.test = 450 4.1.8 Domain not found} } }",
        found={"SMTP401": "fail"},
        says="domain",
    ),
    "the login service is gone": Case(
        options=f"{_TLS} -o smtpd_sasl_path=nowhere", found={"SMTP103": "inconclusive"}, says="login service"
    ),
    "no certificate": Case(
        options=f"{_TLS} -o smtpd_tls_chain_files= -o smtpd_tls_cert_file=none",
        found={"SMTP203": "fail"},
        says="no certificate",
    ),
    "a group of 1,024 bits": Case(
        options=f"{_TLS} -o smtpd_tls_dh1024_param_file={{folder}}/group.pem "
        "-o smtpd_tls_chain_files={folder}/rsa.pem -o smtpd_tls_mandatory_protocols=TLSv1.2 "
        "-o smtpd_tls_mandatory_ciphers=medium -o tls_medium_cipherlist=DHE-RSA-AES256-GCM-SHA384@SECLEVEL=0",
        relay={"ca_file": "{folder}/rsa.pem"},
        found={"SMTP203": "fail"},
        says="it is this side that refuses",
    ),
    "a mail client without PLAIN": Case(
        options=f"{_TLS} -o smtpd_sasl_mechanism_filter=plain",
        relay={"clients": ("system-net-mail",)},
        found={"SMTP300": "fail"},
        says="takes LOGIN",
    ),
    "a credential too long for its line": Case(
        options=_TLS,
        relay={"clients": ("odoo",)},
        password="x" * 2_100,
        found={"SMTP302": "fail"},
        says="Postfix takes 2,048",
    ),
    "Dovecot's backend is down": Case(
        options=_TLS, found={"SMTP302": "fail"}, says="when Dovecot's backend is down", without="users"
    ),
    "a slow greeting": Case(
        options="-o smtpd_delay_reject=no -o { smtpd_client_restrictions = sleep 3, reject_unauth_pipelining }",
        found={"SMTP101": "inconclusive"},
        says="make strangers wait",
        patience=_IMPATIENT,
    ),
}


@contextmanager
def listening(place: Place) -> Iterator[tuple[Mapping[str, int], Server]]:
    """The port of each case. Raises Missing."""
    weak.written(place)
    services = {"ready": "", "passed": haproxy.PROXIED}
    services |= {name: case.options.replace("{folder}", str(place.folder)) for name, case in CASES.items()}
    with (
        postfix.listening(place, services, beside={"a wrong password": REFUSING}) as (ports, server),
        haproxy.in_front(place, passed=ports["passed"], ended=ports[_ENDED]) as ((_, tls), _log),
    ):
        yield {**ports, _ENDED: tls.port}, server


def told(case: Case, port: int, place: Place) -> Handshake:
    listener = Listener(name="faulty", port=port, login="auth" not in case.relay)
    more = {name: value for name, value in case.relay.items() if name not in _NO_LOGIN}
    if "ca_file" in more:
        more["ca_file"] = more["ca_file"].replace("{folder}", str(place.folder))
    with _gone(place.folder, case.without):
        return shaken(listener, place, patience=case.patience, credential=case.password, **more)


@contextmanager
def _gone(folder: Path, name: str | None) -> Iterator[None]:
    if name is None:
        yield
        return
    file = (folder / name).rename(folder / f"{name}.gone")
    try:
        yield
    finally:
        file.rename(folder / name)
