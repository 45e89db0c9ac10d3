"""Our settings and Postfix's parameters: from what was read to settings. The way back is `edits`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.model.settings import Settings, Value
from reconciler.platforms.postfix import networks as lists
from reconciler.platforms.postfix import rules
from reconciler.platforms.postfix.observed import Observed, entries

FIELDS = frozenset(
    {
        *("host", "port", "mx_lookup", "encryption", "tls_ca_file", "auth", "username", "password"),
        *("sender.address", "sender.name", "rewrite_sender.envelope", "rewrite_sender.from_header"),
        *("mynetworks", "relay_restrictions", "message_size_limit"),
    }
)
DEFAULTS: Mapping[str, Value] = {"message_size_limit": 10_240_000}
VERIFIED = ("starttls", "tls")
# where Postfix has something for which the language has no word
FOR, IMPLICIT, NOT_PLAIN = " for ", ", implicit TLS", "basic, without PLAIN and LOGIN"
ENVELOPE, FROM_HEADER = "rewrite_sender.envelope", "rewrite_sender.from_header"
_BRACKETS = re.compile(r"\[(?P<host>[^\[\]]+)\](?::(?P<port>\S+))?")
_BARE = re.compile(r"(?P<host>[^\[\]:,\s]+)(?::(?P<port>\S+))?")
_SERVICES = {"smtp": 25, "submission": 587, "smtps": 465, "submissions": 465}
_EDITED = "by edited rules"
_OUR_NAMES = frozenset({"nexthop", "dot-nexthop"})  # the relay's own name


def normalised(settings: Settings) -> Settings:
    """As `settings` reads it back. Who sends is left to the senders, unless `rewrite_sender` says otherwise."""
    found = dict(settings)
    if found.get("auth") == "none":  # else the login that is there would move along with the relay
        found = {"username": None, "password": None, **found}
    for field in (ENVELOPE, FROM_HEADER):
        if found.get(field, True) is not True:  # false and null both say: no rule of ours
            found[field] = None
    if found.get(FROM_HEADER) is not True:
        _without(found, "sender.name", gone=FROM_HEADER in found)
        if found.get(ENVELOPE) is not True:
            _without(found, "sender.address", gone={FROM_HEADER, ENVELOPE} <= found.keys())
    if "host" in found:
        host = found["host"]
        found["host"] = host.strip().lower() if isinstance(host, str) else host
        found["mx_lookup"] = True if host is not None and found.get("mx_lookup") is True else None
    for field, spelt in (("mynetworks", lists.networks), ("relay_restrictions", _squeezed)):
        if isinstance(value := found.get(field), tuple):
            found[field] = spelt([str(one) for one in value])
    return found


def _without(found: dict[str, Value], field: str, *, gone: bool) -> None:
    """Where its rule goes, what the rule said goes with it; where no rule is declared, nothing is said."""
    found.pop(field, None)
    if gone:
        found[field] = None


def settings(seen: Observed, directory: str) -> dict[str, Value]:
    """All but the password, and the user where it is not readable."""
    here = seen.here
    networks, restrictions = here.get("mynetworks"), here.get("smtpd_relay_restrictions")
    found: dict[str, Value] = {
        **_relayhost(here.get("relayhost", "")),
        "encryption": _encryption(seen),
        "tls_ca_file": here.get("smtp_tls_CAfile") or None,
        "auth": _auth(seen),
        "username": seen.user,
        **_rewriting(seen, directory),
        "mynetworks": None if networks is None else lists.networks(entries(networks)),
        "relay_restrictions": None if restrictions is None else lists.restrictions(restrictions),
        "message_size_limit": _number(here.get("message_size_limit")),
    }
    return found


def password_map(directory: str) -> str:
    return f"{directory}/reconciler_sasl_passwd"


def header_checks(directory: str) -> str:
    return f"regexp:{directory}/reconciler_header_checks"


def sender_canonical(directory: str) -> str:
    return f"regexp:{directory}/reconciler_sender_canonical"


def is_ours(table: str, directory: str) -> bool:
    """A password map of ours, in whatever type of database."""
    return table.partition(":")[2] == password_map(directory)


def _relayhost(text: str) -> dict[str, Value]:
    if not text:
        return dict.fromkeys(("host", "port", "mx_lookup"))
    if match := _BRACKETS.fullmatch(text):
        return {"host": match["host"].lower().removeprefix("ipv6:"), "port": _port(match["port"]), "mx_lookup": None}
    if match := _BARE.fullmatch(text):
        return {"host": match["host"].lower(), "port": _port(match["port"]), "mx_lookup": True}
    return {"host": text, "port": None, "mx_lookup": None}  # several relays


def _port(text: str | None) -> Value:
    if text is None:
        return 25
    return int(text) if text.isascii() and text.isdigit() else _SERVICES.get(text, text)


def _encryption(seen: Observed) -> Value:
    """In our word where it is what our word means; else in Postfix's, which is none of ours."""
    level = seen.here.get("smtp_tls_security_level") or _by_default(seen)
    implicit = seen.here.get("smtp_tls_wrappermode") == "yes"
    names = seen.effective.get("smtp_tls_secure_cert_match", "")
    if level == "secure" and set(entries(names)) <= _OUR_NAMES:
        return "tls" if implicit else "starttls"
    said = f"{level}{FOR}{names}" if level == "secure" else level
    return f"{said or ''}{IMPLICIT}" if implicit else said


