"""Handshakes that start elsewhere, by real proxies and a real sshd."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab.servers import sshd
from lab.servers.proxies import ConnectProxy, Proxy, Socks5Proxy
from lab.servers.smtp.faults import Close, FaultServer
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.smtp.zoo import PASSWORD, USER
from lab.servers.sshd import SshServer

from reconciler.model.handshake import CheckResult, Encryption, Handshake, Level, Status
from reconciler.smtp.record.log import Timeouts

Shake = Callable[..., Handshake]
SLOW = Timeouts(via=8, banner=3, ehlo=3, tls=3, auth=3, envelope=3, quit=0.5, total=20)  # an ssh login takes 0.2 s
needs_sshd = pytest.mark.skipif(not sshd.AVAILABLE, reason=sshd.MISSING)


@pytest.fixture(scope="module")
def relay(pki: Pki) -> Iterator[SmtpRelay]:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as server:
        yield server


@pytest.fixture
def implicit(pki: Pki) -> Iterator[SmtpRelay]:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good, tls="tls") as server:
        yield server


@pytest.fixture(scope="module")
def bastion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with SshServer(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[SshServer], None]:
    """Makes `ssh` know this server."""
    return lambda server: monkeypatch.setenv("PATH", f"{server.bin}{os.pathsep}{os.environ['PATH']}")


def why(found: Handshake) -> CheckResult:
    return next(check for check in found.checks if check.id == "SMTP100")


def running(pid: int) -> bool:
    """A zombie, whose new parent has not looked yet, runs no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


BOTH = pytest.mark.parametrize("kind", [Socks5Proxy, ConnectProxy], ids=["socks5", "connect"])


@BOTH
def test_a_proxy_carries_the_whole_handshake(shake: Shake, relay: SmtpRelay, kind: type[Proxy]) -> None:
    with kind() as proxy:
        found = shake(relay.port, via=proxy.url, level=Level.ENVELOPE)
    assert found.summary == f"starttls, TLSv1.3, AUTH PLAIN as shop, MAIL RCPT, via {proxy.url}"
    assert (found.status, found.steps[0].name, proxy.asked) == (Status.PASS, "via", [("localhost", relay.port)])


@BOTH
def test_the_proxy_resolves_the_name_and_the_certificate_is_for_that_name(
    shake: Shake, relay: SmtpRelay, kind: type[Proxy]
) -> None:
    with kind(names={"relay.inside": "127.0.0.1"}) as proxy:
        found = shake(relay.port, host="relay.inside", via=proxy.url)
    assert proxy.asked[0] == ("relay.inside", relay.port)
    assert [check.id for check in found.checks if check.status == "fail"] == ["SMTP205"]


@BOTH
def test_a_relay_by_address_goes_through_a_proxy(shake: Shake, relay: SmtpRelay, kind: type[Proxy]) -> None:
    with kind() as proxy:
        assert shake(relay.port, host="127.0.0.1", via=proxy.url).status is Status.PASS


@BOTH
def test_implicit_tls_goes_through_a_proxy(shake: Shake, implicit: SmtpRelay, kind: type[Proxy]) -> None:
    with kind() as proxy:
        assert shake(implicit.port, encryption=Encryption.TLS, via=proxy.url).status is Status.PASS


@BOTH
def test_a_proxy_that_is_not_there_is_the_first_hop(shake: Shake, kind: type[Proxy]) -> None:
    url = f"{kind.scheme}://127.0.0.1:{closed_port()}"
    found = shake(587, via=url)
    assert found.status is Status.FAIL
    assert why(found).reason == f"no connection to localhost:587 via {url}"
    assert why(found).evidence == f"{url}: no connection\n127.0.0.1: Connection refused"


@pytest.mark.parametrize(
    ("kind", "what"),
    [(Socks5Proxy, "connection refused (SOCKS5 reply 5)"), (ConnectProxy, "the proxy answers 502")],
    ids=["socks5", "connect"],
)
def test_a_relay_that_the_proxy_cannot_reach_is_the_second_hop(shake: Shake, kind: type[Proxy], what: str) -> None:
    port = closed_port()
    with kind() as proxy:
        found = shake(port, via=proxy.url)
    assert (why(found).evidence or "").splitlines()[0] == f"localhost:{port} from {proxy.url}: {what}"
    assert found.summary == f"via {proxy.url}"


