"""What hvac and requests raise, in our words. hvac raises the same error for very different things."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.errors import (
    SecretError,
    VaultAnswer,
    VaultBusy,
    VaultDenied,
    VaultLogin,
    VaultMountMissing,
    VaultSealed,
    VaultUnreachable,
)
from reconciler.model.secret import SecretValue
from reconciler.secrets.redact import Redactor

if TYPE_CHECKING:
    import requests

CAPABILITY = {"get": "read", "list": "list", "post": "create and update", "delete": "delete"}
CAS_MISMATCH = "check-and-set parameter did not match"
NO_NAMESPACE = "namespace not found"
NO_MOUNT = ("no handler for route", "route entry not found")
STALE_INDEX = "required index state not present"  # 412, which hvac has no class for


class VaultConflict(SecretError):
    """Check-and-set: somebody else wrote first."""

    rule = "vault-conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked of Vault: all that a message may tell. `path` is below /v1."""

    store: str
    address: str
    method: str
    path: str

    @property
    def reads(self) -> bool:
        return self.method in ("get", "list")

    @property
    def needs(self) -> str:
        return f"{CAPABILITY[self.method]} on {self.path}"


def library_errors() -> tuple[type[Exception], ...]:
    """What the libraries raise; anything else is a bug of ours and must not look like a network failure."""
    from hvac.exceptions import VaultError

    from reconciler.network.failure import FAILURES

    return (VaultError, *FAILURES)


def refused_by(answer: requests.Response, request: Request, hidden: Iterable[SecretValue]) -> Exception:
    """hvac's error for a status, whatever the body is; hvac itself takes it for an object with a list of texts.

    `hidden` was sent: no version of Vault that we know repeats it, what stands in its place may.
    """
    from hvac.exceptions import VaultError

    found = body(answer)
    said = found.get("errors")
    errors = [text for text in said if isinstance(text, str)] if isinstance(said, list) else []
    redactor = Redactor()
    for value in hidden:
        redactor.add(value)
    errors = [redactor.redacted(text) for text in errors]
    message = None if found else redactor.redacted(answer.text[:4096])
    error = VaultError.from_status(answer.status_code, message, errors=errors, json=found, url=request.path)
    asked = answer.headers.get("Retry-After", "").strip()
    error.retry_after = float(asked[:6]) if asked.isascii() and asked.isdigit() else None
    assert isinstance(error, Exception)  # noqa: S101  # hvac has no types
    return error


def body(answer: requests.Response) -> dict[str, Any]:
    """Empty for what is no JSON object."""
    try:
        found = answer.json()
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def retry_after(error: Exception) -> float | None:
    """Seconds that Vault's rate limit asks us to wait: nothing was done, whatever was asked."""
    from hvac.exceptions import RateLimitExceeded

    return getattr(error, "retry_after", None) if isinstance(error, RateLimitExceeded) else None


def is_transient(error: Exception) -> bool:
    """Whether asking again may help: 412, 429, 500, 502, 503 unless sealed, and a connection cut while it was idle."""
    from hvac import exceptions as hvac

    from reconciler.network import failure as network

    if isinstance(error, hvac.VaultDown):
        return not _sealed(error)
    if isinstance(error, hvac.UnexpectedError):
        return STALE_INDEX in _said(error)
    if not isinstance(error, hvac.VaultError):
        return network.reset(error)
    return isinstance(error, hvac.RateLimitExceeded | hvac.InternalServerError | hvac.BadGateway)


def translated(error: Exception, request: Request, token_alive: Callable[[], bool]) -> SecretError:
    """For everything but 404 of a path, which only the caller can tell apart, and refused logins."""
    from hvac import exceptions as hvac

    if not isinstance(error, hvac.VaultError):
        return _unreachable(error, request)
    if isinstance(error, hvac.Forbidden):
        return _denied(request) if token_alive() else _dead(request)
    if isinstance(error, hvac.VaultDown | hvac.VaultNotInitialized) and _sealed(error):
        fix = "its operators must unseal it:  vault operator unseal"
        return VaultSealed(f"Vault {request.address} is sealed", why="it answers nothing until then", fix=fix)
    if isinstance(error, hvac.RateLimitExceeded):
        fix = "try later, or ask its operators for a higher quota"
        return VaultBusy(f"{request.path}: Vault is busy (429)", why="its rate limit is used up", fix=fix)
    if isinstance(error, hvac.Unauthorized | hvac.InvalidRequest):
        return _refused(error, request)
    status = {"InternalServerError": "500", "BadGateway": "502", "VaultDown": "503"}.get(type(error).__name__)
    why = f"it answered {status or 'an unusual status'}: {server_text(error)}"
    return VaultUnreachable(f"{request.path}: Vault {request.address} failed", why=why, fix="check its log; try again")


