"""A file of an application whose mail client cannot log in at its relay: nothing is written, and it is said why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from lab.servers.smtp.faults import Expect, FaultServer, Send
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.zoo import SECURED
from support.commandline import inside

BEFORE = "MAIL_HOST=old.example.com\nMAIL_PORT=25\n"
Declared = Callable[[str, str], Path]


@pytest.fixture
def declared(certificates: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Declared]:
    """`client` sends through a relay whose EHLO has this line inside TLS, and which takes any login."""
    with ExitStack() as stack:

        def declare(client: str, line: str) -> Path:
            script = (
                *SECURED,
                Send("250-relay.lab", f"250 {line}"),
                Expect("AUTH"),
                Send("235 welcome"),
                Expect("QUIT"),
            )
            server = stack.enter_context(FaultServer(script, certificate=certificates.good))
            folder = tmp_path / "environments"
            (folder / "dev").mkdir(parents=True)
            (folder / "reconciler.yaml").write_text("version: 1\n")
            (folder / "dev/environment.yaml").write_text(
                "order: 10\n"
                f"relays: {{out: {{host: localhost, port: {server.port}, encryption: starttls, auth: basic, "
                f"username: shop, password: {{env: PW, version: 1}}, ca_file: {certificates.ca_file}}}}}\n"
                "verify: {level: auth}\n"
            )
            (folder / "dev/shop.yaml").write_text(
                f"platform: file\nconnection: {{path: .env, format: dotenv, client: {client}, "
                "keys: {host: MAIL_HOST, port: MAIL_PORT, encryption: null, username: MAIL_USER, password: MAIL_PW}}\n"
                "settings: {relay: out}\n"
            )
            (tmp_path / ".env").write_text(BEFORE)
            monkeypatch.chdir(tmp_path)
            monkeypatch.setenv("PW", "no-such-secret")
            return tmp_path / ".env"

        yield declare


def applied(file: Path) -> str:
    """What `apply` says of it, on one line."""
    told = inside("apply", "--auto-approve", "--allow", "readers-lost")
    assert (told.code, file.read_text()) == (5, BEFORE), told.out + told.err
    return " ".join((told.out + told.err).split())


def test_a_client_that_the_relay_offers_no_login_to_is_refused_before_anything_is_written(declared: Declared) -> None:
    said = applied(declared("gitlab", "AUTH PLAIN"))
    assert "SMTP300" in said
    assert "none of them is offered: GitLab takes LOGIN" in said
    assert "have the relay offer AUTH LOGIN inside TLS, or use another relay" in said


def test_a_client_that_does_not_see_the_login_is_refused_too(declared: Declared) -> None:
    said = applied(declared("go-smtp", "auth PLAIN"))
    assert "SMTP320" in said
    assert "Go's net/smtp fails: Go's net/smtp sees no AUTH offered" in said
    assert "have the relay offer AUTH PLAIN inside TLS, in capitals, or use another relay" in said


def test_one_that_gets_through_is_written(declared: Declared) -> None:
    file = declared("django", "AUTH PLAIN")
    told = inside("apply", "--auto-approve", "--allow", "readers-lost")
    assert told.code == 0, told.out + told.err
    assert file.read_text() != BEFORE
