"""A real Postfix that is planned, written and read back, and whose mail really goes on to another server."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.servers import sshd
from lab.servers.mta import USERS, Mta
from lab.servers.postfix import Postfix, waited
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.sshd import SshServer
from support.site import Site, actions, changed

from reconciler.errors import (
    PlatformBusy,
    PlatformDenied,
    PlatformError,
    PlatformMissing,
    PlatformRefused,
    PlatformUnreachable,
    WriteForbidden,
)
from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Severity
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Connection, Present, Value
from reconciler.pipeline.plan import risks
from reconciler.platforms import postfix
from reconciler.platforms.postfix.access import script
from reconciler.platforms.postfix.observed import EFFECTIVE, OVERRIDES, SET_HERE, observed

MISSING = Postfix.missing()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=f"no real Postfix: {MISSING}")
needs_mta = pytest.mark.skipif(Mta.missing() is not None, reason=f"no second relay: {Mta.missing()}")
needs_sshd = pytest.mark.skipif(not sshd.AVAILABLE, reason=sshd.MISSING)
SETTINGS = Resource(collection="settings")
USER = "app@lab.test"
SYSTEM_CA = "/etc/ssl/certs/ca-certificates.crt"


PASSWORD = "c4n4ry-Pässwörd: $x"
LOGIN: dict[str, Value] = {
    "host": "one.example.com",
    "port": 587,
    "encryption": "none",
    "auth": "basic",
    "username": "shop",
    "password": SecretRef(store="env", path="X"),
}


class Opens:
    def __init__(self, value: str = PASSWORD) -> None:
        self.value = value

    def open(self, ref: SecretRef) -> SecretValue:
        return SecretValue(self.value)


@pytest.fixture(scope="module")
def instance() -> Iterator[Postfix]:
    with Postfix() as running:
        yield running


@pytest.fixture
def relay(instance: Postfix, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postfix]:
    """As it was when it started, whatever a test makes of it."""
    monkeypatch.setenv("PATH", f"{instance.bin}{os.pathsep}{os.environ['PATH']}")
    original = instance.main.read_bytes()
    yield instance  # what is still to be reloaded, the next write reloads
    for path in instance.main.parent.glob("reconciler_*"):
        path.unlink()
    shutil.rmtree(instance.main.parent / ".reconciler", ignore_errors=True)
    if instance.main.read_bytes() != original:
        instance.main.write_bytes(original)
        instance.settled()


def here(relay: Postfix) -> Connection:
    return {"host": "local", "config_directory": relay.directory}


def live(relay: Postfix, connection: Connection | None = None) -> Present:
    found = postfix.reader("dev/mta", connection or here(relay), Opens()).read().resources[SETTINGS]
    assert isinstance(found, Present)
    return found


def write(connection: Connection, after: dict[str, Value], *, password: str = PASSWORD) -> None:
    fields = tuple(
        FieldChange(field=name, kind=FieldKind.SET, before=None, after=value, cause=Cause.GIT)
        for name, value in after.items()
    )
    address = Address(environment="dev", target="mta", resource=SETTINGS)
    change = Change(address=address, kind="postfix", installation="x", action=Action.UPDATE, fields=fields)
    postfix.writer("dev/mta", connection, Opens(password)).write(change)


def declare(site: Site, relay: Postfix, settings: str, environment: str = "") -> None:
    site.stage("dev", text=environment)
    connection = f"connection: {{host: local, config_directory: {relay.directory}}}\n"
    site.write("dev/mta.yaml", f"platform: postfix\n{connection}settings:\n{settings}")


def only(outcomes: dict[str, Outcome]) -> Outcome:
    (found,) = outcomes.values()
    return found


def files(relay: Postfix) -> dict[str, tuple[bytes, int, int, int]]:
    """What is in its folder: content, inode, mode and time."""
    return {
        path.name: (path.read_bytes(), found.st_ino, found.st_mode, found.st_mtime_ns)
        for path in sorted(relay.main.parent.iterdir())
        for found in (path.stat(),)
    }


def rules(found: Present) -> list[str]:
    return [finding.rule for finding in found.findings]


SUBMISSION = """
relays:
  submission:
    host: localhost
    port: {port}
    encryption: starttls
    auth: basic
    username: app@lab.test
    password: {{env: MTA_PASSWORD, version: 1}}
    ca_file: {ca_file}
