"""What is wrong with a chain is told of the certificate that is wrong, and all faults of the relay's own at once."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lab.servers.smtp.faults import FaultServer
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.smtp.zoo import LOGGED_IN, PASSWORD, SECURED, USER

from reconciler.model.handshake import Encryption, Handshake, Level, Relay
from reconciler.smtp.session.handshake import handshakes

Shake = Callable[..., Handshake]
YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    ca_file: str
    server: ssl.SSLContext


def chain(  # each is something that a test breaks
    folder: Path, *, root: int = YEAR, middle: int = YEAR, leaf: int = 63, name: str | None = "localhost", sent: int = 2
) -> Chain:
    """Root, intermediate and leaf, each ending in so many days; the leaf is for `name`, or has a common name alone."""
    keys = {who: ec.generate_private_key(ec.SECP256R1()) for who in ("root", "middle", "leaf")}
    days = {"root": root, "middle": middle, "leaf": leaf}

    def issued(who: str, by: str) -> bytes:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name("localhost" if who == "leaf" else f"Lab {who}"))
            .issuer_name(_name(f"Lab {by}"))
            .public_key(keys[who].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=400))
            .not_valid_after(now + timedelta(days=days[who], hours=1))
            .add_extension(x509.BasicConstraints(ca=who != "leaf", path_length=None), critical=True)
            .add_extension(_usage(signs=who != "leaf"), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(keys[who].public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[by].public_key()), critical=False)
        )
        if who == "leaf" and name is not None:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        return builder.sign(keys[by], hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    made = {"leaf": issued("leaf", "middle"), "middle": issued("middle", "root"), "root": issued("root", "root")}
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "ca.pem").write_bytes(made["root"])
    pem = b"".join((made["leaf"], made["middle"])[:sent])
    (folder / "server.pem").write_bytes(pem + keys["leaf"].private_bytes(serialization.Encoding.PEM, *plain))
    (folder / "leaf.pem").write_bytes(made["leaf"])
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "server.pem")
    return Chain(ca_file=str(folder / "ca.pem"), server=server)


def _usage(*, signs: bool) -> x509.KeyUsage:
    other = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
    never = {"encipher_only": False, "decipher_only": False}
    return x509.KeyUsage(digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, **other, **never)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def bad(shake: Shake, made: Chain, **settings: object) -> dict[str, str]:
    """Reason and advice of what does not pass."""
    with FaultServer(SECURED, certificate=made.server) as server:
        found = shake(server.port, level=Level.TLS, **{"ca_file": made.ca_file, **settings})
    assert server.auth_attempts == 0
    return {one.id: f"{one.reason} | {one.evidence} | {one.advice}" for one in found.checks if one.status == "fail"}


@pytest.mark.parametrize("who", ["middle", "root"])
def test_an_expired_ca_is_not_told_as_the_relay_s_certificate(shake: Shake, tmp_path: Path, who: str) -> None:
    found = bad(shake, chain(tmp_path, **{who: -3}))
    assert list(found) == ["SMTP206"]
    assert found["SMTP206"].startswith(f"CN=Lab {who}: the certificate expired 2 days ago")
    where = "the chain that the relay sends" if who == "middle" else "what ca_file holds"
    assert f"renew this CA certificate in {where}" in found["SMTP206"]


def test_a_ca_that_ends_soon_is_a_warning(shake: Shake, tmp_path: Path) -> None:
    made = chain(tmp_path, middle=12)
    with SmtpRelay(users={USER: PASSWORD}, certificate=made.server) as server:
        found = shake(server.port, ca_file=made.ca_file)
    warned = next(check for check in found.checks if check.id == "SMTP206")
    assert (found.status, warned.reason.split(" (")[0]) == ("warn", "CN=Lab middle: certificate expires in 12 days")


def test_all_faults_of_a_certificate_are_told_at_once(shake: Shake, tmp_path: Path) -> None:
    found = bad(shake, chain(tmp_path, leaf=-5, name="elsewhere.example"))
    assert set(found) == {"SMTP205", "SMTP206"}


def test_a_common_name_alone_is_no_host_name(shake: Shake, tmp_path: Path) -> None:
    assert "no host name (CN=localhost)" in bad(shake, chain(tmp_path, name=None))["SMTP205"]


def test_a_missing_intermediate_is_advised(shake: Shake, tmp_path: Path) -> None:
    found = bad(shake, chain(tmp_path, sent=1))["SMTP204"]
    assert "name a file with the certificate of CN=Lab middle in ca_file" in found
    assert "the relay sends no intermediate certificate" in found


def test_the_relay_s_own_certificate_in_ca_file_is_told(shake: Shake, tmp_path: Path) -> None:
    found = bad(shake, chain(tmp_path), ca_file=str(tmp_path / "leaf.pem"))["SMTP204"]
    assert "ca_file holds the relay's own certificate; it must hold its issuer's, CN=Lab middle" in found


def test_a_relay_that_wants_a_certificate_of_the_client(shake: Shake, tmp_path: Path) -> None:
    made = chain(tmp_path)
    made.server.load_verify_locations(made.ca_file)
    made.server.verify_mode = ssl.CERT_REQUIRED
    with FaultServer(LOGGED_IN, certificate=made.server) as server:
        found = shake(server.port, ca_file=made.ca_file)
    failed = next(check for check in found.checks if check.status == "fail")
    assert (failed.id, server.auth_attempts) == ("SMTP203", 0)
    assert "a client certificate, which is not supported" in str(failed.advice)


def test_the_transcript_shows_the_certificate_with_the_pin_to_declare(shake: Shake, tmp_path: Path) -> None:
    made, told = chain(tmp_path), list[str]()
    relay = Relay(name=None, host="localhost", port=0, encryption=Encryption.STARTTLS, level=Level.TLS)
    for _ in range(2):
        with SmtpRelay(users={USER: PASSWORD}, certificate=made.server) as server:
            relay = replace(relay, port=server.port, ca_file=made.ca_file)
            found = asyncio.run(handshakes((relay,), None, tell=told.append))[relay]
        line = next(line for line in told if line.startswith("=== certificate: "))
        relay = replace(relay, pins=(line.rpartition(" ")[2],))
    assert line.startswith("=== certificate: CN=localhost, for localhost, until ")
    assert "issued by CN=Lab middle, sha256/" in line
    assert (found.status, "SMTP210" in {check.id for check in found.checks}) == ("pass", True)
