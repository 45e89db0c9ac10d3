"""About forty shapes of certificates: each fault has its check, reason and advice, and none is SMTP203."""

from __future__ import annotations

import base64
import ipaddress
import socket
import ssl
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from lab.servers.smtp.faults import FaultServer
from lab.servers.smtp.zoo import LOGGED_IN, SECURED
from support.certificates import LEAF, MIDDLE, ROOT, SERVER, Shape, changed

from reconciler.model.handshake import CheckResult, Handshake, Level
from reconciler.smtp.record import diagnosis, verify_codes
from reconciler.smtp.tls import certificate
from reconciler.smtp.tls import context as tls

Shake = Callable[..., Handshake]
CLIENT, ANY, CODE, MAIL = (
    x509.ObjectIdentifier(oid) for oid in ("1.3.6.1.5.5.7.3.2", "2.5.29.37.0", "1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.4")
)
DAYS = timedelta(days=1)
REKEYED = changed(ROOT, key="root again", by="root again")
ALONE = changed(LEAF, issuer="leaf", by="leaf", ca=True, own_id=False, issuer_id=None)
TWIN = changed(ALONE, key="twin", by="twin")
DIRECT = changed(LEAF, issuer="Root", by="root")


def dns(*names: str) -> tuple[x509.GeneralName, ...]:
    return tuple(x509.DNSName(name) for name in names)


def limited(permitted: x509.GeneralName | None = None, excluded: x509.GeneralName | None = None) -> Shape:
    constraints = x509.NameConstraints([permitted] if permitted else None, [excluded] if excluded else None)
    return Shape(sent=(changed(MIDDLE, constraints=constraints),), told="may not issue for a name")


def leaf(told: str, check: str = "SMTP204", *, host: str = "localhost", **given: object) -> Shape:
    return Shape(leaf=changed(LEAF, **given), check=check, told=told, host=host)


def middle(told: str, check: str = "SMTP204", **given: object) -> Shape:
    return Shape(sent=(changed(MIDDLE, **given),), check=check, told=told)


