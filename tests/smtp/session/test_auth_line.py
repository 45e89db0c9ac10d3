"""A token may be too long for one line of AUTH, though this handshake gets it through in two (SMTP306)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab.servers.smtp.faults import Expect, FaultServer, Script, Send
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.zoo import SECURED

from reconciler.model.handshake import Auth, Handshake
from reconciler.smtp.catalogue import auth_lines

Shake = Callable[..., Handshake]


def found(calm: Shake, pki: Pki, banner: str, token: str) -> tuple[str, str]:
    offered = (Send("250-relay.lab", "250 AUTH XOAUTH2"), Expect("AUTH XOAUTH2"))
    late: Script = (Send("334 "), Expect()) if len(token) > 400 else ()
    script: Script = (Send(banner), *SECURED[1:], *offered, *late, Send("235 welcome"))
    with FaultServer(script, certificate=pki.good) as server:
        checks = calm(server.port, password=token, auth=Auth.OAUTH2).checks
    told = next(one for one in checks if one.id == "SMTP306")
    return str(told.status), told.reason


@pytest.mark.parametrize(
    ("banner", "length", "status", "said"),
    [
        ("220 relay.lab ESMTP Postfix", 300, "pass", "within the 2,048 of Postfix"),
        ("220 relay.lab ESMTP Postfix", 2000, "warn", "Postfix takes 2,048"),
        ("220 relay.lab ESMTP Haraka/3.3.4 ready", 600, "warn", "Haraka takes 512"),
        ("220 relay.lab Python SMTP 1.4.6", 600, "warn", "aiosmtpd takes 512"),
        ("220 nginx ESMTP ready", 3600, "warn", "nginx takes 4,096"),
        ("220 relay.lab ESMTP", 2000, "pass", "is a line of 2,7"),
        ("220 relay.lab ESMTP", 10000, "warn", "12,288 (RFC 4954)"),
    ],
)
def test_the_line_is_compared_with_the_limit_of_the_server(
    calm: Shake, pki: Pki, banner: str, length: int, status: str, said: str
) -> None:
    got, reason = found(calm, pki, banner, "t" * length)
    assert (got, said in reason) == (status, True), reason


def test_every_limit_has_a_source() -> None:
    assert all(one.source and one.refusal and one.most for one in auth_lines.LIMITS)
