"""`verify` of declared relays: what the command line adds to what the files say."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab.servers import sshd
from lab.servers.dns import DnsServer
from lab.servers.proxies import ConnectProxy, Socks5Proxy
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.sshd import SshServer
from support.commandline import inside

Declare = Callable[[str], None]


@pytest.fixture
def server(certificates: Pki) -> Iterator[SmtpRelay]:
    with SmtpRelay(certificate=certificates.good) as relay:
        yield relay


@pytest.fixture
def declare(server: SmtpRelay, certificates: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Declare:
    """Writes a landscape of one relay; takes what stands in `verify`."""

    def write(verify: str) -> None:
        folder = tmp_path / "environments"
        (folder / "dev").mkdir(parents=True)
        (folder / "reconciler.yaml").write_text("version: 1\n")
        (folder / "dev/environment.yaml").write_text(
            "order: 10\n"
            f"relays: {{inside: {{host: localhost, port: {server.port}, encryption: starttls, auth: none, "
            f"ca_file: {certificates.ca_file}}}}}\n"
            "sender: {address: no-reply@example.com}\n"
            f"verify: {{{verify}}}\n"
        )
        monkeypatch.chdir(tmp_path)

    return write


def _twice(more: str) -> None:
    """The same relay under another name, with `more` settings."""
    path = Path("environments/dev/environment.yaml")
    line = next(line for line in path.read_text().splitlines() if line.startswith("relays"))
    inner = line.removeprefix("relays: {inside: ").removesuffix("}")
    other = inner.replace("}", f"{more}}}")
    path.write_text(path.read_text().replace(line, f"relays: {{inside: {inner}, other: {other}}}"))


def test_the_files_say_where_the_connection_starts(server: SmtpRelay, declare: Declare) -> None:
    with Socks5Proxy() as proxy:
        declare(f"via: '{proxy.url}'")
        ended = inside("verify")
    assert (ended.code, proxy.asked) == (0, [("localhost", server.port)])
    assert f"dev/inside  localhost:{server.port}  starttls, TLSv1.3, via {proxy.url}  " in ended.out


def test_the_command_line_says_it_over_the_files(server: SmtpRelay, declare: Declare) -> None:
    with Socks5Proxy() as declared, ConnectProxy() as given:
        declare(f"via: '{declared.url}'")
        ended = inside("verify", "--via", given.url)
    assert (ended.code, declared.asked, given.asked) == (0, [], [("localhost", server.port)])


def test_a_transcript_of_several_relays_says_whose_line_it_is(server: SmtpRelay, declare: Declare) -> None:
    declare("level: tls")
    _twice(", ehlo_name: other.example.com")
    ended = inside("verify", "--transcript")
    assert ended.code == 0
    assert {line.split("  ")[0] for line in ended.err.splitlines()} == {"dev/inside", "dev/other"}
    assert "dev/other   ~> EHLO other.example.com" in ended.err


def test_each_declared_relay_has_a_result_of_its_own_in_every_form(server: SmtpRelay, declare: Declare) -> None:
    declare("level: tls")
    _twice("")
    shown = {form: inside("verify", "--format", form) for form in ("text", "json", "junit", "prometheus")}
    assert [ended.code for ended in shown.values()] == [0, 0, 0, 0]
    assert [line.split()[1] for line in shown["text"].out.splitlines()[:2]] == ["dev/inside", "dev/other"]
    assert [found["relay"] for found in shown["json"].json["handshakes"]] == ["dev/inside", "dev/other"]
    for form, line in (("junit", '<testsuite name="dev/{}"'), ("prometheus", 'reconciler_smtp_up{{relay="dev/{}"')):
        assert all(shown[form].out.count(line.format(name)) == 1 for name in ("inside", "other"))
    assert server.connections == len(shown)  # the session stays shared


def test_a_relay_that_is_not_well_says_where_it_is_declared(declare: Declare) -> None:
    declare("level: tls")
    path = Path("environments/dev/environment.yaml")
    path.write_text(path.read_text().replace("localhost, port", "127.0.0.1, pins: ['sha256:" + "0" * 64 + "'], port"))
    ended = inside("verify")
    assert ended.code == 4
    assert [line for line in ended.out.splitlines() if "declared" in line] == [
        "        declared  environments/dev/environment.yaml:2:10"
    ]


def test_a_lowered_certificate_is_a_warning_and_not_up(certificates: Pki, declare: Declare) -> None:
    declare("level: tls, checks: {SMTP204: info}")
    path = Path("environments/dev/environment.yaml")
    with SmtpRelay(certificate=certificates.unknown_ca) as stranger:
        path.write_text(re.sub(r"port: \d+", f"port: {stranger.port}", path.read_text()))
        ended, metrics = inside("verify"), inside("verify", "--format", "prometheus")
    assert (ended.code, metrics.code) == (0, 0)
    assert ended.out.startswith("  warn  dev/inside  ")
    assert "SMTP203 TLS is not proven: SMTP204 ended the session" in ended.out
    (up,) = (line for line in metrics.out.splitlines() if line.startswith("reconciler_smtp_up{"))
    assert up.endswith(" 0")


@pytest.mark.parametrize("level", ["envelope", "message"])
def test_a_level_that_needs_a_recipient_contacts_nobody_without_one(
    server: SmtpRelay, declare: Declare, level: str
) -> None:
    declare("level: tls")
    ended = inside("verify", "--level", level)
    assert (ended.code, ended.out, server.connections) == (3, "", 0)
    assert ended.err == (
        f"environments/dev/environment.yaml:4:17: error: verify.recipient: missing, and --level {level} needs it\n"
        "    why: MAIL FROM and RCPT TO each need an address\n"
        "    fix: verify: {recipient: postmaster@example.com}\n"
        "1 error in 1 of 2 files\n"
    )


@pytest.mark.skipif(not sshd.AVAILABLE, reason=sshd.MISSING)
def test_verify_goes_through_ssh(declare: Declare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    declare("level: tls")
    with SshServer(tmp_path / "sshd") as bastion:
        monkeypatch.setenv("PATH", f"{bastion.bin}{os.pathsep}{os.environ['PATH']}")
        ended = inside("verify", "--via", bastion.url, "--format", "json")
    (found,) = ended.json["handshakes"]
    assert (ended.code, found["status"], found["steps"][0]["name"]) == (0, "pass", "via")


def test_a_place_that_the_files_get_wrong_is_invalid(declare: Declare) -> None:
    declare("via: 'ssh://-oProxyCommand=touch'")
    ended = inside("verify")
    assert (ended.code, ended.out) == (3, "")
    assert "via: 'ssh://-oProxyCommand=touch' has the wrong format" in ended.err


def test_a_timeout_is_for_declared_relays_too(declare: Declare, server: SmtpRelay) -> None:
    declare("level: tls")
    file = Path("environments/dev/environment.yaml")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        file.write_text(file.read_text().replace(str(server.port), str(mute.getsockname()[1])))
        ended = inside("verify", "--timeout", "0.2")
    assert (ended.code, "banner: no answer within 0.2 s" in ended.out) == (1, True)


def test_dns_checks_of_the_sender_join_the_handshake(declare: Declare) -> None:
    zone = {"example.com": {"TXT": ["v=spf1 ip4:127.0.0.0/8 -all"]}, "localhost": {"A": ["127.0.0.1"]}}
    with DnsServer(zone) as names:
        declare(f"level: tls, resolver: '{names.place}'")
        without, asked = inside("verify", "--format", "json"), inside("verify", "--dns", "--format", "json")
    ids = [{check["id"] for check in ended.json["handshakes"][0]["checks"]} for ended in (without, asked)]
    assert "SMTP020" not in ids[0]
    assert {"SMTP020", "SMTP022", "SMTP205"} <= ids[1]
    assert (without.code, asked.code) == (0, 0)


_UNUSED = (
    *("yaml", "jsonschema", "cryptography", "hvac", "dns", "deepdiff", "email.utils", "json", "hashlib", "shutil"),
    *("reconciler.model.finding", "reconciler.model.landscape", "reconciler.model.plan", "reconciler.model.ports"),
    *("reconciler.pipeline.load", "reconciler.pipeline.review", "reconciler.smtp.route.via", "reconciler.smtp.replies"),
)
_LOADED = """
import sys; from reconciler.cli.main import run
code = run({})
known = [*sys.modules]
made = {{one.__qualname__ for name in known if name.startswith("reconciler") for one in vars(sys.modules[name]).values()
        if "__dataclass_params__" in getattr(one, "__dict__", ())}}
