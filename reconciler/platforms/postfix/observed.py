"""What `read.sh` prints, taken apart. Knows the names of Postfix's parameters, and not what they mean to us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# as they are set in main.cf; what is not set there reads as absent
SET_HERE = (
    "mynetworks",
    "message_size_limit",
    "relayhost",
    "sender_canonical_classes",
    "sender_canonical_maps",
    "smtp_header_checks",
    "smtp_sasl_auth_enable",
    "smtp_sasl_password_maps",
    "smtp_sasl_security_options",
    "smtp_sasl_tls_security_options",
    "smtp_tls_CAfile",
    "smtp_tls_secure_cert_match",
    "smtp_tls_security_level",
    "smtp_tls_wrappermode",
    "smtpd_relay_restrictions",
)
# of which the value counts that Postfix goes by, wherever it comes from
EFFECTIVE = (
    "content_filter",
    "default_database_type",
    "default_transport",
    "mail_version",
    "mynetworks",
    "relay_transport",
    "sender_canonical_maps",
    "sender_dependent_default_transport_maps",
    "sender_dependent_relayhost_maps",
    "smtp_discard_ehlo_keywords",
    "smtp_enforce_tls",
    "smtp_fallback_relay",
    "smtp_generic_maps",
    "smtp_header_checks",
    "smtp_sasl_mechanism_filter",
    "smtp_sasl_security_options",
    "smtp_sasl_tls_security_options",
    "smtp_sender_dependent_authentication",
    "smtp_tls_CAfile",
    "smtp_tls_CApath",
    "smtp_tls_mandatory_protocols",
    "smtp_tls_policy_maps",
    "smtp_tls_secure_cert_match",
    "smtp_tls_security_level",
    "smtp_use_tls",
    "smtpd_recipient_restrictions",
    "smtpd_relay_restrictions",
    "tls_append_default_CA",
    "transport_maps",
)
# what a single service in master.cf may have otherwise
OVERRIDES = (
    "*/inet/content_filter",
    "*/inet/mynetworks",
    "*/inet/smtpd_recipient_restrictions",
    "*/inet/smtpd_relay_restrictions",
    "*/unix/content_filter",
    "*/unix/relayhost",
    "*/unix/smtp_discard_ehlo_keywords",
    "*/unix/smtp_fallback_relay",
    "*/unix/smtp_header_checks",
    "*/unix/smtp_sasl_auth_enable",
    "*/unix/smtp_sasl_mechanism_filter",
    "*/unix/smtp_sasl_password_maps",
    "*/unix/smtp_sasl_security_options",
    "*/unix/smtp_sasl_tls_security_options",
    "*/unix/smtp_tls_CAfile",
    "*/unix/smtp_tls_mandatory_protocols",
    "*/unix/smtp_tls_policy_maps",
    "*/unix/smtp_tls_security_level",
    "*/unix/smtp_tls_wrappermode",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """`stamp` is when and as which file the password map was written; `running` is None where nobody may know."""

    here: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)  # as the file has it, $names and all
    effective: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    user: str | None = None
    user_hidden: bool = False
    other: str | None = None  # who logs in at the relay that was asked for, by a map that is not ours
    broken: str | None = None  # why no program of Postfix runs with this main.cf
    policy: str | None = None
    everything: str | None = None  # the transport of all mail, by transport_maps
    types: tuple[str, ...] = ()  # of tables, as far as this Postfix knows them
    indexes: tuple[str, ...] = ()  # endings of the databases that were made of our password map
    mode: str | None = None
    stamp: str | None = None
    checks: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    left_behind: bool = False
    running: bool | None = None


def observed(out: str) -> Observed:
    lines: dict[str, list[str]] = {}
    for line in out.splitlines():
        about, _, rest = line.partition(" ")
        lines.setdefault(about, []).append(rest)
    users, maps = lines.get("user", [""]), lines.get("map", [""])
    mode, _, stamp = maps[0].partition(" ")
    return Observed(
        here=_pairs(lines.get("set", ())),
        written=_pairs(lines.get("written", ())),
        effective=_pairs(lines.get("effective", ())),
        services=_services(lines.get("service", ())),
        user=users[0].removeprefix("is ") if users[0].startswith("is ") else None,
        user_hidden=users[0] == "hidden",
        other=lines["other"][0] if "other" in lines else None,
        broken=lines["broken"][0] if "broken" in lines else None,
        policy=lines["policy"][0] if "policy" in lines else None,
        everything=lines["all"][0] if "all" in lines else None,
        types=tuple(lines["types"][0].split()) if "types" in lines else (),
        indexes=tuple(lines.get("index", ())),
        mode=mode or None,
        stamp=stamp or None,
        checks=tuple(lines.get("checks", ())),
        senders=tuple(lines.get("senders", ())),
        left_behind="left" in lines,
        running={"yes": True, "no": False}.get(lines.get("running", [""])[0]),
    )


def entries(value: str | None) -> tuple[str, ...]:
    """A list in main.cf: by commas or white space, and what stands in braces is one."""
    found: list[str] = []
    word, depth = "", 0
    for letter in value or "":
        depth += (letter == "{") - (letter == "}")
        if depth <= 0 and (letter.isspace() or letter == ","):
            found += [word] if word else []
            word = ""
        else:
            word += letter
    return (*found, word) if word else tuple(found)


def _pairs(lines: list[str] | tuple[()]) -> dict[str, str]:
    split = (line.partition("=") for line in lines if "=" in line)
    return {name.strip(): value.strip() for name, _, value in split}


def _services(lines: list[str] | tuple[()]) -> dict[str, dict[str, str]]:
    """`submission/inet/mynetworks = …`, by service."""
    found: dict[str, dict[str, str]] = {}
    for name, value in _pairs(lines).items():
        service, _, parameter = name.rpartition("/")
        found.setdefault(service, {})[parameter] = value
    return found
