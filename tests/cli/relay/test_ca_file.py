"""A CA file that is declared and not there is told before a handshake fails of it, and never twice."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

import pytest
from lab.servers import fake
from lab.servers.smtp.pki import Pki
from support.commandline import inside
from support.site import Site

RELAY = "relays: {{dead: {{host: 127.0.0.1, port: 1, encryption: {encryption}, auth: none, ca_file: {path}}}}}"
PLACE = "environments/dev/environment.yaml:2:"
WARNING = "certs/ca.pem: no such file; handshakes with this relay will fail"


@pytest.fixture
def declared(fake_site: Site, world: fake.World) -> Site:
    stage(fake_site)
    for name in ("crm", "shop"):
        fake_site.target(f"dev/{name}", "mail_servers: {main: {relay: dead}}", name)
    fake_site.stage("prod")
    fake_site.target("prod/crm", "mail_servers: {main: {priority: 1}}")
    return fake_site


def stage(site: Site, path: str = "certs/ca.pem", encryption: str = "tls") -> None:
    site.stage("dev", text=RELAY.format(path=path, encryption=encryption))


def put(site: Site, path: str) -> None:
    (site.folder / path).parent.mkdir(parents=True, exist_ok=True)
    (site.folder / path).write_text("-----BEGIN CERTIFICATE-----\n")


@pytest.mark.parametrize("command", [("validate",), ("plan",), ("verify",), ("apply", "--auto-approve")], ids=" ".join)
def test_it_is_told_once_with_its_place(declared: Site, command: tuple[str, ...]) -> None:
    ran = inside(*command)
    assert ran.text.count(WARNING) == 1
    assert PLACE in next(line for line in ran.text.splitlines() if WARNING in line)


def test_validate_passes_with_it(declared: Site) -> None:
    ran = inside("validate", "--format", "json")
    (found,) = ran.json["findings"]
    assert (ran.code, ran.json["valid"], found["severity"], found["rule"]) == (0, True, "warning", "ca-file-missing")


def test_a_saved_plan_is_applied_where_the_file_is_missing_too(declared: Site) -> None:
    put(declared, "certs/ca.pem")
    assert WARNING not in inside("plan", "--out", "plan.json").text
    (declared.folder / "certs/ca.pem").unlink()
    assert WARNING in inside("apply", "plan.json").err


def test_the_document_of_verify_stays_whole(declared: Site) -> None:
    ran = inside("verify", "--format", "json")
    assert WARNING in ran.err
    assert list(json.loads(ran.out)) == ["handshakes", "complete", "findings"]


@pytest.mark.parametrize("command", ["plan", "verify"])
@pytest.mark.parametrize(("select", "told"), [("dev/crm", 1), ("prod", 0)])
def test_it_is_told_of_what_is_selected(declared: Site, command: str, select: str, told: int) -> None:
    assert inside(command, "--select", select).text.count(WARNING) == told


def test_a_file_beside_the_declaring_one_is_named_as_it_has_to_be_written(declared: Site) -> None:
    put(declared, "environments/dev/certs/ca.pem")
    assert "fix: ca_file: environments/dev/certs/ca.pem, which is there" in inside("validate").out


@pytest.mark.parametrize(
    "declaration",
    [{"path": "/certs/of/the/runner.pem"}, {"encryption": "none"}, {}],
    ids=["of another machine", "not used", "there"],
)
def test_what_may_be_well_is_not_told(declared: Site, declaration: dict[str, str]) -> None:
    stage(declared, **declaration)
    if not declaration:
        put(declared, "certs/ca.pem")
    assert inside("validate").out == "6 files are valid\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"-----BEGIN PRIVATE KEY-----\n", "this holds a private key, and no certificate"),
        (b"", "this is empty"),
    ],
    ids=["a key", "nothing"],
)
def test_a_file_without_a_certificate_is_told(declared: Site, content: bytes, says: str) -> None:
    put(declared, "certs/ca.pem")
    (declared.folder / "certs/ca.pem").write_bytes(content)
    ran = inside("validate", "--format", "json")
    (found,) = ran.json["findings"]
    assert (ran.code, found["rule"], found["what"]) == (0, "ca-file-form", f"ca_file: certs/ca.pem: {says}")


def test_a_der_file_is_told_with_the_command_that_makes_it_pem(declared: Site, certificates: Pki) -> None:
    put(declared, "certs/ca.pem")
    pem = Path(certificates.ca_file).read_text(encoding="ascii")
    (declared.folder / "certs/ca.pem").write_bytes(ssl.PEM_cert_to_DER_cert(pem))
    ran = inside("validate")
    assert "ca_file: certs/ca.pem: this is DER" in ran.text
    assert "openssl x509 -inform der -in " in ran.text