SHAPES = {
    "leaf expired days ago": leaf("the certificate expired 3 days ago", "SMTP206", ends=-3 * DAYS - timedelta(hours=1)),
    "leaf expired hours ago": leaf(
        "the certificate expired 2 hours ago", "SMTP206", ends=-timedelta(hours=2, minutes=5)
    ),
    "leaf not yet valid": leaf("not yet valid: it begins on", "SMTP206", begins=2 * DAYS),
    "middle expired": middle("CN=Middle: the certificate expired 2 days ago", "SMTP206", ends=-2 * DAYS),
    "middle not yet valid": middle("CN=Middle: the certificate is not yet valid", "SMTP206", begins=2 * DAYS),
    "root expired": Shape(
        trusted=(changed(ROOT, ends=-2 * DAYS),), check="SMTP206", told="CN=Root: the certificate exp"
    ),
    "another name": leaf("the certificate is for elsewhere.example", "SMTP205", names=dns("elsewhere.example")),
    "common name alone": leaf("no host name", "SMTP205", names=None, subject="localhost"),
    "empty list of names": leaf("for no host name", "SMTP205", names=(x509.RFC822Name("a@b.example"),)),
    "wildcard of a top domain": leaf("needs two labels", "SMTP205", host="smtp.corp", names=dns("*.corp")),
    "wildcard and underscore": leaf(
        "covers no name with an underscore", "SMTP205", host="smtp_relay.example.com", names=dns("*.example.com")
    ),
    "wildcard two levels up": leaf(
        "is for *.example.com", "SMTP205", host="a.b.example.com", names=dns("*.example.com")
    ),
    "address as a DNS name": leaf("must stand there as an IP", "SMTP205", host="127.0.0.1", names=dns("127.0.0.1")),
    "another address": leaf(
        "is for 127.0.0.9", "SMTP205", host="127.0.0.1", names=(x509.IPAddress(ipaddress.ip_address("127.0.0.9")),)
    ),
    "unknown root": Shape(
        trusted=(changed(ROOT, subject="Other", issuer="Other"),), told="name a file with the certificate"
    ),
    "self-signed": Shape(leaf=changed(LEAF, issuer="leaf", by="leaf"), sent=(), told="it is self-signed"),
    "self-signed behind a namesake": Shape(leaf=ALONE, sent=(), trusted=(TWIN, ALONE), told="put it first"),
    "no intermediate": Shape(sent=(), told="sends no intermediate certificate"),
    "CA file holds the leaf": Shape(leaf=DIRECT, sent=(), trusted=(DIRECT,), told="it must hold its issuer's"),
    "re-keyed root": Shape(trusted=(REKEYED,), told="another key of the same name"),
    "re-keyed root without identifiers": Shape(
        leaf=changed(DIRECT, issuer_id=None),
        sent=(),
        trusted=(changed(REKEYED, own_id=False, issuer_id=None),),
        told="a new key under its old name",
    ),
    "re-keyed middle": middle("that did not issue CN=leaf", key="middle again"),
    "broken signature of the leaf": Shape(broken="leaf", told="a signature in the chain"),
    "broken signature of the middle": Shape(broken="Middle", told="a signature in the chain"),
    "middle is no CA": middle("have the certificate issued by a CA", ca=False, usage=frozenset({"digital_signature"})),
    "middle without constraints": middle("have the certificate issued by a CA", ca=None, usage=None),
    "middle may not sign": middle("have the certificate issued by a CA", usage=frozenset({"crl_sign"})),
    "leaf issued by a leaf": Shape(
        leaf=changed(LEAF, issuer="shop", by="shop"),
        sent=(changed(LEAF, subject="shop", key="shop"), MIDDLE),
        told="have the certificate issued by a CA",
    ),
    "root allows no middle": Shape(trusted=(changed(ROOT, path=0),), told="pathlen"),
    "middle allows no middle": Shape(
        leaf=changed(LEAF, issuer="Lower", by="lower"),
        sent=(changed(MIDDLE, subject="Lower", issuer="Middle", key="lower", by="middle"), changed(MIDDLE, path=0)),
        told="pathlen",
    ),
    "for clients only": leaf("extendedKeyUsage serverAuth", purposes=(CLIENT,)),
    "for any purpose": leaf("extendedKeyUsage serverAuth", purposes=(ANY,)),
    "for code": leaf("extendedKeyUsage serverAuth", purposes=(CODE, MAIL)),
    "middle for mail only": middle("extendedKeyUsage serverAuth", purposes=(MAIL,)),
    "key signs certificates only": leaf("keyUsage digitalSignature", usage=frozenset({"crl_sign"})),
    "another DNS name permitted": limited(permitted=x509.DNSName("example.com")),
    "this DNS name excluded": limited(excluded=x509.DNSName("localhost")),
    "another directory permitted": limited(
        permitted=x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "other")]))
    ),
    "constraint of a kind unknown": Shape(
        leaf=changed(LEAF, names=(*dns("localhost"), x509.RegisteredID(CODE))),
        sent=(changed(MIDDLE, constraints=x509.NameConstraints([x509.RegisteredID(CODE)], None)),),
        told="may not issue for a name",
    ),
    "odd extension of the leaf": leaf("critical extension", odd=True),
    "odd extension of the middle": middle("critical extension", odd=True),
    "weak key": leaf("RSA of 1024 bits", "SMTP207", key="rsa1024"),
    "weak key of the middle": Shape(
        leaf=changed(LEAF, by="rsa1024m"), sent=(changed(MIDDLE, key="rsa1024m"),), check="SMTP207", told="RSA of 1024"
    ),
    "weak curve of the middle": Shape(
        leaf=changed(LEAF, by="p192m"), sent=(changed(MIDDLE, key="p192m"),), check="SMTP207", told="weak"
    ),
    "a loop": Shape(
        leaf=changed(LEAF, issuer="A", by="a"),
        sent=(
            changed(MIDDLE, subject="A", issuer="B", key="a", by="b"),
            changed(MIDDLE, subject="B", issuer="A", key="b", by="a"),
        ),
        told="not issued by the CAs in",
    ),
}


@pytest.fixture
def anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name leads to this machine."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("127.0.0.1", 0))])


def shown(found: CheckResult) -> str:
    return f"{found.reason} | {found.advice}"


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.usefixtures("anywhere")
def test_each_fault_has_a_reason_and_an_advice_of_its_own(calm: Shake, tmp_path: Path, name: str) -> None:
    shape = SHAPES[name]
    ca_file, server_side = shape.files(tmp_path)
    with FaultServer(SECURED, certificate=server_side) as server:
        found = calm(server.port, host=shape.host, ca_file=ca_file, level=Level.TLS)
    failed = {one.id: shown(one) for one in found.checks if one.status == "fail"}
    assert shape.told in failed.get(shape.check, ""), failed
    assert "SMTP203" not in failed
    assert server.auth_attempts == 0


@pytest.mark.parametrize("code", range(1, 128))
def test_no_verify_code_is_left_without_a_class(code: int) -> None:
    error = ssl.SSLCertVerificationError()
    error.verify_code, error.verify_message = code, "said OpenSSL"
    assert diagnosis.of(error, "relay.example", None).id in ("SMTP204", "SMTP205", "SMTP206", "SMTP207")
    assert diagnosis.of(error, "relay.example", None).advice


