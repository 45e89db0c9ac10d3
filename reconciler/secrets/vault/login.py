"""How a run gets its Vault token: given one, or by AppRole or JWT. Tried once: a second try may lock it out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import SecretError, VaultLogin
from reconciler.model.secret import FILE_STORE, SecretRef, SecretValue
from reconciler.model.settings import Tree
from reconciler.secrets import identity
from reconciler.secrets.vault import errors as vault_errors
from reconciler.secrets.vault.options import VaultOptions, from_environment

if TYPE_CHECKING:
    import hvac


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """`ours`: we logged in, so we revoke the token at the end. One that was given to us is left alone."""

    token: SecretValue
    ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a login may look at: the environment, and `opened` for {env} and {file} references."""

    environ: Mapping[str, str]
    opened: Callable[[SecretRef], SecretValue]


def login(client: hvac.Client, options: VaultOptions, around: Surroundings) -> Login:
    """The token to use. Raises VaultLogin when it is refused or there is none, SecretMissing, SecretError."""
    method = options.auth.get("method", "token")
    match method:
        case "token":
            return Login(token=_given_token(options, around), ours=False)
        case "approle":
            return _by_approle(client, options, around)
        case "jwt":
            return _by_jwt(client, options, around)
    fix = "auth: {method: token | approle | jwt, …}"
    raise VaultLogin(f"secret store {options.store}: unknown login method {method}", fix=fix)


def _given_token(options: VaultOptions, around: Surroundings) -> SecretValue:
    if (ref := _ref(options.auth, "token")) is not None:
        return around.opened(ref)
    if (path := _text(options.auth, "token_file")) is not None:
        return around.opened(SecretRef(store=FILE_STORE, path=path))
    if (token := from_environment("TOKEN", around.environ)) is not None:
        return SecretValue(token)
    home = Path.home() / ".vault-token"
    # a job must not run as whoever logged in on that machine
    if sys.stdin.isatty() and sys.stdout.isatty() and home.is_file():
        return around.opened(SecretRef(store=FILE_STORE, path=str(home)))
    fix = "export VAULT_TOKEN=…, or give the store  auth: {method: approle | jwt, …}"
    raise VaultLogin(f"no token for Vault {options.address}", why="VAULT_TOKEN and BAO_TOKEN are not set", fix=fix)


def _by_approle(client: hvac.Client, options: VaultOptions, around: Surroundings) -> Login:
    mount = _text(options.auth, "path") or "approle"
    role_id = _required(options, around, "role_id")
    ref = _ref(options.auth, "secret_id")
    secret_id = around.opened(ref) if ref is not None else None  # a role may be bound to addresses instead
    if secret_id is not None and options.auth.get("secret_id_wrapped") is True:
        secret_id = _unwrapped(client, options, secret_id, mount)
    sent = secret_id.reveal() if secret_id is not None else None

    def log_in() -> Any:
        return client.auth.approle.login(role_id.reveal(), sent, use_token=False, mount_point=mount)

    return _logged_in(log_in, options, f"auth/{mount}/login", [role_id, *([secret_id] if secret_id else [])])


def _by_jwt(client: hvac.Client, options: VaultOptions, around: Surroundings) -> Login:
    mount = _text(options.auth, "path") or "jwt"
    variable = _text(options.auth, "role_env")
    named = around.environ.get(variable) if variable else None
    role = SecretValue(named) if named else _required(options, around, "role")
    token = identity.token(options.auth, environ=around.environ, opened=around.opened)

    def log_in() -> Any:
        return client.auth.jwt.jwt_login(role.reveal(), token.reveal(), use_token=False, path=mount)

    return _logged_in(log_in, options, f"auth/{mount}/login", [token])


def _unwrapped(client: hvac.Client, options: VaultOptions, wrapping: SecretValue, mount: str) -> SecretValue:
    """A wrapping token works once: if it does not, somebody else may have read the secret_id."""
    body = {"token": wrapping.reveal()}
    found = _alarmed(lambda: client.adapter.post("/v1/sys/wrapping/lookup", json=body), options)
    made_at = str(found["data"].get("creation_path", ""))
    if not (made_at.startswith(f"auth/{mount}/role/") and made_at.endswith("/secret-id")):
        raise _alarm(f"it was wrapped at {made_at}, not as a secret_id of auth/{mount}")
    client.token = wrapping.reveal()  # it may unwrap itself, and nothing else
    try:
        unwrapped = _alarmed(client.sys.unwrap, options)
    finally:
        client.token = ""
    return SecretValue(str(unwrapped["data"]["secret_id"]))


def _alarmed(ask: Callable[[], Any], options: VaultOptions) -> Any:
    from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest

    try:
        return ask()
    except (InvalidRequest, InvalidPath, Forbidden) as error:
        raise _alarm("it was used before, or has expired, or never was one") from error
    except vault_errors.library_errors() as error:
        raise _other(error, options, "sys/wrapping/unwrap") from error


def _alarm(why: str) -> VaultLogin:
    fix = "if none of you used it, the secret_id is stolen: destroy it, find who unwrapped it, and wrap a new one"
    return VaultLogin("the wrapped secret_id cannot be unwrapped: possible tampering", why=why, fix=fix)


def _logged_in(log_in: Callable[[], Any], options: VaultOptions, path: str, sent: list[SecretValue]) -> Login:
    from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest, Unauthorized

    try:
        answer = log_in()
    except (InvalidRequest, Forbidden, InvalidPath, Unauthorized) as error:
        why = vault_errors.server_text(error)
        for value in sent:  # no version that we know repeats them; the next one might
            why = why.replace(value.reveal(), "***")
        what = f"Vault {options.address} refused the login at {path}"
        fix = f"check role, bound claims or secret_id of secret_stores.{options.store}.auth, mount path and namespace"
        raise VaultLogin(what, why=why, fix=fix) from None
    except vault_errors.library_errors() as error:
        raise _other(error, options, path) from error
    return Login(token=SecretValue(str(answer["auth"]["client_token"])), ours=True)


def _other(error: Exception, options: VaultOptions, path: str) -> SecretError:
    request = vault_errors.Request(store=options.store, address=options.address, method="post", path=path)
    return vault_errors.translated(error, request, token_alive=lambda: True)


def _required(options: VaultOptions, around: Surroundings, key: str) -> SecretValue:
    if (ref := _ref(options.auth, key)) is not None:
        return around.opened(ref)
    if (text := _text(options.auth, key)) is not None:
        return SecretValue(text)
    raise VaultLogin(
        f"secret store {options.store}: auth has no {key}", fix=f"secret_stores.{options.store}.auth.{key}"
    )


def _ref(auth: Mapping[str, Tree], key: str) -> SecretRef | None:
    value = auth.get(key)
    return value if isinstance(value, SecretRef) else None


def _text(auth: Mapping[str, Tree], key: str) -> str | None:
    value = auth.get(key)
    return value if isinstance(value, str) and value else None
