"""What `doctor` tells of a Windows SMTP service: whether it is there, runs, and has lists that can be read."""

from __future__ import annotations

import time
from collections.abc import Iterator

from reconciler.drivers.powershell import checkup as powershell
from reconciler.model.checkup import UNTOLD, Checkup, Examined, examined
from reconciler.model.finding import Severity
from reconciler.model.settings import Present
from reconciler.platforms.windows_smtp.reader import SmtpReader

_WRITES = "local administrator, as for reading"
_VERSION = "not asked for; supported: up to Windows Server 2022"
_VERIFIED = "by public scripts and a real PowerShell 7 only; no Windows was at hand"


def checkup(reader: SmtpReader) -> Checkup:
    return Checkup(unit=reader.unit, kind="windows-smtp", examined=examined(_steps(reader)))


def _steps(reader: SmtpReader) -> Iterator[Examined]:
    began = time.monotonic()
    reading = reader.read()
    yield from powershell.rows(reader.session.server, time.monotonic() - began)
    servers = [str(one.key) for one in reading.resources if one.key is not None]
    yield Examined(what="read", ok=True, said=f"the service and {', '.join(servers) or 'no virtual server'}: allowed")
    yield Examined(what="write", ok=None, said=f"{_WRITES}; whether a change is taken {UNTOLD}")
    yield Examined(what="version", ok=True, said=_VERSION)
    for resource, live in reading.resources.items():
        findings = live.findings if isinstance(live, Present) else ()
        told = {f"{resource}: {one.rule}": one for one in findings}  # one of a broken list for each of its two settings
        for what, one in told.items():
            ok = one.severity is not Severity.ERROR
            yield Examined(what=what, ok=ok, said=one.what, fix=one.fix)
    yield Examined(what="verified", ok=True, said=_VERIFIED)