def test_each_class_has_its_own_reason() -> None:
    classes = {id(one): one for one in map(verify_codes.refusal, range(1, 128))}.values()
    assert len({one.reason for one in classes}) == len(classes)


STRICT = {
    "clean": Shape(),
    "one certificate below the root": Shape(leaf=DIRECT, sent=()),
    "leaf without its issuer's identifier": Shape(
        leaf=changed(LEAF, issuer_id=None), told="CN=leaf has no authority key"
    ),
    "middle without its issuer's": Shape(
        sent=(changed(MIDDLE, issuer_id=None),), told="CN=Middle has no authority key"
    ),
    "root without its own": Shape(
        trusted=(changed(ROOT, own_id=False, issuer_id=None),), told="CN=Root is a CA without subject key identifier"
    ),
    "basic constraints not critical": Shape(
        trusted=(changed(ROOT, basic_critical=False),), told="CN=Root is a CA whose basicConstraints are not critical"
    ),
    "root without key usage": Shape(trusted=(changed(ROOT, usage=None),), told="CN=Root is a CA without keyUsage"),
    "leaf that may sign": Shape(
        leaf=changed(LEAF, usage=frozenset({"digital_signature", "key_cert_sign"})), told="is no CA and has keyCertSign"
    ),
    "no subject": Shape(leaf=changed(LEAF, subject=""), told="neither a subject nor a critical subjectAltName"),
}


@pytest.mark.parametrize("name", STRICT)
def test_a_chain_that_strict_clients_refuse_is_a_warning(calm: Shake, tmp_path: Path, name: str) -> None:
    shape = STRICT[name]
    ca_file, server_side = shape.files(tmp_path)
    with FaultServer(LOGGED_IN, certificate=server_side) as server:
        found = next(one for one in calm(server.port, ca_file=ca_file).checks if one.id == "SMTP204")
    assert (found.status, shape.told in found.reason) == ("warn" if shape.told else "pass", True), found
    assert bool(shape.told) is refused_strictly(ca_file, server_side)


def refused_strictly(ca_file: str, server_side: ssl.SSLContext) -> bool:
    """As OpenSSL itself judges with VERIFY_X509_STRICT, in memory."""
    context = ssl.create_default_context(cafile=ca_file)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    here, there = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(here, there, server_hostname="localhost")
    server = server_side.wrap_bio(there, here, server_side=True)
    for _ in range(4):
        for end in (client, server):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return True
    return False


SERIAL_0 = (
    "MIIBbDCCARKgAwIBAgIBADAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwIBcNMjYxMTI5MTIxNzE2WhgPMjEyNjExMDUxMjE3MTZa"
    "MBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIXCYzDqmiO+p1pTbTbuybKvOEqTrccQzDbj5AFGTZP2DFIp"
    "6uiUc1zZacRTRanwtlBHzMvPqYIvXuNOmevdLg6jUzBRMB0GA1UdDgQWBBSDPl4kzlALnQlabexdouAAylEdhzAfBgNVHSMEGDAWgBSDPl4kzlAL"
    "nQlabexdouAAylEdhzAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDWIecdYceSDFLyhZmBXaeoWE3LTqiNmK3ONoAzDgKgRgIg"
    "MpOnLziSapR2J7WABPG955mzxupruK5GnIV67lvgM30="
)


def test_a_serial_number_of_0_is_read_without_a_warning() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = certificate.read(base64.b64decode(SERIAL_0))
    assert found is not None
    assert (found.subject, caught) == ("CN=localhost", [])


def test_a_server_without_a_certificate_is_told_as_that(calm: Shake, tmp_path: Path) -> None:
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    bare.maximum_version = ssl.TLSVersion.TLSv1_2
    bare.set_ciphers("ADH:@SECLEVEL=0")
    with FaultServer(SECURED, certificate=bare) as server:
        found = next(one for one in calm(server.port, level=Level.TLS).checks if one.id == "SMTP203")
    assert "the relay has no certificate that a client can use" in found.reason


def test_a_small_group_is_our_refusal() -> None:
    told = diagnosis.advice("DH_KEY_TOO_SMALL")
    assert told is not None
    assert "it is this side that refuses" in told


@pytest.mark.parametrize(
    "alert", ["TLSV1_ALERT_UNKNOWN_CA", "SSLV3_ALERT_BAD_CERTIFICATE", "TLSV13_ALERT_CERTIFICATE_REQUIRED"]
)
def test_an_alert_after_our_side_is_through_is_about_a_client_certificate(alert: str) -> None:
    assert "requires a client certificate" in str(diagnosis.afterwards(alert))


def test_the_second_look_takes_no_anonymous_session() -> None:
    assert not [one["name"] for one in tls.unverified().get_ciphers() if one["auth"] == "auth-null"]
    assert SERVER in (LEAF.purposes or ())
