"""Translates what pypsrp and requests raise. Import inside functions: both are heavy."""

from __future__ import annotations

from reconciler.drivers.powershell import winrm
from reconciler.drivers.powershell.bounds import MOST
from reconciler.drivers.powershell.server import Server
from reconciler.errors import PlatformAnswer, PlatformBusy, PlatformDenied, PlatformError, PlatformUnreachable


def translated(error: Exception, server: Server) -> PlatformError:
    """Of what is raised while a shell is opened or a script runs. The texts of these libraries are not shown."""
    import requests
    from pypsrp import exceptions

    from reconciler.network.failure import TooLarge

    if isinstance(error, TooLarge):
        return PlatformAnswer(f"{server} answered with more than {MOST // 2**20} MiB", why="no settings are that large")
    if isinstance(error, exceptions.AuthenticationError):
        return _refused(server)
    if isinstance(error, exceptions.WSManFaultError):
        return winrm.error(error.code, server)
    if isinstance(error, exceptions.WinRMTransportError):
        return _http(error.code, server)
    if isinstance(error, requests.exceptions.SSLError):
        return _tls(error, server)
    if isinstance(error, requests.exceptions.Timeout):
        return too_slow(server)
    if isinstance(error, requests.exceptions.ConnectionError):
        return PlatformUnreachable(
            f"{server}: no connection to port {server.port}, or it was dropped",
            fix="check connection.host and port, and that WinRM listens there: winrm enumerate winrm/config/listener",
        )
    return _library(error, server)


def _tls(error: Exception, server: Server) -> PlatformError:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):  # OpenSSL's own name for it, on this machine
        return PlatformUnreachable(
            f"{server}: its certificate is not trusted, or is for another name",
            why="the login would go to whoever answers",
            fix="connection.ca_file: the authority that issued it; connection.host: a name that is in it",
        )
    return PlatformUnreachable(
        f"{server}: no TLS with port {server.port}",
        fix="check the port, connection.client_certificate, and which TLS versions the server speaks",
    )


def too_slow(server: Server) -> PlatformError:
    return PlatformUnreachable(
        f"{server}: no answer within {server.timeout:g} s; it may still be at work there",
        why="no run may hang",
        fix="look at the server, or set connection.timeout higher",
    )


def _refused(server: Server) -> PlatformError:
    if server.auth == "certificate":
        return PlatformDenied(
            f"{server}: login refused (certificate)",
            why="the server takes no certificates, or maps this one to no account",
            fix="connection.client_certificate; on the server: Auth\\Certificate in WSMan:\\localhost\\Service, and "
            "dir WSMan:\\localhost\\ClientCertificate",
        )
    where = server.password_named or "the ticket of this machine's login"
    if server.auth == "credssp":
        return PlatformDenied(
            f"{server}: CredSSP login failed",
            why="the server does not offer it, or knows no such user and password",
            fix=f"on the server: Enable-WSManCredSSP -Role Server; else check connection.username and {where}",
        )
    return PlatformDenied(
        f"{server}: login refused ({server.auth})",
        why="user or password is wrong, or the server does not take this way of logging in",
        fix=f"check connection.username, connection.auth and {where}",
    )


def _http(code: int, server: Server) -> PlatformError:
    if code in (503, 429):
        return PlatformBusy(f"{server}: WinRM is not ready (HTTP {code})", fix="try again later")
    return PlatformAnswer(
        f"{server}: HTTP {code} instead of WinRM",
        fix="check connection.host and port: 5986 over TLS, 5985 with message encryption",
    )


def _library(error: Exception, server: Server) -> PlatformError:
    """Of Kerberos and CredSSP, whose exceptions come raw, and of answers that cannot be parsed."""
    import requests

    module = type(error).__module__.partition(".")[0]
    if module in ("spnego", "gssapi", "krb5", "requests_credssp"):
        return PlatformDenied(
            f"{server}: {server.auth} login failed ({type(error).__name__})",
            why="Kerberos or the password refused it before anything was sent: a wrong password, a name that is no "
            "service principal, a clock that is off, or CredSSP that the server does not offer",
            fix=f"connection.host: the full name that the server has in its domain; check "
            f"{server.password_named or 'klist'}",
        )
    if isinstance(error, OSError) and not isinstance(error, ConnectionError | requests.exceptions.RequestException):
        return PlatformUnreachable(
            f"{server}: a certificate file cannot be read here",
            fix="check connection.ca_file and connection.client_certificate: PEM files that this user may read",
        )
    return PlatformAnswer(
        f"{server}: an answer that is not PowerShell remoting ({type(error).__name__})",
        why="its text is left out: it could hold anything",
        fix="check connection.host and port",
    )


def needs(error: ImportError, server: Server) -> PlatformError:
    extra = "kerberos" if server.auth == "kerberos" else "windows"
    return PlatformError(
        f"{server}: a library for PowerShell remoting is missing here ({error.name or 'pypsrp'})",
        fix=f"pip install 'mail-reconciler[{extra}]'",
    )
