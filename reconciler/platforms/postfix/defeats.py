"""What in Postfix's settings defeats the declared relay: mail that goes elsewhere, or not as it is declared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from reconciler.model.finding import Severity
from reconciler.platforms.postfix.observed import Observed, entries

# severity, rule, what, why, fix, field
Words: TypeAlias = "tuple[Severity, str, str, str, str, str | None]"
WARNING, NOTE = Severity.WARNING, Severity.NOTE
_RULE = "overridden"
_ELSEWHERE = "host, port and encryption do not apply to such mail"
_MODERN = ("TLSv1.2", "TLSv1.3")
_VERSIONS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1", *_MODERN)
_BOUND = re.compile(r"(>=|<=)(.+)")


def defeats(seen: Observed) -> Iterator[Words]:
    yield from _elsewhere(seen)
    yield from _otherwise(seen)
    yield from _services(seen)


def _elsewhere(seen: Observed) -> Iterator[Words]:
    effective = seen.effective
    if seen.everything is not None:
        what = f"mail does not go through the relay: transport_maps says {seen.everything} for all of it"
        yield WARNING, _RULE, what, _ELSEWHERE, "take the entry * out of that map", None
    elif value := effective.get("transport_maps"):
        what = f"not all mail goes through the relay: transport_maps is {value}"
        yield NOTE, _RULE, what, _ELSEWHERE, "postconf -X transport_maps, if this is not intended", None
    for name in ("sender_dependent_relayhost_maps", "sender_dependent_default_transport_maps"):
        if value := effective.get(name):
            what = f"not all mail goes through the relay: {name} is {value}"
            yield WARNING, _RULE, what, _ELSEWHERE, f"postconf -X {name}, if this is not intended", None
    if (default := effective.get("default_transport", "smtp")).rstrip(":") != "smtp":
        what = f"mail does not go through the relay: default_transport is {default}"
        yield WARNING, _RULE, what, _ELSEWHERE, "postconf -X default_transport", None
    if (relay := effective.get("relay_transport", "relay")).rstrip(":") not in ("relay", "smtp"):
        what = f"mail for relay_domains does not go through the relay: relay_transport is {relay}"
        yield WARNING, _RULE, what, _ELSEWHERE, "postconf -X relay_transport, if this is not intended", None
    if fallback := effective.get("smtp_fallback_relay"):
        what = f"mail that the relay does not take goes to {fallback} (smtp_fallback_relay)"
        yield WARNING, _RULE, what, _ELSEWHERE, "postconf -X smtp_fallback_relay", None
    if content := effective.get("content_filter"):
        what = f"all mail goes to {content} first (content_filter)"
        why = "what comes of it is up to that program: it may send it on by itself"
        yield WARNING, _RULE, what, why, "postconf -X content_filter, if this is not intended", None


def _otherwise(seen: Observed) -> Iterator[Words]:
    effective = seen.effective
    if seen.policy is not None:
        why = "smtp_tls_policy_maps has an entry for this relay, which overrides encryption"
        yield WARNING, _RULE, f"TLS with the relay is {seen.policy}", why, "remove the relay from that map", None
    ignored = {word.lower() for word in entries(effective.get("smtp_discard_ehlo_keywords"))} & {"starttls", "auth"}
    if ignored:
        words = " and ".join(sorted(word.upper() for word in ignored))
        what = f"{words} of the relay is not seen (smtp_discard_ehlo_keywords)"
        yield (
            WARNING,
            _RULE,
            what,
            "without it there is no TLS, or no login",
            "postconf -X smtp_discard_ehlo_keywords",
            None,
        )
    if mechanisms := effective.get("smtp_sasl_mechanism_filter"):
        what = f"Postfix logs in with {mechanisms} only (smtp_sasl_mechanism_filter)"
        why = "a login that another mechanism has proven says nothing of it"
        yield WARNING, _RULE, what, why, "postconf -X smtp_sasl_mechanism_filter, or name it in mechanism", None
    protocols = effective.get("smtp_tls_mandatory_protocols")
    if protocols and not _allowed(protocols) & set(_MODERN):
        what = f"TLS with the relay is neither 1.2 nor 1.3: smtp_tls_mandatory_protocols is {protocols}"
        why = "relays of today refuse older versions"
        yield WARNING, _RULE, what, why, "postconf -X smtp_tls_mandatory_protocols", "encryption"
    if effective.get("smtp_sender_dependent_authentication") == "yes":
        what = "a sender that has an entry of its own logs in with it (smtp_sender_dependent_authentication)"
        why = "username and password do not apply to such mail"
        yield NOTE, _RULE, what, why, "postconf -X smtp_sender_dependent_authentication, if this is not intended", None


def _services(seen: Observed) -> Iterator[Words]:
    for service in sorted(seen.services):
        own = sorted(seen.services[service])
        if service not in ("smtp/unix", "relay/unix"):
            own = [name for name in own if name == "content_filter"]
        if own:
            names = ", ".join(own)
            what = f"{service} in master.cf has its own {names}"
            why = "a service's own settings override main.cf, and reconciler writes only main.cf"
            yield WARNING, _RULE, what, why, f"remove -o for {names} from master.cf", None


def _allowed(protocols: str) -> set[str]:
    """postconf(5), smtp_tls_mandatory_protocols: names, names with `!`, or bounds since 3.6."""
    words = entries(protocols.replace(":", ","))
    plain = {word for word in words if word in _VERSIONS}
    allowed = plain or set(_VERSIONS)
    for word in words:
        if word.startswith("!"):
            allowed.discard(word[1:])
        elif (bound := _BOUND.fullmatch(word)) and bound[2] in _VERSIONS:
            at = _VERSIONS.index(bound[2])
            allowed &= set(_VERSIONS[at:] if bound[1] == ">=" else _VERSIONS[: at + 1])
    return allowed
