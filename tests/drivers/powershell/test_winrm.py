"""What WinRM and the libraries of a login raise, by number and by type: in no language, and without a server."""

from __future__ import annotations

import pytest
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError

from reconciler.drivers.powershell import failure
from reconciler.drivers.powershell.server import Server
from reconciler.errors import PlatformAnswer, PlatformBusy, PlatformDenied, PlatformError, PlatformUnreachable

SERVER = Server(host="sp01", port=5986, configuration="Mail", auth="kerberos")
SAID = "Zugriff verweigert"
# numbers as wsmerror.h of the Windows SDK has them
FAULTS: dict[int, tuple[type[PlatformError], str]] = {
    5: (PlatformDenied, "Remote Management Users"),
    1726: (PlatformUnreachable, "MaxMemoryPerShellMB"),
    2150858811: (PlatformDenied, "Get-PSSessionConfiguration"),
    2150858843: (PlatformUnreachable, "plan again"),
    2150859173: (PlatformBusy, "MaxShellsPerUser"),
    2150859174: (PlatformBusy, "MaxShellsPerUser"),
    2150859175: (PlatformBusy, "MaxShellsPerUser"),
    2150859176: (PlatformBusy, "MaxShellsPerUser"),
    2150859179: (PlatformBusy, "MaxShellsPerUser"),
    2150859180: (PlatformDenied, "Enable-PSSessionConfiguration Mail"),
    2150859204: (PlatformUnreachable, "plan again"),
    2150859231: (PlatformDenied, "Set-PSSessionConfiguration Mail -RunAsCredential"),
    2150859235: (PlatformDenied, "Enable-PSSessionConfiguration Mail"),
    2150859236: (PlatformBusy, "MaxShellsPerUser"),
    2150859242: (PlatformBusy, "MaxShellsPerUser"),
    2150859113: (PlatformAnswer, "winrm helpmsg 0x80338169"),  # of a firewall: none that a client can cause
}


@pytest.mark.parametrize("code", FAULTS)
@pytest.mark.parametrize("signed", [False, True])
def test_a_fault_is_told_by_its_number_alone(code: int, signed: bool) -> None:
    """Some servers write it as a negative number."""
    number = code - 2**32 if signed and code > 2**31 else code
    error = failure.translated(WSManFaultError(number, "sp01", SAID, None, None, None), SERVER)
    kind, fix = FAULTS[code]
    assert (type(error), fix in str(error.fix)) == (kind, True)
    assert SAID not in f"{error.what} {error.why} {error.fix}"


def raised(module: str, name: str) -> Exception:
    """As a library raises it that need not be installed here."""
    found: Exception = type(name, (Exception,), {"__module__": module})(SAID)
    return found


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (raised("krb5._exceptions", "Krb5Error"), PlatformDenied),
        (raised("gssapi.raw.misc", "GSSError"), PlatformDenied),
        (raised("spnego.exceptions", "SpnegoError"), PlatformDenied),
        (raised("requests_credssp.exceptions", "AuthenticationException"), PlatformDenied),
        (AuthenticationError(SAID), PlatformDenied),
        (WinRMTransportError("http", 503, SAID), PlatformBusy),
        (WinRMTransportError("http", 404, SAID), PlatformAnswer),
        (raised("xml.etree.ElementTree", "ParseError"), PlatformAnswer),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else "",
)
def test_what_a_library_raises_is_an_error_of_ours_without_its_text(
    error: Exception, kind: type[PlatformError]
) -> None:
    found = failure.translated(error, SERVER)
    assert (type(found), bool(found.fix)) == (kind, True)
    assert SAID not in f"{found.what} {found.why} {found.fix}"
