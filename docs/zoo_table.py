"""Writes the table of docs/handshake.md: each fault of the lab against us and against other SMTP clients.

python docs/zoo_table.py            writes it; needs swaks and aiosmtplib, and takes two minutes
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "examples")]

from lab.servers.smtp import peers  # noqa: E402
from lab.servers.smtp.faults import Expect, FaultServer  # noqa: E402
from lab.servers.smtp.peers import Attempt  # noqa: E402
from lab.servers.smtp.pki import Pki, make  # noqa: E402
from lab.servers.smtp.zoo import CONTROLS, PASSWORD, TOKEN, USER, ZOO, Fault  # noqa: E402

from reconciler.model.handshake import Auth, CheckStatus, Encryption, Level, Relay  # noqa: E402
from reconciler.model.secret import SecretRef, SecretValue  # noqa: E402
from reconciler.smtp.record.log import Timeouts  # noqa: E402
from reconciler.smtp.session.handshake import handshake  # noqa: E402

PAGE = Path(__file__).with_name("handshake.md")
BEGIN, END = "<!-- zoo: written by docs/zoo_table.py -->", "<!-- /zoo -->"
FAULTS = {**ZOO, **CONTROLS}
SECONDS = 1  # for each reply; what is slower has hung
QUICK = Timeouts(dns=2, tcp=2, banner=1, ehlo=1, tls=1, auth=1, envelope=1, message=1, quit=0.5, total=8)
SECRETS = (PASSWORD.encode(), b64encode(PASSWORD.encode()), b64encode(f"\0{USER}\0{PASSWORD}".encode()), TOKEN.encode())


def main() -> int:
    if missing := peers.swaks_missing() or ("aiosmtplib is not installed" if peers.aiosmtplib_missing() else None):
        sys.exit(f"error: {missing}")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(6) as threads:
        pki = make(Path(folder))
        lines = list(threads.map(lambda name: _line(name, FAULTS[name], pki), FAULTS))
        careless = _careless(pki)
    table = "\n".join([*_head("fault", *CLIENTS), *lines])
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n\n{careless}\n{END}{rest.partition(END)[2]}", "utf-8")
    return 0


def _ours(attempt: Attempt, fault: Fault) -> str:
    relay = Relay(
        name=None,
        host=attempt.host,
        port=attempt.port,
        encryption=Encryption(attempt.encryption),
        auth=Auth.OAUTH2 if attempt.token else Auth.BASIC,
        username=attempt.user,
        password=SecretRef(store="default", path="mail", key="password"),
        ca_file=attempt.ca_file,
        sender=attempt.sender,
        recipient=attempt.recipient,
        level=Level(fault.settings.get("level", "auth")),
        severities=tuple(fault.checks.items()),
    )
    found = asyncio.run(handshake(relay, SecretValue(attempt.password), timeouts=QUICK))
    bad = [check for check in found.checks if check.status in (CheckStatus.FAIL, CheckStatus.INCONCLUSIVE)]
    bad = bad or [check for check in found.checks if check.status is CheckStatus.WARN]
    return ", ".join(f"{check.id} {check.status}" for check in bad) or peers.ACCEPTED


def _swaks(attempt: Attempt) -> str:
    code = 1 if attempt.token else peers.swaks(attempt)
    if code == 1:
        return peers.UNKNOWN
    if code is None:
        return "hangs"
    return f"exit {code} {peers.SWAKS_STOPS.get(code, '')}".strip() if code else peers.ACCEPTED


CLIENTS = ("reconciler", "swaks", "smtplib", "aiosmtplib")
PEERS: dict[str, Callable[[Attempt], str]] = {
    "swaks": _swaks,
    "smtplib": peers.smtplib_says,
    "aiosmtplib": peers.aiosmtplib_says,
}


def _line(name: str, fault: Fault, pki: Pki) -> str:
    return _row(name, *(_cell(client, fault, pki) for client in CLIENTS))


def _careless(pki: Pki) -> str:
    """What they do when nobody insists on TLS; we have no such mode for a password."""
    cells = (_cell(client, ZOO["STARTTLS stripped"], pki, careless=True) for client in CLIENTS)
    wanted = ("", "`-tlso`", "`login()` alone", "as it comes")
    heads = (f"{name} {how}".strip() for name, how in zip(CLIENTS, wanted, strict=True))
    return "\n".join([*_head("where TLS is not insisted on", *heads), _row("STARTTLS stripped", *cells)])


def _cell(client: str, fault: Fault, pki: Pki, *, careless: bool = False) -> str:
    """What one client reports, how often it sent AUTH, and whether the password was readable on the way."""
    if fault.checks and client in PEERS:
        return "does not look"
    level, token, script = fault.settings.get("level"), fault.settings.get("auth") == "oauth2", fault.script
    if fault.certificate != "good" and isinstance(script[-1], Expect):
        script = script[:-1]  # nobody should come to this EHLO; who does is answered
    certificate = getattr(pki, fault.certificate)
    with FaultServer(script, certificate=certificate, later=fault.later, courteous=True) as server:
        attempt = Attempt(
            port=server.port,
            ca_file=pki.ca_file,
            encryption=fault.settings.get("encryption", "starttls"),
            user=USER,
            password=TOKEN if token else PASSWORD,
            sender=fault.settings.get("sender", "from@example.com"),
            envelope=level in ("envelope", "message"),
            message=level == "message",
            token=token,
            mechanism="",
            careless=careless,
            seconds=SECONDS,
        )
        said = _in_time(client, attempt, fault)
        logins, clear = server.auth_attempts, any(secret in server.received.clear for secret in SECRETS)
    parts = [said, f"{logins} AUTH" if logins else "", "**password in clear**" if clear else ""]
    return ", ".join(filter(None, parts))


def _in_time(client: str, attempt: Attempt, fault: Fault) -> str:
    """The answer, or `hangs`: some read a reply without end without end, until the server goes."""
    found: list[str] = []
    ask = PEERS[client] if client in PEERS else partial(_ours, fault=fault)
    thread = threading.Thread(target=lambda: found.append(ask(attempt)), daemon=True)
    thread.start()
    thread.join(8 * SECONDS)
    return found[0] if found else "hangs"


def _head(*cells: str) -> list[str]:
    return [_row(*cells), _row(*("---" for _ in cells))]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
