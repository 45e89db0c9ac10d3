"""`--ca-file` of one relay that holds no certificate: said before a relay is blamed for it, with what it is instead."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lab.servers.smtp.pki import Pki
from support.commandline import inside

from reconciler.cli.relay import ca_file
from reconciler.errors import UsageError

PKCS8 = (Encoding.PEM, PrivateFormat.PKCS8)
Write = Callable[[Pki, Path], None]


def _der(pki: Pki, path: Path) -> None:
    path.write_bytes(ssl.PEM_cert_to_DER_cert(Path(pki.ca_file).read_text()))


def _broken(pki: Pki, path: Path) -> None:
    text = Path(pki.ca_file).read_text()
    path.write_text(text[:120] + text[200:])


def _text(text: str) -> Write:
    return lambda _, path: path.write_text(text) and None


CASES: dict[str, tuple[Write, str, str]] = {
    "DER": (_der, "this is DER", "openssl x509 -inform der -in 'my ca' -out 'my ca.pem'"),
    "private key": (
        _text("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"),
        "this holds a private key, and no certificate",
        "keep the key where it was, and name a PEM file",
    ),
    "request": (
        _text("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"),
        "this holds a certificate request, and no certificate",
        "name a PEM file",
    ),
    "PKCS #7": (
        _text("-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n"),
        "this is PKCS #7",
        "openssl pkcs7 -print_certs -in 'my ca' -out 'my ca.pem'",
    ),
    "empty": (_text("\n"), "this is empty", "name a PEM file"),
    "text": (_text("smtp.example.com"), "this holds no certificate", "name a PEM file"),
    "broken": (_broken, "this holds a certificate that cannot be read", "openssl x509 -noout -in 'my ca'"),
    "folder": (lambda _, path: path.mkdir(), "is a folder", "name a PEM file"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_holds_no_certificate_is_named(
    case: str, certificates: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, what, fix = CASES[case]
    monkeypatch.chdir(tmp_path)
    write(certificates, Path("my ca"))
    ended = inside("verify", "--host", "smtp.example.com", "--ca-file", "my ca")
    assert (ended.code, ended.out) == (64, "")
    assert ended.err.startswith("error: --ca-file: 'my ca'")
    assert what in ended.err.splitlines()[0]
    assert fix in ended.err.partition("    fix: ")[2]


def test_certificates_may_stand_among_other_things(certificates: Pki, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(*PKCS8, NoEncryption()).decode()
    both.write_text("# our CA\n" + key + Path(certificates.ca_file).read_text())
    assert ca_file.checked(both) == str(both.resolve())


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: str) -> ssl.SSLContext:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("reconciler.smtp.tls.context.context", denied)  # root may read everything
    (tmp_path / "ca.pem").write_text("x")
    with pytest.raises(UsageError, match="Permission denied"):
        ca_file.checked(tmp_path / "ca.pem")