ODD = {
    "socks login": (Socks5Proxy, b"\x05\xff", "it requires a login"),
    "socks answers HTTP": (Socks5Proxy, b"HTTP/1.1 400 Bad Request\r\n\r\n", "it does not speak SOCKS5"),
    "socks ends early": (Socks5Proxy, b"\x05", "it closed the connection"),
    "http login": (ConnectProxy, b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "it requires a login"),
    "http speaks SMTP": (ConnectProxy, b"220 relay.lab ESMTP\r\n", "its answer is not HTTP"),
    "http without end": (ConnectProxy, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 4000, "more than 16384 bytes"),
    "http redirects": (ConnectProxy, b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "the proxy answers 302"),
    "http moves the cursor": (ConnectProxy, b"HTTP/1.1 403 \x1b[2Jno\r\n\r\n", "HTTP/1.1 403 \\x1b[2Jno"),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_proxy_is_named_with_what_it_said(shake: Shake, case: str) -> None:
    kind, answer, said = ODD[case]
    with kind(answer=answer) as proxy:
        found = shake(587, via=proxy.url)
    assert found.status is Status.FAIL
    assert said in (why(found).evidence or "")
    assert proxy.url in (why(found).evidence or "")


@pytest.mark.parametrize("scheme", ["socks5", "http"])
def test_a_silent_proxy_has_its_own_deadline(shake: Shake, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}"
        found = shake(587, via=url, timeouts=Timeouts(via=0.3, total=5))
    assert why(found).evidence == f"{url}, asked for localhost:587: no answer within 0.3 s"
    assert [step.name for step in found.steps] == ["via"]


def test_what_cannot_be_a_place_is_refused_before_anything_starts(shake: Shake) -> None:
    found = shake(587, via="ssh://-oProxyCommand=touch")
    assert (found.status, found.steps) == (Status.FAIL, ())
    assert "nothing was tried" in why(found).reason


def test_without_ssh_the_check_says_so(shake: Shake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = shake(587, via="ssh://bastion")
    assert why(found).evidence == "ssh://bastion: ssh cannot be started\nNo such file or directory"


@needs_sshd
@pytest.mark.parametrize("encryption", list(Encryption))
def test_ssh_carries_the_whole_handshake(
    shake: Shake, pki: Pki, bastion: SshServer, use: Callable[[SshServer], None], encryption: Encryption
) -> None:
    use(bastion)
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good, tls=encryption.value) as relay:
        found = shake(relay.port, encryption=encryption, via=bastion.url, plaintext=True, timeouts=SLOW)
    assert (found.status, relay.logins) == (Status.PASS, [USER])
    assert found.summary.endswith(f"AUTH PLAIN as shop, via {bastion.url}")


@needs_sshd
@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.TLS])
def test_a_relay_that_the_bastion_cannot_reach_is_the_second_hop(
    shake: Shake, bastion: SshServer, use: Callable[[SshServer], None], encryption: Encryption
) -> None:
    use(bastion)
    port = closed_port()
    found = shake(port, encryption=encryption, via=bastion.url, timeouts=SLOW)
    lines = (why(found).evidence or "").splitlines()
    assert lines[0] == f"localhost:{port} from {bastion.url}: {bastion.url} cannot connect to it"
    assert "Connection refused" in lines[-2]


@needs_sshd
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"known": False}, "host key verification failed"),
        ({"key_known": False}, "host key verification failed"),
        ({"forwarding": "127.0.0.1:1"}, "cannot connect to it"),
    ],
    ids=["host unknown", "host with another key", "forwarding not allowed"],
)
def test_a_bastion_that_does_not_let_us_through_is_named(
    shake: Shake, tmp_path: Path, use: Callable[[SshServer], None], settings: dict[str, object], said: str
) -> None:
    with SshServer(tmp_path / "sshd", **settings) as server:  # type: ignore[arg-type]
        use(server)
        found = shake(587, via=server.url, timeouts=SLOW)
    assert found.status is Status.FAIL
    assert said in (why(found).evidence or "")


@needs_sshd
def test_a_key_that_the_bastion_does_not_know_is_named(
    shake: Shake, tmp_path: Path, use: Callable[[SshServer], None]
) -> None:
    with SshServer(tmp_path / "sshd") as server:
        use(server)
        (server.folder / "authorized_keys").write_text("")
        found = shake(587, via=server.url, timeouts=SLOW)
    assert (why(found).evidence or "").startswith(f"{server.url}: the ssh login is refused\nAuthorised use only.")


@needs_sshd
def test_a_connection_that_ends_at_once_leaves_no_ssh_behind(
    shake: Shake, bastion: SshServer, use: Callable[[SshServer], None]
) -> None:
    use(bastion)
    with FaultServer((Close(),)) as server:
        found = shake(server.port, via=bastion.url, timeouts=SLOW)
    assert [check.id for check in found.checks if check.status == "fail"] == ["SMTP101"]
    for client in bastion.clients():
        with pytest.raises(ProcessLookupError):  # neither running nor a zombie
            os.kill(client, 0)


def test_an_ssh_without_connection_gives_the_command_to_look_with(
    shake: Shake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ssh").write_text("#!/bin/sh\necho 'ssh: no route' >&2\nexit 255\n")
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = shake(587, via="ssh://ops@bastion:2222", timeouts=SLOW)
    assert why(found).advice == "try by hand: ssh -o BatchMode=yes -p 2222 ops@bastion"


def test_an_ssh_that_does_not_end_is_ended_with_what_it_started(
    shake: Shake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = tmp_path / "pids"
    (tmp_path / "ssh").write_text(f"#!/bin/sh\ntrap '' TERM HUP\necho $$ >>{pids}\nsleep 30 & echo $! >>{pids}\nwait\n")
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    started = time.monotonic()
    found = shake(587, via="ssh://bastion", timeouts=Timeouts(via=0.5, total=5))
    assert why(found).evidence == "ssh://bastion: no answer within 0.5 s"
    assert time.monotonic() - started < 10
    soon = time.monotonic() + 5  # what was killed may need a moment to end
    while any(map(running, map(int, pids.read_text().split()))) and time.monotonic() < soon:
        time.sleep(0.01)
    assert not any(map(running, map(int, pids.read_text().split())))


@needs_sshd
def test_a_silent_bastion_has_a_deadline_and_its_process_ends(
    shake: Shake, bastion: SshServer, use: Callable[[SshServer], None]
) -> None:
    use(bastion)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ssh://127.0.0.1:{silent.getsockname()[1]}"
        found = shake(587, via=url, timeouts=Timeouts(via=0.4, total=5))
    assert why(found).evidence == f"{url}: no answer within 0.4 s"
