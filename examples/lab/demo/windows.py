"""The Windows servers of the demo: a farm of SharePoint 2019 and a relay, where PowerShell remoting's libraries are."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from lab.demo import ports
from lab.servers.smtp import pki
from lab.servers.vault import VaultServer

TARGETS = ("prod/sharepoint.yaml", "test/relay01.yaml")
LIBRARIES = ("pypsrp", "requests_credssp", "psrpcore", "spnego")  # of the tool, and of the servers' side


def missing() -> str | None:
    """Why there are none; None where there are."""
    lacking = [name for name in LIBRARIES if find_spec(name) is None]
    return f"there is no {', '.join(lacking)} here (pip install 'mail-reconciler[dev]')" if lacking else None


def start(stack: ExitStack, vault: VaultServer, certificates: pki.Pki, folder: Path, move: int) -> None:
    """Both have been set up by somebody, for a relay that is gone."""
    from lab.servers.windows import farm, iis
    from lab.servers.windows.farm import CENTRAL
    from lab.servers.windows.farm_site import FarmSite
    from lab.servers.windows.smtp_site import SmtpSite

    password = secrets.token_urlsafe(16)
    intranet = farm("2019", urls=("https://intranet.example.org/",), servers=("127.0.0.1",))
    intranet.application(CENTRAL).update({"host": "old-relay.example.org", "from": "old@example.org"})
    tls = certificates.ca_file, certificates.good
    stack.enter_context(FarmSite(intranet, folder, password=password, port=ports.FARM + move, tls=tls))
    stack.enter_context(SmtpSite(iis.machine(), password=password, port=ports.WINDOWS_SMTP + move))
    vault.put("platforms/windows", password=password)
    vault.put("mail/prod/sharepoint", credential_key=secrets.token_urlsafe(16))