def _by_default(seen: Observed) -> str | None:
    """Where no level is set: that of this version (`may` since 3.11), else what the words before 2.3 mean."""
    if level := seen.effective.get("smtp_tls_security_level"):
        return level
    words = {"smtp_enforce_tls": "encrypt", "smtp_use_tls": "may"}
    return next((level for name, level in words.items() if seen.effective.get(name) == "yes"), None)


def _auth(seen: Observed) -> Value:
    enabled = seen.here.get("smtp_sasl_auth_enable")
    if enabled != "yes":
        return "none" if enabled == "no" else None
    inside = _encryption(seen) not in (None, "none")
    options = seen.effective.get("smtp_sasl_tls_security_options" if inside else "smtp_sasl_security_options", "")
    return NOT_PLAIN if "noplaintext" in entries(options) else "basic"


def _rewriting(seen: Observed, directory: str) -> dict[str, Value]:
    envelope, address = _envelope(seen, directory)
    header, named = _header(seen, directory)
    if header is True and named is not None and address not in (None, named[0]):
        header = f"as {named[0]}"
    shown = named if named and header is True else (None, None)
    return {
        ENVELOPE: envelope,
        FROM_HEADER: header,
        "sender.address": address or shown[0],
        "sender.name": shown[1],
    }


def _envelope(seen: Observed, directory: str) -> tuple[Value, str | None]:
    """True where it is as we would write it, None where there is nothing, else what it is in words."""
    if not (tables := entries(seen.here.get("sender_canonical_maps"))):
        return None, None
    if tables != (sender_canonical(directory),):
        return f"by {', '.join(tables)}", None
    if (address := rules.envelope_sender(seen.senders)) is None:
        return _EDITED, None
    own = entries(seen.here.get("sender_canonical_classes")) == ("envelope_sender",)
    return True if own else "in headers too", address


def _header(seen: Observed, directory: str) -> tuple[Value, tuple[str, str | None] | None]:
    tables = entries(seen.here.get("smtp_header_checks"))
    if header_checks(directory) not in tables:
        return None, None
    if (named := rules.header_sender(seen.checks)) is None:
        return _EDITED, None
    return True if tables[0] == header_checks(directory) else "after rules of others", named


def _number(text: str | None) -> Value:
    return int(text) if text and text.isascii() and text.isdigit() else text


def _squeezed(texts: list[str]) -> tuple[str, ...]:
    return tuple(" ".join(text.split()) for text in texts)