import json; print(json.dumps([code, known, sorted(made)]))
"""


def test_one_relay_without_files_loads_nothing_that_reads_files(server: SmtpRelay, certificates: Pki) -> None:
    """Each of these would be noticed before the relay is: the process takes at most twice as long as swaks does.

    What a class costs to make counts as well: a dataclass is six functions that Python compiles anew in each process.
    """
    where = ["--host", "localhost", "--port", str(server.port), "--encryption", "starttls"]
    arguments = ["verify", *where, "--ca-file", certificates.ca_file]
    done = subprocess.run(
        [sys.executable, "-c", _LOADED.format(arguments)], capture_output=True, timeout=60, check=True
    )
    code, modules, classes = json.loads(done.stdout.splitlines()[-1])
    ours = [name for name in modules if name.partition(".")[0] == "reconciler"]
    assert (code, {*_UNUSED} & {*modules}) == (0, set())
    assert len(ours) <= 100, ours
    assert len(classes) <= 14, classes


def test_a_report_is_a_page_beside_the_result(declare: Declare, tmp_path: Path) -> None:
    declare("level: tls")
    done = inside("verify", "--report", "relays.html")
    page = (tmp_path / "relays.html").read_text()
    assert (done.code, done.out.count("ok  dev/inside")) == (0, 1)
    assert page.startswith("<!doctype html>")
    assert "dev/inside" in page


def test_a_report_that_cannot_be_written_is_told_before_anybody_is_contacted(
    server: SmtpRelay, declare: Declare
) -> None:
    declare("level: tls")
    done = inside("verify", "--report", "nowhere/relays.html")
    assert (done.code, server.connections) == (64, 0)
    assert "--report nowhere/relays.html: there is no folder nowhere" in done.err
