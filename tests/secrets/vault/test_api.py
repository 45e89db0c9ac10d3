"""Network, TLS, repetition: what stands between us and Vault."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import trustme
from lab.servers.answers import Answer, Answers
from lab.servers.vault import VaultServer

from reconciler.errors import SecretError, VaultBusy, VaultLogin, VaultSealed, VaultUnreachable

METADATA = {"data": {"current_version": 1, "versions": {"1": {"created_time": "t", "deletion_time": ""}}}}
KEYS = {"data": {"subkeys": {"password": None}}}
SLOWLY = Answer(status=429, json={"errors": ["rate limit quota exceeded"]})


@pytest.fixture(scope="module")
def with_tls():
    with VaultServer(tls=True) as server:
        yield server


def options(server: VaultServer) -> dict[str, str]:
    return {"address": server.address, "token": server.root_token}


def test_sealed_is_said_without_asking_again(connect, ref, refused, caplog) -> None:
    with VaultServer() as server:
        server.seal()
        with refused(VaultSealed) as caught:
            connect(**options(server)).version(ref())
    assert "is sealed" in caught.value.what
    assert sum("GET /v1/secret/" in record.getMessage() for record in caplog.records) == 1


def test_stopped_is_said_without_waiting(connect, ref, refused) -> None:
    start = time.monotonic()
    with refused(VaultUnreachable) as caught:
        connect(address="http://127.0.0.1:1", timeout=15).version(ref())
    assert caught.value.why == "connection refused"
    assert time.monotonic() - start < 10


def test_unknown_name_is_said(connect, ref, refused) -> None:
    with refused(VaultUnreachable) as caught:
        connect(address="https://vault.invalid").version(ref())
    assert "vault.invalid cannot be reached" in caught.value.what


@pytest.mark.parametrize(
    "address", ["vault.example.com:8200", "https://", "https://[::1", "https://h:99999", "https://h:x"]
)
def test_address_that_is_none_is_said(connect, ref, address: str) -> None:
    with pytest.raises(SecretError):
        connect(address=address).version(ref())


def test_address_with_a_login_is_refused_unseen(connect, ref, refused, canary: str) -> None:
    with refused(SecretError) as caught:
        connect(address=f"https://user:{canary.partition('/')[0]}@vault.example.com").version(ref())
    assert "holds a login" in caught.value.what
    assert "c4nary" not in caught.value.what


@pytest.mark.parametrize("host", ["vault.example.com", "10.0.0.1", "127.example.com"])
def test_plain_http_is_for_loopback_only(connect, ref, refused, monkeypatch, host: str) -> None:
    monkeypatch.setenv("VAULT_ADDR", f"http://{host}:8200")
    with refused(SecretError) as caught:
        connect(address=None).version(ref())
    assert "is plain http" in caught.value.what


def test_address_missing_is_said(connect, ref, refused) -> None:
    with refused(SecretError) as caught:
        connect(address=None).version(ref())
    assert "has no address" in caught.value.what


@pytest.mark.parametrize("variable", ["VAULT_ADDR", "BAO_ADDR"])
def test_address_comes_from_the_environment(vault, connect, ref, monkeypatch, variable: str) -> None:
    monkeypatch.setenv(variable, vault.address)
    vault.put(ref().path, password="x")
    assert connect(address=None).version(ref()).number == 1


def test_declared_address_wins_over_the_environment(vault, connect, ref, monkeypatch) -> None:
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:1")
    vault.put(ref().path, password="x")
    assert connect().version(ref()).number == 1


def test_tls_with_our_ca_whatever_the_environment_says(with_tls, connect, ref, monkeypatch, tmp_path: Path) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(tmp_path / "nonsense.pem"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with_tls.put(ref().path, password="x")
    assert connect(**options(with_tls), ca_file=str(with_tls.ca_file)).version(ref()).number == 1


def test_requests_ca_bundle_does_not_stand_in_for_our_ca(with_tls, connect, ref, monkeypatch, refused) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(with_tls.ca_file))
    monkeypatch.setenv("VAULT_SKIP_VERIFY", "true")
    with refused(VaultUnreachable):
        connect(**options(with_tls)).version(ref())


def test_tls_with_the_ca_of_the_environment(with_tls, connect, ref, monkeypatch) -> None:
    monkeypatch.setenv("VAULT_CACERT", str(with_tls.ca_file))
    with_tls.put(ref().path, password="x")
    assert connect(**options(with_tls)).version(ref()).number == 1


def test_tls_with_a_wrong_ca_is_said(with_tls, connect, ref, refused, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    with refused(VaultUnreachable) as caught:
        connect(**options(with_tls), ca_file=str(tmp_path / "other.pem")).version(ref())
    assert "certificate not accepted" in (caught.value.why or "")
    assert "ca_file" in (caught.value.fix or "")


@pytest.mark.parametrize("content", [None, "no certificate"], ids=["missing", "garbage"])
def test_tls_with_a_ca_file_that_is_none_is_said(with_tls, connect, ref, refused, tmp_path: Path, content) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    with refused(SecretError) as caught:
        connect(**options(with_tls), ca_file=str(tmp_path / "ca.pem")).version(ref())
    assert "ca_file" in (caught.value.fix or "")


def test_plain_http_to_a_tls_port_is_said(with_tls, connect, ref, refused) -> None:
    with refused(SecretError):
        connect(address=with_tls.address.replace("https", "http"), token=with_tls.root_token).version(ref())


@pytest.mark.parametrize(
    "first",
    [
        Answer(status=412, json={"errors": ["required index state not present"]}),
        SLOWLY,
        Answer(status=500, json={"errors": ["internal error"]}),
        Answer(status=502, text="<html>Bad Gateway"),
        Answer(status=503, text="<html>no server available"),
    ],
    ids=lambda answer: str(answer.status),
)
def test_read_is_repeated(connect, ref, first: Answer) -> None:
    with Answers(first, Answer(json=METADATA), Answer(json=KEYS)) as server:
        assert connect(address=server.address).version(ref()).number == 1
    assert [asked.path.split("/")[3] for asked in server.asked] == ["metadata", "metadata", "subkeys"]


def test_read_is_repeated_within_the_deadline_only(connect, ref, refused) -> None:
    with Answers(SLOWLY) as server, refused(VaultBusy):
        connect(address=server.address, timeout=1).version(ref())
    assert len(server.asked) == 3  # at 0, 0.3 and 0.9 s


def test_rate_limit_of_a_real_server_is_waited_for(vault: VaultServer, connect, area: str) -> None:
    for number in range(6):
        vault.put(f"{area}/{number}", password="x")
    vault.api("POST", "sys/quotas/rate-limit/narrow", {"path": "secret/", "rate": 4, "interval": "1s"})
    try:
        store = connect(timeout=5).vault("default")
        assert [store.version(f"{area}/{number}").number for number in range(6)] == [1] * 6
    finally:
        vault.api("DELETE", "sys/quotas/rate-limit/narrow")


@pytest.mark.parametrize("status", [429, 500, 502])
def test_write_is_not_repeated(connect, area: str, refused, status: int) -> None:
    with Answers(Answer(status=status, json={"errors": ["no"]})) as server, refused(SecretError):
        connect(address=server.address).vault("default").write_json(f"{area}/x", {}, cas=0)
    assert len(server.asked) == 1


WRITTEN = {"version": 1, "created_time": "2026-11-29T08:00:00Z"}
LATER = Answer(status=429, json={"errors": ["rate limit quota exceeded"]}, headers={"Retry-After": "1"})


def test_a_write_and_a_login_wait_as_long_as_the_rate_limit_asks(connect, area: str) -> None:
    login, written = Answer(json={"auth": {"client_token": "t"}}), Answer(json={"data": WRITTEN})
    start = time.monotonic()
    with Answers(LATER, login, LATER, written) as server:
        store = connect(address=server.address, auth={"method": "approle", "role_id": "x"}).vault("default")
        assert store.write_json(f"{area}/x", {}, cas=0) == 1
        assert [asked.method for asked in server.asked] == ["POST"] * 4
    assert 2 <= time.monotonic() - start < 20


@pytest.mark.parametrize("asked", ["900", "99999999999999", "-1", "soon", "1e3"])
def test_a_rate_limit_is_not_waited_for_beyond_the_deadline(connect, area: str, refused, asked: str) -> None:
    start, later = time.monotonic(), Answer(status=429, json={"errors": []}, headers={"Retry-After": asked})
    with Answers(later) as server, refused(VaultBusy):
        connect(address=server.address, timeout=30).vault("default").write_json(f"{area}/x", {}, cas=0)
    assert (len(server.asked), time.monotonic() - start < 10) == (1, True)


def test_login_is_not_repeated(connect, ref, refused) -> None:
    with Answers(Answer(status=500, json={"errors": ["no"]})) as server, refused(VaultUnreachable):
        connect(address=server.address, auth={"method": "approle", "role_id": "x"}).version(ref())
    assert len(server.asked) == 1


def test_login_does_not_show_what_a_server_echoes(connect, ref, refused, monkeypatch, canary: str) -> None:
    monkeypatch.setenv("TOKEN", canary)
    auth = {"method": "jwt", "role": "mail", "token_env": "TOKEN"}
    answer = Answer(status=400, json={"errors": [f"cannot parse {canary}"]})
    with Answers(answer) as server, pytest.raises(VaultLogin) as caught:
        connect(address=server.address, auth=auth).version(ref())
    assert caught.value.why == "cannot parse ***"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(Answer(text="<html>hello"), "does not answer like Vault", id="HTML"),
        pytest.param(Answer(status=307, headers={"Location": "http://127.0.0.1:1/"}), "redirects", id="redirect"),
    ],
)
def test_something_else_at_the_address_is_said(connect, ref, refused, answer: Answer, says: str) -> None:
    with Answers(answer) as server, refused(VaultUnreachable) as caught:
        connect(address=server.address).version(ref())
    assert says in caught.value.what
    assert len(server.asked) == 1


def test_sealed_in_a_path_is_not_a_sealed_vault(connect, ref, refused) -> None:
    with Answers(Answer(status=503, text="busy")) as server, refused(VaultUnreachable):
        connect(address=server.address, timeout=0.2).version(ref(path="mail/sealed"))
