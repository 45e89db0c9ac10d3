"""What defeats the declared relay, and what is wrong with tables, without a Postfix."""

from __future__ import annotations

import pytest

from reconciler.platforms.postfix import reading_findings, spelling
from reconciler.platforms.postfix.observed import OVERRIDES, observed

DIR = "/etc/postfix"
OURS = f"hash:{DIR}/reconciler_sasl_passwd"


def rules_of(out: str = "", **parameters: str) -> list[tuple[str, str]]:
    said = "".join(f"effective {name} = {value}\n" for name, value in parameters.items())
    found = reading_findings.findings(
        observed(f"effective smtpd_relay_restrictions = reject\n{said}{out}"), "dev/mta:settings", DIR
    )
    return [(one.rule, str(one.severity)) for one in found]


DEFEATS = [
    {"sender_dependent_relayhost_maps": "hash:/etc/postfix/by_sender"},
    {"sender_dependent_default_transport_maps": "hash:/etc/postfix/by_sender"},
    {"default_transport": "smtp:[other.example]:25"},
    {"relay_transport": "lmtp:unix:private/lmtp"},
    {"smtp_fallback_relay": "[other.example]"},
    {"content_filter": "smtp-amavis:[127.0.0.1]:10024"},
    {"smtp_discard_ehlo_keywords": "dsn, STARTTLS"},
    {"smtp_discard_ehlo_keywords": "auth"},
    {"smtp_sasl_mechanism_filter": "!plain, !login"},
    {"smtp_tls_mandatory_protocols": "TLSv1, TLSv1.1"},
    {"smtp_tls_mandatory_protocols": "!TLSv1.2, !TLSv1.3"},
    {"smtp_tls_mandatory_protocols": "<=TLSv1.1"},
]


@pytest.mark.parametrize("parameters", DEFEATS, ids=[next(iter(one)) for one in DEFEATS])
def test_what_defeats_the_declared_relay_is_a_warning(parameters: dict[str, str]) -> None:
    assert rules_of(**parameters) == [("overridden", "warning")]


FINE = [
    {"default_transport": "smtp"},
    {"relay_transport": "relay"},
    {"smtp_discard_ehlo_keywords": "dsn, chunking"},
    {"smtp_tls_mandatory_protocols": ">=TLSv1"},
    {"smtp_tls_mandatory_protocols": "!SSLv2, !SSLv3, !TLSv1"},
    {"smtp_tls_mandatory_protocols": "TLSv1.2"},
]


@pytest.mark.parametrize("parameters", FINE)
def test_what_leaves_the_relay_alone_is_not_told(parameters: dict[str, str]) -> None:
    assert rules_of(**parameters) == []


def test_a_transport_for_all_mail_is_a_warning_and_other_maps_are_a_note() -> None:
    assert rules_of(transport_maps="hash:/etc/postfix/transport") == [("overridden", "note")]
    found = rules_of("all smtp:[other.example]\n", transport_maps="hash:/etc/postfix/transport")
    assert found == [("overridden", "warning")]


@pytest.mark.parametrize("name", ["smtp_sasl_mechanism_filter", "smtp_discard_ehlo_keywords", "smtp_fallback_relay"])
def test_what_the_client_in_master_cf_has_otherwise_is_told(name: str) -> None:
    assert f"*/unix/{name}" in OVERRIDES
    assert rules_of(f"service smtp/unix/{name} = x\n") == [("overridden", "warning")]


def test_a_filter_of_one_listener_is_told() -> None:
    assert rules_of("service smtp/inet/content_filter = amavis:\n") == [("overridden", "warning")]


TYPES = "types hash btree regexp static inline\n"


@pytest.mark.parametrize("table", ["dbm:/etc/postfix/x", "proxy:mysql:/etc/postfix/x.cf", "cdb:/etc/postfix/x"])
def test_a_type_of_table_that_this_postfix_lacks_is_told(table: str) -> None:
    assert rules_of(TYPES, smtp_tls_policy_maps=table) == [("map-type-missing", "warning")]
    assert rules_of(f"{TYPES}set smtp_sasl_password_maps = {table}\n") == [("map-type-missing", "warning")]


def test_a_type_that_is_there_is_not_told() -> None:
    assert rules_of(TYPES, smtp_tls_policy_maps="hash:/x, inline:{a=may}") == []
    assert rules_of(smtp_tls_policy_maps="dbm:/x") == []  # nobody knows which there are


def test_a_password_map_of_another_type_than_postmap_makes_is_told() -> None:
    ours = f"{TYPES.replace('hash', 'hash cdb')}set smtp_sasl_password_maps = {OURS}\n"
    assert rules_of(ours, default_database_type="cdb") == [("map-type-differs", "warning")]
    assert rules_of(ours, default_database_type="hash") == []


def test_a_database_that_nobody_reads_is_told_it_may_hold_an_earlier_password() -> None:
    ours = f"set smtp_sasl_password_maps = cdb:{DIR}/reconciler_sasl_passwd\nindex cdb\n"
    assert rules_of(ours, default_database_type="cdb") == []
    assert rules_of(f"{ours}index db\n", default_database_type="cdb") == [("old-map-left", "warning")]


@pytest.mark.parametrize(
    ("effective", "encryption"),
    [
        ({"smtp_tls_security_level": "may"}, "may"),  # Postfix 3.11 where nobody set it
        ({"smtp_use_tls": "yes"}, "may"),
        ({"smtp_use_tls": "yes", "smtp_enforce_tls": "yes"}, "encrypt"),
        ({"smtp_use_tls": "no"}, None),
    ],
)
def test_encryption_that_nobody_set_is_what_postfix_goes_by(effective: dict[str, str], encryption: str | None) -> None:
    out = "".join(f"effective {name} = {value}\n" for name, value in effective.items())
    assert spelling.settings(observed(out), DIR)["encryption"] == encryption
