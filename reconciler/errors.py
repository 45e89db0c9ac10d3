"""Every way a run can end, and its exit code.

The classes say what went wrong outside; what is wrong in files is a Finding.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from reconciler.model.finding import Finding
    from reconciler.model.source import Position


class ExitCode(IntEnum):
    """The same for every output format; the first that applies, from top to bottom."""

    INTERRUPTED = 130
    USAGE = 64  # not 2, as argparse and click have it: CI must tell a typing error from drift
    INVALID = 3  # invalid files, policy blocks, or a missing --allow; nothing was written
    FAILED = 1  # something outside failed, or a bug
    INCOMPLETE = 5  # apply ended with resources failed, stale or not attempted
    CHECK_FAILED = 4  # verify: an SMTP check failed
    DIFFERENCES = 2  # drift, plan --detailed-exitcode
    DONE = 0


class ReconcilerError(Exception):
    """What went wrong, why, and what to try next. Never holds a secret's value."""

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED
    rule: ClassVar[str] = "failed"

    def __init__(
        self,
        what: str,
        *,
        why: str | None = None,
        fix: str | None = None,
        where: Position | None = None,
        address: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what, self.why, self.fix, self.where, self.address = what, why, fix, where, address

    def finding(self, address: str | None = None) -> Finding:
        from reconciler.model.finding import Finding, Severity  # --version and a handshake that is well have none

        return Finding(
            severity=Severity.ERROR,
            rule=self.rule,
            what=self.what,
            why=self.why,
            fix=self.fix,
            where=self.where,
            address=self.address or address,
        )


class UsageError(ReconcilerError):
    """Wrong usage of the command line that click cannot see."""

    exit_code = ExitCode.USAGE
    rule = "usage"


class InvalidError(ReconcilerError):
    """The declared files, a saved plan or a missing --allow forbid to go on; nothing was written."""

    exit_code = ExitCode.INVALID
    rule = "invalid"


class PlanFileError(InvalidError):
    """A saved plan that cannot be read, or that no longer fits the files."""

    rule = "plan-file"


class DocumentError(InvalidError):
    """A file is not one of our documents, or not whole."""

    rule = "document"


class PlatformError(ReconcilerError):
    """A platform could not be read or written. The subclasses say which kind of failure it was."""

    rule = "platform"


class PlatformUnreachable(PlatformError):
    """No connection, no name, a wrong certificate, or no answer within the deadline."""

    rule = "platform-unreachable"


class PlatformDenied(PlatformError):
    """The platform knows us not (401), or does not let us (403)."""

    rule = "platform-denied"


class PlatformMissing(PlatformError):
    """The page, database or record is not there (404)."""

    rule = "platform-missing"


class PlatformBusy(PlatformError):
    """Rate limit (429) or a passing overload; it was retried as long as the deadline allowed."""

    rule = "platform-busy"


class PlatformAnswer(PlatformError):
    """An answer that is not what the platform's contract says: HTML with a 500, truncated JSON, an unknown fault."""

    rule = "platform-answer"


class BrokenPlatform(PlatformError):
    """A platform raised something that is no PlatformError: a mistake in it, or in this tool."""

    rule = "bug"


class PlatformRefused(PlatformError):
    """The platform understood the request and refused the values (its own validation)."""

    rule = "platform-refused"


class WriteForbidden(PlatformError):
    """A reader tried something that could write. Raised by the driver; a bug or an attack, never the user's mistake."""

    rule = "write-forbidden"


class SecretError(ReconcilerError):
    """A secret could not be read. The subclasses say why."""

    rule = "secret"


class SecretRefused(SecretError):
    """This command has no need of that secret, so its opener does not open it."""

    rule = "secret-refused"


class SecretMissing(SecretError):
    """An environment variable, a file, or a path, key or version in Vault is not there."""

    rule = "secret-missing"


class VaultUnreachable(SecretError):
    rule = "vault-unreachable"


class VaultSealed(SecretError):
    rule = "vault-sealed"


class VaultLogin(SecretError):
    """The login was refused, or the token is unknown, expired or revoked."""

    rule = "vault-login"


class VaultDenied(SecretError):
    """The token is alive, but its policy does not allow this path."""

    rule = "vault-denied"


class VaultMountMissing(SecretMissing):
    rule = "vault-mount-missing"


class VaultPathMissing(SecretMissing):
    rule = "vault-path-missing"
    write: str | None = None  # the command that would write it, but for its field; None where the fix is another

    def of_field(self, field: str) -> VaultPathMissing:
        """The same for who asked for this field."""
        fix = f"{self.write} {field}=-" if self.write else self.fix
        return VaultPathMissing(self.what, why=self.why, fix=fix)


class VaultKeyMissing(SecretMissing):
    rule = "vault-key-missing"


class VaultVersionMissing(SecretMissing):
    """The version was never there, was deleted, or was destroyed."""

    rule = "vault-version-missing"


class VaultBusy(SecretError):
    """Vault's rate limit quota."""

    rule = "vault-busy"


class VaultAnswer(SecretError):
    """An answer of another shape than Vault's: another program, a login page, or a version that is not known."""

    rule = "vault-answer"


class TokenError(ReconcilerError):
    """No access token could be had. The subclasses say why."""

    rule = "token"


class TokenRefused(TokenError):
    """The token server refuses, or what is declared cannot be asked for: asking again is in vain."""

    rule = "token-refused"


class TokenUnreachable(TokenError):
    """No connection, no name, a wrong certificate, or no complete answer in time."""

    rule = "token-unreachable"


class TokenBusy(TokenError):
    """A rate limit, or a passing failure of the token server: the same request may succeed later."""

    rule = "token-busy"
    retry_after: float | None = None  # seconds, where the server said so


class TokenAnswer(TokenError):
    """An answer that no token server should give: a redirect, HTML, broken JSON, another issuer."""

    rule = "token-answer"


class StateError(ReconcilerError):
    """What was applied could not be read or kept."""

    rule = "state"


class LockedError(StateError):
    """Another run holds the installation."""

    rule = "locked"


class EngineError(ReconcilerError):
    """Units of work could not be sent where they are to be carried out, or their answers not be had."""

    rule = "engine"


class Interrupted(ReconcilerError):
    exit_code = ExitCode.INTERRUPTED
    rule = "interrupted"
