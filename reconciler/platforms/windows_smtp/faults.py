"""What a server without the SMTP service says, as errors of ours with what to use instead."""

from __future__ import annotations

from reconciler.drivers.powershell.faults import Fault
from reconciler.drivers.powershell.server import Server
from reconciler.errors import PlatformError, PlatformMissing, PlatformRefused


def explain(fault: Fault, server: Server) -> PlatformError | None:
    if fault.name not in _OURS:
        return None
    kind, what, why, fix = _OURS[fault.name]
    return kind(f"{server}: {what}", why=why, fix=fix)


_OURS: dict[str, tuple[type[PlatformError], str, str | None, str]] = {
    "RECONCILER_FEATURE_GONE": (
        PlatformMissing,
        "this Windows no longer has the feature SMTP Server",
        "Microsoft lists it, with the IIS 6 Management Console, among what was removed from Windows Server 2025",
        "use platform postfix as the relay, or let SharePoint log in at the mail server itself",
    ),
    "RECONCILER_FEATURE_MISSING": (
        PlatformMissing,
        "the feature SMTP Server is not installed there",
        "a person must install it: it opens a port",
        "Install-WindowsFeature SMTP-Server -IncludeManagementTools",
    ),
    "RECONCILER_LIST_BROKEN": (
        PlatformRefused,
        "its relay list cannot be read, so nothing was written",
        "Windows Server 2022 is known to ship a broken RelayIpList, on which the management console fails too",
        "repair MetaBase.xml as docs/platforms/windows-smtp.md says, then apply at once",
    ),
    "RECONCILER_NOT_FOUND": (PlatformMissing, "the virtual server is no longer there", None, "plan again"),
}
