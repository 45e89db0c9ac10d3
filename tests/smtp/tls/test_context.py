"""What TLS can go wrong with, told apart."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest

from reconciler.model.handshake import CheckStatus
from reconciler.smtp.record import diagnosis
from reconciler.smtp.tls import certificate
from reconciler.smtp.tls import context as tls

DAY = 86400


@pytest.mark.parametrize(
    ("days", "status"),
    [(63, "pass"), (30, "pass"), (29.9, "warn"), (7, "warn"), (6.9, "fail"), (0, "fail")],
)
def test_expiry_warns_a_month_ahead_and_fails_a_week_ahead(days: float, status: str) -> None:
    assert certificate.expiry(0, 1_800_000_000 + days * DAY, 1_800_000_000).status is CheckStatus(status)


@pytest.mark.parametrize(
    ("code", "check"),
    [
        *((code, "SMTP204") for code in (2, 7, 18, 19, 20, 21, 24, 26, 79)),
        (62, "SMTP205"),
        (64, "SMTP205"),
        (9, "SMTP206"),
        (10, "SMTP206"),
        *((code, "SMTP207") for code in (66, 67, 68)),
        *((code, "SMTP204") for code in (1, 25, 32, 34, 47, 85, 999)),
    ],
)
def test_diagnosis_follows_openssl(code: int, check: str) -> None:
    error = ssl.SSLCertVerificationError()
    error.verify_code, error.verify_message = code, "said OpenSSL"
    found = diagnosis.of(error, "relay.example", None)
    assert (found.id, found.status, found.evidence) == (check, "fail", f"said OpenSSL (verify code {code})")


def test_a_trailing_dot_is_not_part_of_the_name() -> None:
    assert tls.name("relay.example.") == "relay.example"


def test_context_verifies_and_is_made_once() -> None:
    context = tls.context(None)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert tls.context(None) is context


def test_context_writes_no_session_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", f"{tmp_path}/keys")
    tls.context.cache_clear()
    assert tls.context(None).keylog_filename is None


def test_a_pipe_for_a_ca_file_is_waited_for_by_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ca.pem")
    with pytest.raises(OSError, match="not a regular file"):
        tls.context(str(tmp_path / "ca.pem"))
