"""How a run gets its Vault token: given one, or by a login, tried once: a second try may lock it out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import VaultLogin
from reconciler.model.secret import FILE_STORE, SecretRef, SecretValue
from reconciler.model.settings import Tree
from reconciler.secrets import identity
from reconciler.secrets.vault import answer as answers
from reconciler.secrets.vault import errors as vault_errors
from reconciler.secrets.vault.answer import Answer
from reconciler.secrets.vault.errors import Request
from reconciler.secrets.vault.options import VaultOptions, from_environment
from reconciler.secrets.vault.patience import patiently

if TYPE_CHECKING:
    import hvac


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """`ours`: we logged in. `batch`: Vault keeps no such token. `uses` that it has, 0 for any number."""

    token: SecretValue
    ours: bool
    batch: bool = False
    uses: int = 0

    @property
    def revocable(self) -> bool:
        """At the end of the run. One that was given to us is left alone; a batch token, or a used-up one, cannot be."""
        return self.ours and not self.batch and not self.uses


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
        case "jwt" | "kubernetes":
            return _by_identity(client, options, around, method)
        case "userpass":
            return _by_password(client, options, around)
    fix = "auth: {method: token | approle | jwt | kubernetes | userpass, …}"
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
    fix = "export VAULT_TOKEN=…, or give the store  auth: {method: approle | jwt | kubernetes | userpass, …}"
    raise VaultLogin(f"no token for Vault {options.address}", why="VAULT_TOKEN and BAO_TOKEN are not set", fix=fix)


def _by_approle(client: hvac.Client, options: VaultOptions, around: Surroundings) -> Login:
    mount = _text(options.auth, "path") or "approle"
    role_id = _required(options, around, "role_id")
    ref = _ref(options.auth, "secret_id")
    secret_id = around.opened(ref) if ref is not None else None  # a role may be bound to addresses instead
    if secret_id is not None and options.auth.get("secret_id_wrapped") is True:
        secret_id = _unwrapped(client, options, secret_id, mount)
    sent = {"role_id": role_id, **({"secret_id": secret_id} if secret_id is not None else {})}
    return _logged_in(client, options, f"auth/{mount}/login", sent)


def _by_identity(client: hvac.Client, options: VaultOptions, around: Surroundings, method: str) -> Login:
    """By a token that says who this run is, for a role."""
    mount = _text(options.auth, "path") or method
    variable = _text(options.auth, "role_env")
    named = around.environ.get(variable) if variable else None
    role = SecretValue(named) if named else _required(options, around, "role")
    find = identity.service_account if method == "kubernetes" else identity.token
    token = find(options.auth, environ=around.environ, opened=around.opened)
    return _logged_in(client, options, f"auth/{mount}/login", {"jwt": token}, role=role)


def _by_password(client: hvac.Client, options: VaultOptions, around: Surroundings) -> Login:
    """Also of `ldap`, which is asked in the same way at its own path."""
    mount = _text(options.auth, "path") or "userpass"
    user, password = _required(options, around, "username"), _required(options, around, "password")
    if "/" in user.reveal() or user.reveal() in (".", ".."):  # it becomes a part of the path
        fix = f"secret_stores.{options.store}.auth.username"
        raise VaultLogin(f"secret store {options.store}: auth.username has a slash, or is dots", fix=fix)
    return _logged_in(client, options, f"auth/{mount}/login/{user.reveal()}", {"password": password})


def _unwrapped(client: hvac.Client, options: VaultOptions, wrapping: SecretValue, mount: str) -> SecretValue:
    """A wrapping token works once: if it does not, somebody else may have read the secret_id."""
    found = _alarmed(client, options, "sys/wrapping/lookup", {"token": wrapping.reveal()}, wrapping)
    made_at = found.text("creation_path")
    if not (made_at.startswith(f"auth/{mount}/role/") and made_at.endswith("/secret-id")):
        raise _alarm(f"it was wrapped at {made_at[:200]}, not as a secret_id of auth/{mount}")
    client.token = wrapping.reveal()  # it may unwrap itself, and nothing else
    try:
        return SecretValue(_alarmed(client, options, "sys/wrapping/unwrap", None, wrapping).text("secret_id"))
    finally:
        client.token = ""


def _alarmed(client: hvac.Client, options: VaultOptions, path: str, body: Any, wrapping: SecretValue) -> Answer:
    from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest

    request = Request(store=options.store, address=options.address, method="post", path=path)
    try:
        return answers.whole(request, _sent(client, options, request, body, [wrapping]))
    except (InvalidRequest, InvalidPath, Forbidden) as error:
        raise _alarm("it was used before, or has expired, or never was one") from error
    except vault_errors.library_errors() as error:
        raise vault_errors.translated(error, request, token_alive=lambda: True) from error


def _alarm(why: str) -> VaultLogin:
    fix = "if none of you used it, the secret_id is stolen: destroy it, find who unwrapped it, and wrap a new one"
    return VaultLogin("the wrapped secret_id cannot be unwrapped: possible tampering", why=why, fix=fix)


def _logged_in(
    client: hvac.Client, options: VaultOptions, path: str, sent: Mapping[str, SecretValue], **plain: SecretValue
) -> Login:
    """What is `sent` is a secret, and hidden in the reason of a refusal; what is `plain` is none."""
    from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest, Unauthorized

    request = Request(store=options.store, address=options.address, method="post", path=path)
    body = {key: value.reveal() for key, value in {**sent, **plain}.items()}
    try:
        answer = answers.whole(request, _sent(client, options, request, body, sent.values()), "auth")
    except (InvalidRequest, Forbidden, InvalidPath, Unauthorized) as error:
        why = vault_errors.server_text(error)
        what = f"Vault {options.address} refused the login at {path}"
        fix = f"check role, bound claims or secret_id of secret_stores.{options.store}.auth, mount path and namespace"
        raise VaultLogin(what, why=why, fix=fix) from None
    except vault_errors.library_errors() as error:
        raise vault_errors.translated(error, request, token_alive=lambda: True) from error
    token = SecretValue(answer.text("client_token"))
    uses = answer.data.get("num_uses")
    return Login(
        token=token,
        ours=True,
        batch=answer.data.get("token_type") == "batch",
        uses=uses if isinstance(uses, int) else 0,
    )


def _sent(
    client: hvac.Client, options: VaultOptions, request: Request, body: Any, hidden: Iterable[SecretValue]
) -> Mapping[str, Any]:
    def once(timeout: tuple[float, float]) -> Mapping[str, Any]:
        sent = {"timeout": timeout, **({} if body is None else {"json": body})}
        return answers.asked(client, request, sent, hidden=hidden)

    return patiently(once, options.timeout, reads=False)


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
