"""What is known before anything is sent: ports and providers."""

from __future__ import annotations

from datetime import date

import pytest

from reconciler.model.handshake import Auth, CheckResult, Encryption, Relay
from reconciler.smtp.catalogue import providers
from reconciler.smtp.session import static

NOW = date(2026, 11, 20)


def found(
    port: int, encryption: str, auth: str = "none", *, host: str = "relay", allowed: bool = False, today: date = NOW
) -> dict[str, CheckResult]:
    relay = Relay(name=None, host=host, port=port, encryption=Encryption(encryption), auth=Auth(auth))
    return {one.id: one for one in static.checks(relay, today, plaintext_allowed=allowed)}


@pytest.mark.parametrize(
    ("port", "encryption", "auth", "allowed", "status"),
    [
        (465, "tls", "basic", False, "pass"),
        (587, "starttls", "basic", False, "pass"),
        (2525, "starttls", "basic", False, "pass"),
        (25, "starttls", "none", False, "pass"),
        (25, "starttls", "basic", False, "warn"),
        (465, "starttls", "none", False, "warn"),
        (587, "tls", "none", False, "warn"),
        (25, "none", "none", False, "fail"),
        (25, "none", "none", True, "pass"),
    ],
)
def test_port_and_encryption_go_together(port: int, encryption: str, auth: str, allowed: bool, status: str) -> None:
    assert str(found(port, encryption, auth, allowed=allowed)["SMTP001"].status) == status


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2026, 11, 20), "is disabled by default at the end of December 2026"),
        (date(2027, 3, 1), "is disabled by default since the end of December 2026"),
    ],
)
def test_a_password_at_exchange_online_is_a_dated_warning(today: date, said: str) -> None:
    result = found(587, "starttls", "basic", host="SMTP.office365.com.", today=today)["SMTP002"]
    assert (str(result.status), said in result.reason) == ("warn", True)
    assert "second half of 2027" in result.reason
    assert "2026-01-29" in str(result.evidence)


@pytest.mark.parametrize(("host", "auth"), [("smtp.office365.com", "oauth2"), ("relay.example.com", "basic")])
def test_other_logins_and_hosts_are_not_warned(host: str, auth: str) -> None:
    assert "SMTP002" not in found(587, "starttls", auth, host=host)


def test_every_provider_has_a_source_and_dates_in_order() -> None:
    for provider in providers.PROVIDERS:
        assert provider.source
        assert list(provider.notices) == sorted(provider.notices, key=lambda notice: notice.since)


def test_a_login_that_has_ended_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = providers.Notice(since=date(2026, 1, 1), said="ended", ended=True)
    gone = providers.Provider(name="Gone", hosts=frozenset({"relay"}), notices=(ended,), source="a page")
    monkeypatch.setattr(providers, "PROVIDERS", (gone,))
    assert str(found(587, "starttls", "basic")["SMTP002"].status) == "fail"