def mount_missing(error: Exception, request: Request, mount: str) -> VaultMountMissing | None:
    """A 404 that is about the namespace or the mount, not about the path."""
    if NO_NAMESPACE in _said(error):
        fix = f"correct secret_stores.{request.store}.namespace; `vault namespace list` shows them"
        return VaultMountMissing(f"{request.path}: Vault {request.address} has no such namespace", fix=fix)
    if not any(sign in _said(error) for sign in NO_MOUNT):
        return None
    fix = f"correct secret_stores.{request.store}.mount; `vault secrets list` shows them. Or the namespace is missing"
    return VaultMountMissing(f"{request.path}: nothing is mounted at {mount}/", fix=fix)


def redirected(request: Request, location: str) -> VaultUnreachable:
    """Not followed: the token would go to an address that nobody declared."""
    fix = f"set secret_stores.{request.store}.address to the address that answers"
    return VaultUnreachable(f"Vault {request.address} redirects", why=f"to {location[:200] or 'nowhere'}", fix=fix)


def not_vault(request: Request) -> VaultUnreachable:
    why, fix = "the answer is not JSON", f"check secret_stores.{request.store}.address: something else answers there"
    return VaultUnreachable(f"{request.path}: {request.address} does not answer like Vault", why=why, fix=fix)


def odd(request: Request, why: str) -> VaultAnswer:
    """`why` says of which shape the answer is. No part of it is shown: it may hold a secret."""
    fix = f"check secret_stores.{request.store}.address, and what is between: a proxy, or a newer Vault"
    return VaultAnswer(f"{request.path}: {request.address} does not answer like Vault", why=why, fix=fix)


def server_text(error: Exception) -> str:
    """What the server said, short; proxies answer with whole pages."""
    return _said(error).strip().partition("\n")[0][:200] or "no reason given"


def _said(error: Exception) -> str:
    """Without method and URL, which hvac adds to `str`: a path may be called anything."""
    return str(error.args[0] or "") if error.args else ""


def _denied(request: Request) -> VaultDenied:
    why = f"the token is valid, but none of its policies allows this: needs {request.needs}"
    capabilities = '", "'.join(CAPABILITY[request.method].split(" and "))
    fix = f'add  path "{request.path}" {{ capabilities = ["{capabilities}"] }}  to a policy; see examples/vault/'
    return VaultDenied(f"{request.path}: permission denied", why=why, fix=fix)


def _dead(request: Request) -> VaultLogin:
    why = "the token is unknown, expired or revoked"  # no path: it is one cause for all
    fix = "log in again; for a long run raise token_ttl of the role. A token must be allowed to look itself up"
    return VaultLogin(f"Vault {request.address} does not accept the token", why=why, fix=fix)


def used_up(request: Request, uses: int) -> VaultLogin:
    why = f"its role gives tokens that may be used {uses} times"
    what = f"Vault {request.address} does not accept the token: its uses are up"
    return VaultLogin(what, why=why, fix="set token_num_uses of the role to 0: a run asks as often as it has secrets")


def _refused(error: Exception, request: Request) -> SecretError:
    if CAS_MISMATCH in _said(error):
        return VaultConflict(f"{request.path}: another run wrote to it", why="it changed since it was read")
    fix = f"check address, kv and namespace of secret_stores.{request.store}; needs {request.needs}"
    return SecretError(f"{request.path}: Vault refused the request", why=server_text(error), fix=fix)


def _sealed(error: Exception) -> bool:
    said = _said(error).lower()
    return "sealed" in said or "not initialized" in said


def _unreachable(error: Exception, request: Request) -> SecretError:
    from reconciler.network import failure as network

    if isinstance(error, network.TooLarge):
        return odd(request, f"it is {error}")
    why = network.reason(error)
    fix = f"check secret_stores.{request.store}.address (or VAULT_ADDR) and the network; no proxy is used for Vault"
    if why.startswith("TLS"):
        fix = f"set secret_stores.{request.store}.ca_file (or VAULT_CACERT) to the CA that signed its certificate"
    return VaultUnreachable(f"Vault {request.address} cannot be reached", why=why, fix=fix)
