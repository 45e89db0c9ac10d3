"""Where a connection starts, as text: what is accepted, and that nothing else gets near a command line."""

from __future__ import annotations

import pytest

from reconciler.model.text.ssh import Trouble, environment
from reconciler.model.text.ssh import by_hand as by_hand_of
from reconciler.smtp.route import ssh, via
from reconciler.smtp.route.via import Unusable, Via


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ssh://bastion", Via(scheme="ssh", host="bastion", port=None)),
        ("ssh://ops@bastion.example.com:2222/", Via(scheme="ssh", host="bastion.example.com", port=2222, user="ops")),
        ("socks5://10.0.0.1:1080", Via(scheme="socks5", host="10.0.0.1", port=1080)),
        ("http://[::1]:3128", Via(scheme="http", host="::1", port=3128)),
    ],
)
def test_parse(text: str, found: Via) -> None:
    assert via.parse(text) == found


@pytest.mark.parametrize("text", ["ssh://bastion", "ssh://ops@bastion:2222", "http://[::1]:3128"])
def test_prints_as_it_was_written(text: str) -> None:
    assert str(via.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("shs://bastion", "did you mean ssh://?"),
        ("socks://proxy:1080", "did you mean socks5://?"),
        ("ftp://proxy:21", via.FORMS),
        ("127.0.0.1:1080", "socks5://127.0.0.1:1080 or http://127.0.0.1:1080"),
        ("[::1]:1080", "socks5://[::1]:1080 or http://[::1]:1080"),
        ("bastion.example.com", "ssh://bastion.example.com"),
        ("ops@bastion:2222", "ssh://ops@bastion:2222"),
        ("-oProxyCommand=touch", via.FORMS),
        ("", via.FORMS),
        ("ssh://-oProxyCommand=touch", via.FORMS),
        ("ssh://-oProxyCommand=touch@bastion", via.FORMS),
        ("ssh://bastion -v", via.FORMS),
        ("ssh://bastion\n", via.FORMS),
        ("ssh://", via.FORMS),
        ("ssh://bastion:70000", "a port is a number from 1 to 65535"),
        ("socks5://proxy", "socks5://host:port"),
        ("http://me@proxy:3128", "http://host:port"),
    ],
)
def test_anything_else_is_refused_with_the_way_out(text: str, fix: str) -> None:
    with pytest.raises(Unusable) as caught:
        via.parse(text)
    assert caught.value.fix == fix


def test_a_place_without_scheme_is_called_that() -> None:
    with pytest.raises(Unusable, match=r"127\.0\.0\.1:1080 has no scheme"):
        via.parse("127.0.0.1:1080")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("ssh://ops:c4n4ry@bastion", "it must not hold a password"),
        ("ops:c4n4ry@bastion", "it has no scheme"),
        ("ops:c4n4ry@bastion:1080", "it has no scheme"),
    ],
)
def test_a_password_is_refused_and_not_repeated(text: str, what: str) -> None:
    with pytest.raises(Unusable, match=what) as caught:
        via.parse(text)
    assert "c4n4ry" not in caught.value.what + caught.value.fix


def test_ssh_gets_the_host_after_the_end_of_its_options() -> None:
    words = ssh.command(via.parse("ssh://ops@bastion:2222"), "::1", 587, 15)
    assert words[0] == "ssh"
    assert words[-8:] == ["-W", "[::1]:587", "-l", "ops", "-p", "2222", "--", "bastion"]
    assert {"BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=15"} <= set(words)


def test_ssh_is_told_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    found = environment({"PATH": "/bin", "SSH_AUTH_SOCK": "/a", "VAULT_TOKEN": "c4n4ry"})
    assert found == {"PATH": "/bin", "SSH_AUTH_SOCK": "/a"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ssh://bastion", "ssh -o BatchMode=yes bastion"),
        ("ssh://ops@bastion:2222", "ssh -o BatchMode=yes -p 2222 ops@bastion"),
        ("ssh://[::1]", "ssh -o BatchMode=yes ::1"),
    ],
)
def test_advice_is_a_whole_command(text: str, line: str) -> None:
    start = via.parse(text)
    by_hand = by_hand_of(start.host, user=start.user, port=start.port)
    assert Trouble.OTHER.advice(by_hand) == f"try by hand: {line}"
