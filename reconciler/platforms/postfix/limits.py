"""What Postfix cannot do, or would do to everybody's harm, as the declaration alone shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_interface
from typing import TypeAlias

from reconciler.model.finding import Severity
from reconciler.model.settings import Settings, Value
from reconciler.platforms.postfix import networks as lists
from reconciler.platforms.postfix import openness
from reconciler.platforms.postfix.spelling import ENVELOPE, FROM_HEADER

# severity, rule, field, what, why, fix
Limit: TypeAlias = tuple[Severity, str, str, str, str, str]
ERROR, WARNING = Severity.ERROR, Severity.WARNING
# postconf(5), smtpd_relay_restrictions and those lists whose restrictions it takes too
_RESTRICTION = re.compile(
    r"permit(_mynetworks|_sasl_authenticated|_tls_clientcerts|_tls_all_clientcerts|_inet_interfaces|_auth_destination"
    r"|_mx_backup|_naked_ip_address|_dnswl_client|_rhswl_client)?"
    r"|(reject|defer)(_unauth_destination)?|defer_if_(permit|reject)|warn_if_reject|sleep|check_policy_service"
    r"|check_(client|reverse_client_hostname|sasl|ccert|helo|sender|recipient|etrn)(_(mx|ns|a))?_access"
    r"|reject_(unauth_pipelining|plaintext_session|multi_recipient_bounce|rbl_client)"
    r"|reject_rhsbl_(client|reverse_client|helo|sender|recipient)"
    r"|reject_unknown_(client_hostname|reverse_client_hostname|helo_hostname|sender_domain|recipient_domain)"
    r"|reject_(non_fqdn|unlisted|unverified)_(sender|recipient)|reject_(non_fqdn|invalid)_helo_hostname"
    r"|reject(_authenticated|_known|_unauthenticated)?_sender_login_mismatch"
)


def limits(settings: Settings) -> Iterator[Limit]:
    yield from _login(settings)
    yield from _sender(settings)
    yield from _route(settings)
    yield from _reception(settings)


def _login(settings: Settings) -> Iterator[Limit]:
    username = settings.get("username")
    if settings.get("auth") == "oauth2":
        yield (
            ERROR,
            "auth-not-expressible",
            "auth",
            "auth: oauth2 is not supported by Postfix itself",
            "it logs in with user and password; XOAUTH2 needs a SASL plug-in and a job that renews its tokens",
            "auth: basic, or a relay that accepts this host's mail without a login",
        )
    if isinstance(username, str) and (":" in username or username != username.strip()):
        yield (
            ERROR,
            "username",
            "username",
            "username: contains a colon, or ends with a space",
            "a password map holds user:password, and Postfix cuts it at the first colon",
            "another account",
        )


def _sender(settings: Settings) -> Iterator[Limit]:
    address = settings.get("sender.address")
    for field in (ENVELOPE, FROM_HEADER):
        if settings.get(field) is True and address is None:
            yield (
                ERROR,
                "sender-missing",
                field,
                f"{field}: true, but there is no sender.address",
                "that address replaces every sender",
                "sender: {address: no-reply@example.com}",
            )


def _route(settings: Settings) -> Iterator[Limit]:
    if settings.get("mx_lookup") is True:
        yield (
            WARNING,
            "mx-not-proven",
            "mx_lookup",
            "mx_lookup: true: mail goes to the MX hosts of host, not to host",
            "the handshake connects to host itself, so it does not prove the route that mail takes",
            "name the relay itself in host, and leave out mx_lookup",
        )


def _reception(settings: Settings) -> Iterator[Limit]:
    networks, restrictions = _texts(settings.get("mynetworks")), _texts(settings.get("relay_restrictions"))
    for text in networks or ():
        yield from _network(text)
    for text in restrictions or ():
        if not _RESTRICTION.fullmatch(text.partition(" ")[0]):
            yield (
                *(
                    WARNING,
                    "unknown-restriction",
                    "relay_restrictions",
                    f"relay_restrictions: {text} is not a restriction of Postfix",
                ),
                "with an unknown restriction, Postfix defers all mail (451)",
                "correct it; a class of your own must be in smtpd_restriction_classes",
            )
    if (networks is not None or restrictions is not None) and (found := openness.opening(networks, restrictions)):
        yield Severity.RISK, "open-relay", found.field, found.what, found.why, found.fix


def _network(text: str) -> Iterator[Limit]:
    if lists.network(text) is not None:
        return
    try:
        better = str(ip_interface(text).network)
    except ValueError:
        what, fix = f"mynetworks: {text} is not a network", "10.20.0.0/16, or one address"
    else:
        what, fix = f"mynetworks: {text} has host bits set", better
    yield ERROR, "network", "mynetworks", what, "with such an entry Postfix refuses all clients", fix


def _texts(value: Value) -> list[str] | None:
    return [str(one) for one in value] if isinstance(value, tuple) else None
