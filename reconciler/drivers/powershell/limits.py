"""What a connection by PowerShell remoting cannot do, or should not, as far as the declaration shows it."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Connection, Desired


def findings(desired: Desired, connection: Connection, default_auth: str) -> Iterator[Finding]:
    """About the target of a resource."""
    for severity, rule, what, why, fix in _limits(connection, str(connection.get("auth") or default_auth)):
        yield Finding(
            severity=severity,
            rule=rule,
            address=desired.address.unit,
            what=what,
            why=why,
            fix=fix,
            where=desired.position,
        )


def _limits(connection: Connection, auth: str) -> Iterator[tuple[Severity, str, str, str, str]]:
    if connection.get("encryption") == "message" and auth == "certificate":
        why = "over http, messages are encrypted by the login's own keys"
        yield Severity.ERROR, "connection-auth", "connection: certificate over http", why, "leave encryption out"
    if auth == "ntlm":
        why = "Microsoft has deprecated NTLM, and it does not delegate credentials to another server"
        yield Severity.WARNING, "ntlm", "connection.auth: ntlm", why, "auth: kerberos, negotiate or credssp"
