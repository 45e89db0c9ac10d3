"""The servers of one zone, in one process inside it: a Vault, a relay with STARTTLS and AUTH, and an Odoo stand-in.

`python -m lab.zones.inside` reads a JSON document a line and answers each with one; the first says what to start. It
ends with its input, so that nothing outlives whoever started it.
"""

from __future__ import annotations

import json
import ssl
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lab.canary import leaks_in
from lab.servers.odoo import OdooStandIn, User
from lab.servers.odoo.network import loopback_only
from lab.servers.odoo.services import MUTATING
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.vault import VaultServer
from lab.zones.link import Link

DATABASE, ROBOT, ROLE = "prod", "reconciler", "mail-writer"
POLICY = Path(__file__).parents[2] / "vault/worker.hcl"


class Servers:
    """What one may ask of them is each method without an underscore, by its name and with its keywords."""

    def __init__(self, stack: ExitStack, told: dict[str, Any]) -> None:
        self._user, ports = told["user"], told["ports"]
        self._vault = stack.enter_context(VaultServer(port=ports["vault"]))
        users = {self._user: told["password"]}
        address = None if told["relay"] == "localhost" else told["relay"]
        relay = SmtpRelay(users=users, certificate=_context(told["certificate"]), port=0 if address else ports["relay"])
        self._relay = stack.enter_context(relay)
        if address:  # the relay itself listens on loopback only
            stack.enter_context(Link(relay.port, listen=(address, ports["relay"])))
        robot = User(login=ROBOT, password="", email="it@example.org", group="system", api_key=told["api_key"])
        odoo = OdooStandIn(
            19,
            database=DATABASE,
            port=0 if told["heard"] else ports["console"],
            users=[robot],
            ca_file=told["ca_file"],
            reach=lambda host, port: (host, port) if host == address else loopback_only(host, port),
        )
        self._odoo = stack.enter_context(odoo)
        self._heard = told["heard"] and stack.enter_context(
            Link(self._odoo.port, listen=("127.0.0.1", ports["console"]), keep=True)
        )
        self._vault.put("mail/submission", password=told["password"])
        self._vault.put("platforms/odoo", api_key=told["api_key"])
        self._vault.policy("worker", POLICY)
        self._vault.approle(ROLE, "worker")
        self._vault.api("POST", f"auth/approle/role/{ROLE}/role-id", {"role_id": ROLE})

    def login(self) -> dict[str, str]:
        """Of the zone's worker at its Vault."""
        return {"role_id": ROLE, "secret_id": self._vault.secret_id(ROLE)}

    def writes(self) -> list[str]:
        """Each request that changed something, in order: `ir.mail_server write`."""
        return [f"{model} {method}" for model, method in self._odoo.calls if method in MUTATING]

    def contacted(self) -> list[int]:
        """Requests to the Odoo, and connections to the relay: nobody runs anything without one."""
        return [self._odoo.requests, self._relay.connections]

    def forget(self) -> None:
        self._odoo.forget_calls()

    def servers(self) -> list[dict[str, Any]]:
        """The mail servers that the Odoo has, without what is secret."""
        names = ("id", "name", "smtp_host", "smtp_port", "smtp_user", "sequence", "from_filter", "active")
        return [{name: row.get(name) for name in names} for row in self._odoo.records("ir.mail_server")]

    def edit(self, *, row: int, values: dict[str, Any]) -> None:
        """Somebody changes a mail server in the web client."""
        self._odoo.edit("ir.mail_server", row, **values)

    def slow(self, *, method: str, seconds: float) -> None:
        """The next call of this method takes so much longer before it is carried out; earlier orders are void."""
        self._odoo.calm()
        self._odoo.fail_next(1, "slow", method=method, seconds=seconds)

    def met(self) -> bool:
        """Whether the call that was to be slow has come."""
        return self._odoo.failures_left() == 0

    def calm(self) -> None:
        self._odoo.calm()

    def rotate(self, *, password: str) -> None:
        self._relay.users[self._user] = password
        self._vault.put("mail/submission", password=password)

    def logins(self) -> int:
        return len(self._relay.logins)

    def spilled(self) -> int:
        """How many canaries went over the wire between worker and console: there they belong."""
        heard = [bytes(one) for one in self._heard.heard] if self._heard else []
        return sum(len(leaks_in(one)) for one in heard)


def _context(pem: str) -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(pem)
        file.flush()
        found.load_cert_chain(file.name)
    return found


def main() -> None:
    with ExitStack() as stack:
        servers = Servers(stack, json.loads(sys.stdin.readline()))
        _answer(None)
        for line in sys.stdin:
            asked = json.loads(line)
            method: Callable[..., Any] = getattr(servers, asked.pop("what"))
            _answer(method(**asked))


def _answer(found: Any) -> None:
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
