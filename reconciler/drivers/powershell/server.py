"""Which server is meant, and how it is reached: what `connection` says, as data."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.drivers.powershell import offline
from reconciler.errors import PlatformDenied
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Connection

DEFAULT_AUTH = "negotiate"
DEFAULT_TIMEOUT = 120.0  # seconds for one script: a farm's shell alone takes some ten to load
DEFAULT_CONFIGURATION = "Microsoft.PowerShell"
_OPERATION = 20.0  # seconds after which WinRM says that it is still at work
_ENDURED = 10.0  # seconds beyond it until the network counts as dead
_PASSWORDLESS = frozenset({"kerberos", "certificate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """`timeout` is in seconds, for one script. `functions`: the endpoint runs shipped functions instead of scripts."""

    host: str
    port: int
    tls: bool = True
    auth: str = DEFAULT_AUTH
    username: str | None = None
    password: SecretValue | None = None
    password_named: str | None = None
    certificate: tuple[str, str] | None = None  # PEM files of certificate and key
    ca_file: str | None = None
    proxy: str | None = None
    configuration: str = DEFAULT_CONFIGURATION
    functions: bool = False
    timeout: float = DEFAULT_TIMEOUT

    def __str__(self) -> str:
        return self.host

    @property
    def identity(self) -> tuple[object, ...]:
        """Whose pool it is: another login or endpoint is another pool. Never anything of the password."""
        return (
            *(self.host.lower(), self.port, self.tls, self.auth, self.username, self.password_named),
            *(self.certificate, self.ca_file, self.proxy, self.configuration, self.functions),
        )

    def beside(self, host: str) -> Server:
        """Another server of the same farm, reached in the same way."""
        return replace(self, host=host)

    def options(self) -> dict[str, Any]:
        """Of pypsrp's WSMan; holds the password in clear, so keep it in no variable that an exception could show."""
        waits = min(_OPERATION, self.timeout)
        found: dict[str, Any] = {
            "server": self.host,
            "port": self.port,
            "ssl": self.tls,
            "auth": self.auth,
            "encryption": "auto" if self.tls else "always",
            "cert_validation": self.ca_file or ssl.get_default_verify_paths().cafile or True,
            "operation_timeout": max(1, round(waits)),
            "connection_timeout": min(30.0, self.timeout),
            "read_timeout": waits + _ENDURED,
            "proxy": self.proxy,
            "no_proxy": self.proxy is None,  # none out of the environment
        }
        if self.auth == "certificate" and self.certificate:
            found |= {"certificate_pem": self.certificate[0], "certificate_key_pem": self.certificate[1]}
        elif self.username is not None:
            found |= {"username": self.username, "password": None if self.password is None else self.password.reveal()}
        return found


def server(connection: Connection, secrets: Opener, *, default_auth: str = DEFAULT_AUTH) -> Server:
    """Opens `connection.password`. Raises PlatformDenied where the login is not whole, SecretError."""
    if offline.asked(connection):
        what = f"{connection['host']}: nobody reads it, because connection.driver is offline"
        raise PlatformDenied(what, why="a person runs the scripts there", fix="plan, apply --offline DIR, then attest")
    reference, auth = connection.get("password"), str(connection.get("auth") or default_auth)
    if not isinstance(reference, SecretRef) and auth not in _PASSWORDLESS:
        raise PlatformDenied(f"connection.auth: {auth} has no password", fix="password: {vault: path#key}")
    tls = connection.get("encryption") != "message"
    known = isinstance(reference, SecretRef)
    return Server(
        host=str(connection["host"]),
        port=_number(connection.get("port"), 5986 if tls else 5985),
        tls=tls,
        auth=auth,
        username=_text(connection.get("username")),
        password=secrets.open(reference) if isinstance(reference, SecretRef) else None,
        password_named=f"connection.password ({reference})" if known else None,
        certificate=_certificate(connection.get("client_certificate")),
        ca_file=_text(connection.get("ca_file")),
        proxy=_text(connection.get("proxy")),
        configuration=_text(connection.get("configuration_name")) or DEFAULT_CONFIGURATION,
        functions=connection.get("functions") is True,
        timeout=float(_number(connection.get("timeout"), DEFAULT_TIMEOUT)),
    )


def installation(kind: str, connection: Connection) -> str:
    """Whoever logs in, it is the same server."""
    return f"{kind}:{str(connection['host']).lower().rstrip('.')}"


def _certificate(found: Any) -> tuple[str, str] | None:
    return (str(found["certificate"]), str(found["key"])) if isinstance(found, Mapping) else None


def _text(found: Any) -> str | None:
    return None if found is None else str(found)


def _number(found: Any, default: Any) -> Any:
    return found if isinstance(found, int | float) and not isinstance(found, bool) else default