sender: {{address: noreply@lab.test, name: Büro}}
verify: {{level: auth}}
"""


@needs_mta
def test_mail_goes_on_to_a_second_postfix_with_login_verified_tls_and_a_new_sender(
    site: Site, relay: Postfix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTA_PASSWORD", USERS[USER])
    with Mta() as second:
        declare(
            site,
            relay,
            f"  relay: submission\n  tls_ca_file: {second.ca_file}\n"
            "  rewrite_sender: {envelope: true}\n"
            "  mynetworks: [127.0.0.0/8]\n  relay_restrictions: [permit_mynetworks, reject_unauth_destination]\n",
            SUBMISSION.format(port=second.submission, ca_file=second.ca_file),
        )
        before, reloads = relay.main.read_text(), relay.reloads()

        outcome = only(site.apply())

        assert (outcome.status, outcome.error) == (OutcomeStatus.UPDATED, None)
        line = relay.delivered(relay.send("app@apps.test"))
        assert "status=sent" in line
        bounce = relay.delivered(relay.send(""))  # a bounce has no sender, and gets none: it would come back for ever
        assert "status=sent" in bounce
        assert waited(lambda: second.log().count("from=<") == 2)
        assert "from=<noreply@lab.test>" in second.log()
        assert "from=<>" in second.log()
        assert second.log().count(f"sasl_username={USER}") == 2
    assert "Verified TLS connection established to localhost" in relay.log()
    assert actions(site.plan()) == {"dev/mta:settings": "none"}
    assert relay.reloads() == reloads + 1
    assert all(line in relay.main.read_text().splitlines() for line in before.splitlines())  # all else is untouched
    map_of_ours = relay.main.with_name("reconciler_sasl_passwd")
    assert [oct(path.stat().st_mode) for path in (map_of_ours, map_of_ours.with_suffix(".db"))] == ["0o100600"] * 2
    assert USERS[USER] not in relay.log() + str(site.plan())


def test_header_from_is_replaced_in_what_leaves(relay: Postfix, pki: Pki) -> None:
    with SmtpRelay(certificate=pki.good) as second:
        write(
            here(relay),
            {
                "host": "localhost",
                "port": second.port,
                "encryption": "starttls",
                "tls_ca_file": pki.ca_file,
                "rewrite_sender.from_header": True,
                "sender.address": "no-reply@example.com",
                "sender.name": "Büro, 1",
            },
        )
        text = "From: App\n <app@apps.test>\nSubject: From: me\n\nFrom: stays in the body\n"
        assert "status=sent" in relay.delivered(relay.send("app@apps.test", text=text))
        (message,) = second.messages
    content = message.content if isinstance(message.content, bytes) else b""
    head, _, body = content.decode().replace("\r\n", "\n").partition("\n\n")
    assert "From: =?utf-8?b?QsO8cm8sIDE=?= <no-reply@example.com>" in head.splitlines()
    assert "apps.test>" not in head
    assert body.startswith("From: stays in the body\n")
    assert message.mail_from == "app@apps.test"
    assert live(relay).settings["sender.name"] == "Büro, 1"


@pytest.mark.parametrize("wrong", ["wrong_name", "unknown_ca"])
def test_mail_waits_when_the_relay_is_not_the_one_that_was_declared(relay: Postfix, pki: Pki, wrong: str) -> None:
    with SmtpRelay(certificate=getattr(pki, wrong)) as second:
        relay.edit(
            f"relayhost=[localhost]:{second.port}", "smtp_tls_security_level=secure", f"smtp_tls_CAfile={pki.ca_file}"
        )
        relay.run("postfix", "reload")
        assert live(relay).settings["encryption"] == "starttls"  # what `starttls` is written as
        line = relay.delivered(relay.send("app@apps.test"))
    assert "status=deferred (Server certificate not verified)" in line
    assert second.messages == []
    relay.run("postsuper", "-d", "ALL")


def test_password_moves_with_the_host_and_its_value_is_never_given_back(relay: Postfix) -> None:
    relay.log_in("shop", PASSWORD, relayhost="[one.example.com]:587", smtp_sasl_auth_enable="yes")
    first = live(relay)

    write(here(relay), {"host": "two.example.com", "username": "store"})

    second, table = live(relay), relay.main.with_name("reconciler_sasl_passwd")
    assert table.read_text() == f"[two.example.com]:587 store:{PASSWORD}\n"
    assert relay.run("postmap", "-q", "[two.example.com]:587", f"hash:{table}") == f"store:{PASSWORD}"
    assert (first.settings["username"], first.write_only) == ("shop", frozenset({"password"}))
    assert (second.settings["username"], second.write_only) == ("store", frozenset({"password"}))
    assert "c4n4ry" not in repr((first, second))
    table.write_text("[two.example.com]:587 store:other\n")  # by hand, in its place
    assert None not in (first.marker, second.marker)
    assert live(relay).marker != second.marker


def test_user_who_may_not_read_the_login_knows_that_it_is_there(relay: Postfix) -> None:
    relay.log_in("shop", PASSWORD, relayhost="[one.example.com]:587")
    words = ["sh", "-c", script("read").text, "read.sh", relay.directory]
    words += [" ".join(names) for names in (SET_HERE, EFFECTIVE, OVERRIDES)]

    done = subprocess.run(words, user="nobody", capture_output=True, text=True, check=True, timeout=20)

    seen = observed(done.stdout)
    assert (seen.user, seen.user_hidden, seen.running) == (None, True, None)
    assert seen.stamp == live(relay).marker
    assert seen.here["relayhost"] == "[one.example.com]:587"


def test_password_in_main_cf_itself_is_not_read(relay: Postfix) -> None:
    relay.edit(
        "relayhost=[one.example.com]:587", "smtp_sasl_password_maps=static:shop:c4n4ry", "smtp_sasl_auth_enable=yes"
    )
    found = live(relay)
    assert (found.settings["username"], found.marker) == (None, "by static:***")
    assert "c4n4ry" not in repr(found)


@pytest.mark.parametrize("password", ["c4n4ry\nsecond line", "c4n4ry ", ""], ids=repr)
def test_password_that_a_map_cannot_hold_is_refused(relay: Postfix, password: str) -> None:
    before = files(relay)
    with pytest.raises(PlatformError) as raised:
        write(here(relay), LOGIN, password=password)
    assert "the earlier files were restored" in raised.value.what
    assert "c4n4ry" not in f"{raised.value.what} {raised.value.why} {raised.value.fix}"
    assert files(relay) == before


def test_refused_check_puts_back_every_byte(relay: Postfix) -> None:
    relay.edit("message_size_limit=10x")  # and nobody has reloaded since
    before, reloads = files(relay), relay.reloads()
    sender: dict[str, Value] = {"rewrite_sender.from_header": True, "sender.address": "no-reply@example.com"}

    with pytest.raises(PlatformRefused) as raised:
        write(here(relay), {"mynetworks": ("127.0.0.0/8",), **sender})

    assert raised.value.what == (
        "this host: postfix check refuses: bad numerical configuration: message_size_limit = 10x; "
        "the earlier files were restored"
    )
    assert files(relay) == before
    assert relay.reloads() == reloads


@pytest.mark.parametrize(
    ("ca_file", "reason"), [(None, "no CA is configured"), ("/etc/hostname", "/etc/hostname contains no certificate")]
)
def test_verification_that_could_only_fail_is_not_written(relay: Postfix, ca_file: str | None, reason: str) -> None:
    before = files(relay)
    with pytest.raises(PlatformRefused, match=reason):
        write(here(relay), {"host": "localhost", "port": 587, "encryption": "starttls", "tls_ca_file": ca_file})
    assert files(relay) == before


def test_failed_reload_puts_back_every_byte_of_the_login_too(
    relay: Postfix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay.log_in("shop", "earlier", relayhost="[one.example.com]:587")
    before, marker = files(relay), live(relay).marker
    real = shutil.which("postfix", path="/usr/sbin:/usr/local/sbin")
    (tmp_path / "postfix").write_text(f'#!/bin/sh\n[ "$3" = reload ] && exit 1\nexec {real} "$@"\n')
    (tmp_path / "postfix").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    with pytest.raises(PlatformRefused, match="postfix reload failed; the earlier files were restored"):
        write(here(relay), LOGIN | {"host": "two.example.com"})

    assert files(relay) == before
    assert live(relay).marker == marker


def test_write_waits_for_nobody_and_says_who_is_there(relay: Postfix) -> None:
    (relay.main.parent / ".reconciler").mkdir()
    with pytest.raises(PlatformBusy, match="another write"):
        write(here(relay), {"message_size_limit": 1000})
    assert rules(live(relay)) == ["write-broken-off"]


def test_postfix_that_is_not_running_is_told_and_not_written(relay: Postfix) -> None:
    relay.stop()
    try:
        assert rules(live(relay)) == ["not-running"]
        with pytest.raises(PlatformRefused, match="not running; nothing was written"):
            write(here(relay), {"message_size_limit": 1000})
    finally:
        relay.start()


def test_open_relay_is_told_live_and_is_a_risk_in_the_plan(site: Site, relay: Postfix) -> None:
    relay.edit("mynetworks=0.0.0.0/0")
    assert rules(live(relay)) == ["open-relay"]
    declare(site, relay, "  mynetworks: [0.0.0.0/0]\n  message_size_limit: 1000\n")

    todo = site.plan()

    (change,) = todo.changes
    assert changed(change) == {"message_size_limit": (None, 1000)}
    assert [(risk.rule, risk.severity) for risk in change.risks] == [("open-relay", Severity.RISK)]
    assert "open-relay" in risks.names({"postfix"})  # so that --allow takes it
    assert [finding.rule for finding in todo.findings] == []


def test_reader_cannot_write(relay: Postfix) -> None:
    reader = postfix.reader("dev/mta", here(relay), Opens())
    with pytest.raises(WriteForbidden):
        reader.shell.run(script("write"), relay.directory)  # type: ignore[attr-defined]


def test_wrong_place_is_told() -> None:
    with pytest.raises(PlatformMissing, match=r"this host: there is no /nonexistent/main\.cf"):
        postfix.reader("dev/mta", {"host": "local", "config_directory": "/nonexistent"}, Opens()).read()


@needs_sshd
def test_the_same_over_ssh(relay: Postfix, tmp_path: Path) -> None:
    with SshServer(tmp_path / "sshd") as server:
        files_here = {"identity_file": str(server.folder / "user"), "known_hosts": str(server.folder / "known_hosts")}
        connection = {"ssh": f"root@127.0.0.1:{server.port}", "config_directory": relay.directory, **files_here}

        write(connection, LOGIN)

        assert live(relay, connection) == live(relay)
        assert relay.main.with_name("reconciler_sasl_passwd").read_text() == f"[one.example.com]:587 shop:{PASSWORD}\n"

        for file, kind, what in (
            ("known_hosts", PlatformDenied, "host key verification failed"),
            ("identity_file", PlatformDenied, "the ssh login is refused"),
        ):
            other = {"known_hosts": "/dev/null", "identity_file": str(server.folder / "other")}[file]
            with pytest.raises(kind, match=what):
                live(relay, {**connection, file: other})
    with pytest.raises(PlatformUnreachable, match="no ssh connection"):
        live(relay, connection)


def test_login_is_not_called_absent_where_main_cf_lets_nothing_run(relay: Postfix) -> None:
    relay.log_in("shop", PASSWORD, relayhost="[one.example.com]:587")
    relay.edit("message_size_limit=10x")
    found = live(relay)
    assert found.write_only == {"username", "password"}
    assert rules(found) == ["main-cf-broken"]
    assert "10x" in found.findings[0].what
