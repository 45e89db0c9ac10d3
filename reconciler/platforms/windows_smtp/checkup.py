"""What `doctor` tells of a Windows SMTP service: whether it is there, runs, and has lists that can be read."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import PlatformError
from reconciler.model.checkup import Checkup, Examined
from reconciler.model.finding import Severity
from reconciler.model.settings import Present, Reading
from reconciler.platforms.windows_smtp.reader import SmtpReader

_VERIFIED = "by public scripts and a real PowerShell 7 only; no Windows was at hand"


def checkup(reader: SmtpReader) -> Checkup:
    try:
        examined = tuple(_examined(reader.read()))
    except PlatformError as error:
        said = f"{error.what}{f' ({error.why})' if error.why else ''}"
        examined = (Examined(what="read", ok=False, said=said, fix=error.fix),)
    return Checkup(unit=reader.unit, kind="windows-smtp", examined=examined)


def _examined(reading: Reading) -> Iterator[Examined]:
    servers = [str(one.key) for one in reading.resources if one.key is not None]
    yield Examined(what="read", ok=True, said=f"the service and {', '.join(servers) or 'no virtual server'}")
    for resource, live in reading.resources.items():
        findings = live.findings if isinstance(live, Present) else ()
        told = {f"{resource}: {one.rule}": one for one in findings}  # one of a broken list for each of its two settings
        for what, one in told.items():
            ok = one.severity is not Severity.ERROR
            yield Examined(what=what, ok=ok, said=one.what, fix=one.fix)
    yield Examined(what="verified", ok=True, said=_VERIFIED)
