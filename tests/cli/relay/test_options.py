"""`verify --host`: one relay from the command line, as people use swaks."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from lab import canary
from lab.servers.proxies import Socks5Proxy
from lab.servers.smtp.faults import Expect, FaultServer, Send, Sleep
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.smtp.zoo import SECURED
from support.commandline import Ran, inside

from reconciler.model.text.message import in_flags
from reconciler.smtp.catalogue.checks import CATALOGUE
from reconciler.smtp.route import via

USER = "me@example.com"


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> str:
    value = canary.secret()
    monkeypatch.setenv("SMTP_PASSWORD", value)
    return value


@pytest.fixture
def server(certificates: Pki, password: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpRelay]:
    """In a folder without any file of ours."""
    monkeypatch.chdir(tmp_path)
    with SmtpRelay(users={USER: password}, certificate=certificates.good) as relay:
        yield relay


def verified(relay: SmtpRelay, pki: Pki, *more: str) -> Ran:
    login = ("--username", USER, "--password-env", "SMTP_PASSWORD")
    place = ("--host", "localhost", "--port", str(relay.port), "--encryption", "starttls", "--ca-file", pki.ca_file)
    return inside("verify", *place, *login, *more)


def test_a_relay_is_proven_without_any_file(server: SmtpRelay, certificates: Pki) -> None:
    ended = verified(server, certificates)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"  ok  localhost:{server.port}  starttls, TLSv1.3, AUTH PLAIN as {USER}  ")
    assert ended.out.endswith(" ms, certificate 63 days\n\n1 relay: 1 ok.\n")


def test_an_expired_token_is_not_sent(certificates: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMTP_TOKEN", "e30.eyJleHAiOjF9.c2ln")  # {"exp": 1}
    hello = Send("250-relay.lab", "250 AUTH XOAUTH2")
    with FaultServer((*SECURED, hello), certificate=certificates.good) as server:
        place = ("--host", "localhost", "--port", str(server.port), "--encryption", "starttls")
        login = ("--username", USER, "--token-env", "SMTP_TOKEN", "--ca-file", certificates.ca_file)
        ended = inside("verify", *place, *login)
    assert (ended.code, server.auth_attempts) == (4, 0)
    assert "SMTP304 exp has passed, or is less than 5 minutes away" in ended.out
    assert "fetch a new token" in ended.out


def test_json_has_exactly_the_keys_of_the_design(server: SmtpRelay, certificates: Pki) -> None:
    ended = verified(server, certificates, "--format", "json")
    (found,) = ended.json["handshakes"]
    assert list(ended.json) == ["handshakes", "complete", "findings"]
    assert list(found)[:6] == ["id", "relay", "host", "port", "level", "status"]
    said = ["reached", "at", "via", "summary", "certificate", "steps", "checks"]
    assert list(found)[6:] == [*said, "predicted", "where", "used_by"]
    assert (found["certificate"]["days"], found["certificate"]["names"]) == (63, ["localhost", "127.0.0.1", "::1"])
    assert datetime.fromisoformat(found["at"]) <= datetime.now(UTC)
    assert (found["relay"], found["host"], found["port"]) == (None, "localhost", server.port)
    assert (found["level"], found["status"]) == ("auth", "pass")
    assert {tuple(step) for step in found["steps"]} == {("name", "ms")}
    assert {tuple(check) for check in found["checks"]} == {("id", "status", "usual", "reason", "evidence", "advice")}


def test_level_envelope_names_sender_and_recipient(server: SmtpRelay, certificates: Pki) -> None:
    ended = verified(
        server, certificates, "--level", "envelope", "--sender", "a@example.com", "--recipient", "b@example.com"
    )
    assert (ended.code, server.senders, server.messages) == (0, ["a@example.com"], [])


def test_without_a_login_tls_is_proven_and_no_more_is_said(server: SmtpRelay, certificates: Pki) -> None:
    place = ("--host", "localhost", "--port", str(server.port), "--encryption", "starttls")
    ended = inside("verify", *place, "--ca-file", certificates.ca_file, "--format", "json")
    (found,) = ended.json["handshakes"]
    assert (ended.code, found["level"], server.logins) == (0, "tls", [])
    assert not {check["id"] for check in found["checks"]} & {"SMTP300", "SMTP301", "SMTP302"}


def test_without_login_and_encryption_a_connection_is_proven() -> None:
    with SmtpRelay(users={}, tls="none") as relay:
        place = ("--host", "127.0.0.1", "--port", str(relay.port), "--encryption", "none")
        ended = inside("verify", *place, "--format", "json")
    assert (ended.code, ended.json["handshakes"][0]["level"]) == (0, "connect")


def test_an_open_relay_needs_no_login_for_an_envelope(certificates: Pki) -> None:
    mail = ("--level", "envelope", "--sender", "a@example.com", "--recipient", "b@example.com")
    with SmtpRelay(certificate=certificates.good) as relay:
        place = ("--host", "localhost", "--port", str(relay.port), "--encryption", "starttls")
        ended = inside("verify", *place, "--ca-file", certificates.ca_file, *mail)
    assert (ended.code, relay.senders) == (0, ["a@example.com"])


def test_a_wrong_password_is_4_after_one_attempt(
    server: SmtpRelay, certificates: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", canary.secret())
    ended = verified(server, certificates)
    assert (ended.code, server.logins) == (4, [USER])
    assert "compare username and password (env SMTP_PASSWORD)" in " ".join(ended.out.split())


def test_the_transcript_is_the_dialogue_without_the_credential(server: SmtpRelay, certificates: Pki) -> None:
    mail = ("--level", "message", "--sender", "a@example.com", "--recipient", "b@example.com")
    ended = verified(server, certificates, "--transcript", *mail)
    said = [line for line in ended.err.splitlines() if not line.startswith(" ~> ") or ":" not in line]
    kept = [
        line for line in said if line[4:8] in ("AUTH", "STAR", "220 ", "235 ", "DATA", "354 ", "QUIT", "conn", "TLS ")
    ]
    assert kept == [
        f"=== connected to 127.0.0.1:{server.port}",
        "<-  220 relay.lab ESMTP lab",
        " -> STARTTLS",
        "<-  220 Ready to start TLS",
        "=== TLS started: TLSv1.3, TLS_AES_256_GCM_SHA384, verified",
        " ~> AUTH PLAIN ***",
        "<~  235 2.7.0 Authentication successful",
        " ~> DATA",
        "<~  354 End data with <CR><LF>.<CR><LF>",
        " ~> QUIT",
    ]
    assert (ended.code, canary.leaks(ended.err)) == (0, [])


def test_the_transcript_ends_with_what_went_wrong() -> None:
    with FaultServer((Send("220 hi"), Expect("EHLO"), Send("250 relay.lab"))) as stripped:
        place = ("--host", "127.0.0.1", "--port", str(stripped.port), "--encryption", "starttls")
        ended = inside("verify", *place, "--level", "tls", "--transcript")
    assert ended.err.splitlines()[-3:] == [
        "<-  250 relay.lab",
        "*** SMTP200 STARTTLS is not offered: the relay, or something in between, removed it",
        " -> QUIT",
    ]


def test_a_path_that_holds_the_name_of_a_setting_is_told_as_it_is(server: SmtpRelay, tmp_path: Path) -> None:
    other = tmp_path / "ca_file" / "ehlo_name.pem"
    other.parent.mkdir()
    trustme.CA().cert_pem.write_to_path(str(other))
    place = ("--host", "localhost", "--port", str(server.port), "--encryption", "starttls", "--level", "tls")
    ended = inside("verify", *place, "--ca-file", str(other), "--format", "json")
    told = json.dumps(json.loads(ended.out)["handshakes"][0]["checks"])
    assert (ended.code, f"not issued by the CAs in {other}" in told) == (4, True)


def test_no_check_of_an_ad_hoc_relay_advises_a_key_of_the_files() -> None:
    only_declared = {"SMTP210", "SMTP501"}  # pins, and a platform's own test
    keys = re.compile(r"\b(encryption|auth): |(?<!-)\b(ca_file|ehlo_name)\b|verify\.|policy\.")
    found = {row.id for row in CATALOGUE.values() if keys.search(in_flags(row.advice))}
    assert found <= only_declared


def test_a_failure_advises_the_flag_that_mends_it(server: SmtpRelay) -> None:
    place = ("--host", "localhost", "--port", str(server.port), "--encryption", "starttls", "--level", "tls")
    ended = inside("verify", *place)
    assert ended.code == 4
    assert "in --ca-file, if you trust it; the relay sends no intermediate" in " ".join(ended.out.split())


def test_the_ehlo_name_is_a_flag() -> None:
    script = (Send("220 hi"), Expect("EHLO"), Send("250 relay.lab"))
    with FaultServer(script, courteous=True) as relay:
        place = ("--host", "127.0.0.1", "--port", str(relay.port), "--encryption", "none", "--level", "connect")
        ended = inside("verify", *place, "--ehlo-name", "client.example.com")
    assert (ended.code, relay.received.lines[0]) == (0, b"EHLO client.example.com")


def test_a_step_takes_no_longer_than_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        place = ("--host", "127.0.0.1", "--port", str(mute.getsockname()[1]), "--encryption", "starttls")
        ended = inside("verify", *place, "--timeout", "0.2")
    assert (ended.code, "banner: no answer within 0.2 s" in ended.out) == (1, True)


def test_one_step_can_be_given_longer_than_all_others() -> None:
    with FaultServer((Sleep(0.5), Send("554 5.7.1 no"))) as slow:
        place = ("--host", "127.0.0.1", "--port", str(slow.port), "--encryption", "starttls", "--timeout", "banner=5")
        ended = inside("verify", *place)
    assert (ended.code, "the server turns us away (554)" in ended.out) == (4, True)


@pytest.mark.parametrize(
    ("given", "said", "fix"),
    [
        ("baner=5", "no step is called 'baner'", "--timeout banner=5"),
        ("banner=", "'' is not a number of seconds", "--timeout banner=10"),
        ("banner=1m", "'1m' is not a number of seconds", "--timeout banner=10"),
    ],
)
def test_a_step_that_is_none_is_told(given: str, said: str, fix: str) -> None:
    ended = inside("verify", "--host", "127.0.0.1", "--port", "587", "--timeout", given)
    assert (ended.code, said in ended.err, fix in ended.err) == (64, True, True), ended.err


def test_a_busy_server_is_1() -> None:
    with FaultServer((Send("421 4.3.2 busy"),)) as busy:
        ended = inside("verify", "--host", "localhost", "--port", str(busy.port), "--encryption", "starttls")
    assert (ended.code, "SMTP102" in ended.out) == (1, True)


def test_a_password_in_clear_goes_to_loopback_only(certificates: Pki, password: str) -> None:
    login = ("--username", USER, "--password-env", "SMTP_PASSWORD", "--encryption", "none")
    with SmtpRelay(users={USER: password}, tls="none") as relay:
        near = inside("verify", "--host", "127.0.0.1", "--port", str(relay.port), *login)
    far = inside("verify", "--host", "relay.invalid", "--port", "25", *login)
    assert (near.code, far.code) == (0, 4)
    assert "SMTP301 a password over an unencrypted connection: nothing was sent" in far.out


def test_via_shows_where_the_connection_starts(server: SmtpRelay, certificates: Pki) -> None:
    with Socks5Proxy() as proxy:
        ended = verified(server, certificates, "--via", proxy.url)
    assert (ended.code, proxy.asked) == (0, [("localhost", server.port)])
    assert f", via {proxy.url}  " in ended.out


@pytest.mark.parametrize(
    ("given", "port"),
    [
        (("--port", "587"), 587),
        (("--port", "465"), 465),
        (("--encryption", "starttls"), 587),
        (("--encryption", "tls"), 465),
        ((), 587),
    ],
    ids=str,
)
def test_port_and_encryption_tell_each_other(given: tuple[str, ...], port: int) -> None:
    # .invalid has no address (RFC 6761), and this proxy is not there: nothing leaves this machine
    with socket.create_server(("127.0.0.1", 0)) as free:
        proxy = f"socks5://127.0.0.1:{free.getsockname()[1]}"
    ended = inside("verify", "--host", "relay.invalid", *given, "--via", proxy, "--format", "json")
    assert (ended.code, ended.json["handshakes"][0]["port"]) == (4, port)


HOST = ("--host", "smtp.example.com")
ENVELOPE = (*HOST, "--level", "envelope", "--recipient", "b@example.com")
WRONG: dict[str, tuple[tuple[str, ...], str, str]] = {
    "encryption": ((*HOST, "--encryption", "startls"), "'startls' is not one of", "did you mean starttls?"),
    "encryption of others": ((*HOST, "--encryption", "ssl"), "'ssl' is not one of", "did you mean tls?"),
    "auth": ((*HOST, "--auth", "oauth"), "'oauth' is not one of", "did you mean oauth2?"),
    "auth of others": ((*HOST, "--auth", "login"), "'login' is not one of", "did you mean basic?"),
    "level": ((*HOST, "--level", "envelop"), "'envelop' is not one of", "did you mean envelope?"),
    "format": ((*HOST, "--format", "junti"), "'junti' is not one of", "did you mean junit?"),
    "via": ((*HOST, "--via", "socks://p:1080"), "--via: ", "did you mean socks5://?"),
    "via as an option of ssh": ((*HOST, "--via", "ssh://-oProxyCommand=x"), "--via: ssh://…", via.FORMS),
    "port of another encryption": (
        (*ENVELOPE, "--sender", "a@b.c", "--port", "2525"),
        "--encryption is missing",
        "--encryption starttls",
    ),
    "none without port": ((*HOST, "--encryption", "none"), "--port is missing", "--port 25"),
    "port too high": ((*HOST, "--port", "70000"), "70000 is not in the range", "reconciler verify --help"),
    "host with port": (("--host", "smtp.example.com:25"), "the port is an option", "--host smtp.example.com --port 25"),
    "host as URL": (("--host", "smtp://smtp.example.com"), "not a URL", "--host smtp.example.com"),
    "host with a password": (
        ("--host", "me:pw@smtp.example.com"),
        "--host is not a host name",
        "--host smtp.example.com",
    ),
    "select": ((*HOST, "--select", "prod"), "--select cannot be combined with --host", "omit --select"),
    "root": ((*HOST, "--root", "environments"), "--root cannot be combined with --host", "omit --root"),
    "no host": (("--username", USER), "--username works with --host only", "add --host"),
    "no username": ((*HOST, "--auth", "basic"), "--auth basic needs a --username", "--username"),
    "no password": ((*HOST, "--username", USER), "needs a --password-env", "--password-env SMTP_PASSWORD"),
    "no token": ((*HOST, "--username", USER, "--auth", "oauth2"), "needs a --token-env", "--token-env SMTP_TOKEN"),
    "a password for oauth2": (
        (*HOST, "--username", USER, "--auth", "oauth2", "--password-env", "X"),
        "--password-env cannot be combined with --auth oauth2",
        "--token-env SMTP_TOKEN",
    ),
    "username without login": (
        (*HOST, "--auth", "none", "--username", USER),
        "cannot be combined with --auth none",
        "omit one of the two",
    ),
    "variable not set": (
        (*HOST, "--username", USER, "--password-env", "SMTP_NOT_SET"),
        "the variable SMTP_NOT_SET is not set",
        "export SMTP_NOT_SET=…",
    ),
    "envelope without sender": ((*HOST, "--level", "envelope"), "needs a --sender", "--sender"),
    "CA file": ((*HOST, "--ca-file", "none.pem"), "'none.pem' does not exist", "name a PEM file"),
    "timeout with a unit": ((*HOST, "--timeout", "10s"), "--timeout: '10s' is not a number", "--timeout 10\n"),
    "timeout zero": ((*HOST, "--timeout", "0"), "'0' is not a number of seconds above 0", "--timeout 10\n"),
    "timeout of nothing": ((*HOST, "--timeout", "nan"), "'nan' is not a number of seconds", "--timeout 10\n"),
    "timeout endless": ((*HOST, "--timeout", "inf"), "'inf' is not a number of seconds", "--timeout 10\n"),
    "level auth without a login": (
        (*HOST, "--level", "auth"),
        "--level auth needs a --username",
        "--username no-reply@example.com --password-env SMTP_PASSWORD, or --level tls",
    ),
    "level auth and auth none": (
        (*HOST, "--level", "auth", "--auth", "none"),
        "--level auth cannot be combined with --auth none",
        "--level tls, or omit --auth none",
    ),
    "login below its level": (
        (*HOST, "--level", "tls", "--username", USER, "--password-env", "X"),
        "--username and --password-env have no effect at --level tls",
        "--level auth, or omit --username and --password-env",
    ),
    "token below its level": (
        (*HOST, "--level", "connect", "--token-env", "X"),
        "--token-env has no effect at --level connect",
        "--level auth, or omit --token-env",
    ),
    "auth below its level": (
        (*HOST, "--level", "tls", "--auth", "basic"),
        "--auth has no effect at --level tls",
        "--level auth, or omit --auth",
    ),
    "envelope below its level": (
        (*HOST, "--sender", "a@example.com", "--recipient", "b@example.com"),
        "--sender and --recipient have no effect at --level tls",
        "--level envelope, or omit --sender and --recipient",
    ),
    "sender below its level": (
        (*HOST, "--level", "connect", "--sender", "a@example.com"),
        "--sender has no effect at --level connect",
        "--level envelope, or omit --sender",
    ),
    "recipient with dns": (
        (*HOST, "--dns", "--sender", "a@example.com", "--recipient", "b@example.com"),
        "--recipient has no effect at --level tls",
        "--level envelope, or omit --recipient",
    ),
    "dns without sender": ((*HOST, "--dns"), "--dns needs a --sender", "--sender no-reply@example.com"),
    "CA without TLS": (
        (*HOST, "--level", "connect", "--ca-file", __file__),
        "--ca-file has no effect with --level connect",
        "omit one of the two",
    ),
    "each login without one": (
        (*HOST, "--prove-each"),
        "--prove-each has no effect with --level tls",
        "omit one of the two",
    ),
    "EHLO of two words": (
        (*HOST, "--ehlo-name", "foo bar"),
        "--ehlo-name: 'foo bar' is not a host name",
        "--ehlo-name client.example.com",
    ),
    "EHLO of two lines": (
        (*HOST, "--ehlo-name", "a\r\nMAIL"),
        r"--ehlo-name: 'a\r\nMAIL' is not",
        "--ehlo-name client",
    ),
    "EHLO empty": ((*HOST, "--ehlo-name", ""), "--ehlo-name: '' is not", "--ehlo-name client.example.com"),
    "username of two lines": ((*HOST, "--username", "me\n"), r"--username holds '\n'", "remove it from --username"),
    "username empty": ((*HOST, "--username", ""), "--username is empty", "--username no-reply@example.com"),
    "sender with a name": (
        (*ENVELOPE, "--sender", "Foo <a@b.c>"),
        "--sender: 'Foo <a@b.c>' is more than an address",
        "--sender a@b.c\n",
    ),
    "sender without domain": (
        (*ENVELOPE, "--sender", "nonsense"),
        "--sender: 'nonsense' has no domain",
        "--sender nonsense@example.com",
    ),
    "sender of two lines": (
        (*ENVELOPE, "--sender", "a@b.c\r\nRCPT TO:<x@y.z>"),
        r"--sender: 'a@b.c\r\nRCPT TO:<x@y.z>' is not an address",
        "--sender postmaster@example.com",
    ),
    "sender empty": ((*ENVELOPE, "--sender", ""), "--sender is empty", "--sender postmaster@example.com"),
    "recipient with a name": (
        (*HOST, "--level", "envelope", "--sender", "a@b.c", "--recipient", '"Foo" <d@b.c>'),
        "is more than an address",
        "--recipient d@b.c\n",
    ),
    "two recipients": (
        (*HOST, "--level", "envelope", "--sender", "a@b.c", "--recipient", "d@b.c,e@b.c"),
        "--recipient: 'd@b.c,e@b.c'",
        "--recipient d@b.c\n",
    ),
    "two recipients with a space": (
        (*HOST, "--level", "envelope", "--sender", "a@b.c", "--recipient", "d@b.c, e@b.c"),
        "--recipient: 'd@b.c, e@b.c' is more than an address",
        "--recipient d@b.c\n",
    ),
    "an address with two signs": (
        (*ENVELOPE, "--sender", "a@b@c"),
        "--sender: 'a@b@c' is not an address",
        "--sender postmaster@example.com",
    ),
    "out": ((*HOST, "--out", "none/x.xml"), "there is no folder none", "mkdir -p none"),
    "out is a folder": ((*HOST, "--format", "junit", "--out", "."), "this is a folder", "--out junit.xml"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_usage_is_64_and_names_the_way_out(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, what, fix = WRONG[case]
    ended = inside("verify", *arguments)
    assert (ended.code, ended.out) == (64, "")
    assert what in ended.err
    assert fix in ended.err.partition("    fix: ")[2]


@pytest.mark.parametrize("option", ["--password-env", "--token-env"])
def test_a_variable_that_is_empty_is_not_one_that_is_not_set(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY", "")
    ended = inside("verify", *HOST, "--username", USER, option, "EMPTY")
    assert ended.code == 64
    assert ended.err.startswith(f"error: {option}: the variable EMPTY is set, but empty\n    why: in CI ")
    assert "not set" not in ended.err


@pytest.mark.parametrize("between", [" ", "\n", "\r\n", "\x01", "é"])
def test_what_is_no_token_is_refused_and_not_repeated(between: str, monkeypatch: pytest.MonkeyPatch) -> None:
    halves = canary.secret(), canary.secret()
    monkeypatch.setenv("SMTP_TOKEN", between.join(halves))
    ended = inside("verify", *HOST, "--username", USER, "--token-env", "SMTP_TOKEN")
    assert ended.code == 64
    assert ended.err.startswith("error: --token-env: the value of SMTP_TOKEN is not an access token\n")
    assert not any(half in ended.err for half in halves)


@pytest.mark.parametrize("option", ["--password", "--token"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_secret_as_argument_is_refused_and_not_repeated(option: str, form: str) -> None:
    secret = canary.secret()
    for arguments in ((option, secret), (f"{option}={secret}",), (option,)):
        ended = inside("verify", *HOST, "--format", form, *arguments)
        assert ended.code == 64
        assert f"a {option[2:]} is never an argument" in ended.text
        assert f"{option}-env SMTP_{option[2:].upper()}" in ended.text
        assert secret not in ended.text


@pytest.mark.parametrize("typed", ["hunter2", "correct horse", "s3cret"])
def test_a_password_in_place_of_a_variable_is_not_repeated(typed: str) -> None:
    ended = inside("verify", *HOST, "--username", USER, "--password-env", typed)
    assert ended.code == 64
    assert "takes the name of an environment variable, not the secret" in ended.err
    assert typed not in ended.err


def test_help_shows_the_options_in_groups() -> None:
    shown = inside("verify", "--help").out
    assert shown.index("Declared relays:") < shown.index("One relay, without files:") < shown.index("Output:")
    assert "--password " not in shown


@pytest.mark.parametrize(
    ("form", "begins"), [("junit", "<?xml"), ("prometheus", "# HELP"), ("json", "{"), ("text", "  ok")]
)
def test_out_replaces_a_file_and_stdout_is_for_people(
    server: SmtpRelay, certificates: Pki, tmp_path: Path, form: str, begins: str
) -> None:
    (tmp_path / "result").write_text("old")
    ended = verified(server, certificates, "--format", form, "--out", "result")
    assert (tmp_path / "result").read_text().startswith(begins)
    assert ended.out.startswith("{" if form == "json" else "  ok  localhost")
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


def test_a_result_that_cannot_be_written_leaves_the_old_one(
    server: SmtpRelay, certificates: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "relays.prom").write_text("old")
    monkeypatch.setattr("os.fsync", _full)
    ended = verified(server, certificates, "--format", "prometheus", "--out", "relays.prom")
    assert (ended.code, (tmp_path / "relays.prom").read_text()) == (1, "old")
    assert "--out relays.prom: No space left on device" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["relays.prom"]


def _full(descriptor: int) -> None:
    raise OSError(28, "No space left on device")


def test_prometheus_has_the_certificate_and_the_steps(server: SmtpRelay, certificates: Pki) -> None:
    lines = verified(server, certificates, "--format", "prometheus").out.splitlines()
    place = f'relay="localhost:{server.port}",host="localhost",port="{server.port}"'
    assert f"reconciler_smtp_up{{{place}}} 1" in lines
    assert any(line.startswith(f"reconciler_smtp_certificate_expiry_seconds{{{place}}} 1") for line in lines)
    assert any(line.startswith(f'reconciler_smtp_step_seconds{{{place},step="AUTH"}} 0.') for line in lines)


def test_junit_has_a_case_for_each_check(server: SmtpRelay, certificates: Pki) -> None:
    shown = verified(server, certificates, "--format", "junit").out
    assert shown.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="reconciler verify"')
    assert f'<testcase classname="localhost:{server.port}" name="SMTP302" time="' in shown


def test_mail_in_clear_to_another_machine_is_a_warning_where_nobody_has_a_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ("--host", "smtp4dev.invalid", "--port", "25", "--encryption", "none", "--timeout", "1")
    ended = inside("verify", *asked, "--format", "json")
    (handshake,) = json.loads(ended.out)["handshakes"]
    (found,) = [check for check in handshake["checks"] if check["id"] == "SMTP001"]
    assert (found["status"], found["reason"]) == (
        "warn",
        "--encryption none to another machine: anyone on the way can read the mail",
    )
