"""SharePoint's own faults, as errors of ours with advice."""

from __future__ import annotations

from reconciler.drivers.powershell.faults import Fault, said
from reconciler.drivers.powershell.server import DEFAULT_CONFIGURATION, Server
from reconciler.errors import PlatformBusy, PlatformDenied, PlatformError, PlatformMissing, PlatformRefused

PAGE = "docs/platforms/sharepoint.md"


def explain(fault: Fault, server: Server) -> PlatformError | None:
    if fault.of_type("SPUpdatedConcurrencyException"):
        return PlatformBusy(
            f"{server}: somebody else changed the same object, three times in a row",
            why="SharePoint refuses to write an object that changed since it was read; each time it was read anew",
            fix="plan again when the other change is done; no server has to be restarted",
        )
    if fault.of_type("OutOfMemoryException", "InsufficientMemoryException"):
        return None
    if fault.step == "farm":
        return _no_farm(fault, server)
    if fault.name in _OURS:
        kind, what, fix = _OURS[fault.name]
        return kind(f"{server}: {what}", fix=fix)
    if fault.step == "write" and fault.of_type("InvalidOperationException"):
        return PlatformRefused(
            f"{server}: SharePoint refused the settings",
            why=f"it said: {said(fault)} Which of its errors means a missing key is not verified on a real farm",
            fix="with a login: every server needs the application credential key first (credential_key)",
        )
    return None


def _no_farm(fault: Fault, server: Server) -> PlatformDenied:
    why = "its configuration database does not let this session in. "
    fix = f"auth: credssp, or a configuration_name that runs as a farm account; {PAGE} ranks the ways"
    if server.auth == "credssp":
        fix = f"Add-SPShellAdmin for {server.username}; {PAGE} lists the rights"
    elif server.configuration != DEFAULT_CONFIGURATION:
        fix = f"Add-SPShellAdmin for the account that {server.configuration} runs as; {PAGE} lists the rights"
    else:
        why += "A remote session has no credentials for this second hop unless they are delegated. "
    return PlatformDenied(
        f"{server}: the farm cannot be reached from there", why=f"{why}It said: {said(fault)}", fix=fix
    )


_OURS: dict[str, tuple[type[PlatformError], str, str]] = {
    "RECONCILER_NO_SHELL": (
        PlatformMissing,
        "SharePoint's shell is not installed there, or this PowerShell cannot load it",
        "connection.host: a server of the farm; its endpoint must be Windows PowerShell 5.1, 64 bits",
    ),
    "RECONCILER_NOT_FOUND": (PlatformMissing, "the web application is no longer there", "plan again"),
    "RECONCILER_WRONG_SCOPE": (
        PlatformRefused,
        "farm and web application would have been confused; nothing was written",
        "plan again",
    ),
    "RECONCILER_UNSUPPORTED": (PlatformRefused, "this version has no such setting", "plan again, and see what it says"),
    "RECONCILER_NO_CREDENTIAL": (
        PlatformRefused,
        "a login needs a user name and a password",
        "declare both, or auth: none",
    ),
    "RECONCILER_NO_CERTIFICATE": (
        PlatformRefused,
        "no certificate of this farm has the thumbprint of smtp_certificate",
        "Import-SPCertificate with its private key, store EndEntity; then apply again",
    ),
}
