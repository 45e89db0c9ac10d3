"""The login of one relay, from the command line: what goes together, and a secret by the name of its variable."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from reconciler.cli.relay import consistency
from reconciler.errors import UsageError
from reconciler.model.handshake import Auth, Level
from reconciler.model.secret import ENV_STORE, SecretRef, SecretValue
from reconciler.smtp.protocol import sasl

_OPTIONS = ("username", "password_env", "token_env")
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"


def auth(given: Mapping[str, Any], level: Level | None) -> Auth:
    """`level` is None where none was asked for. Raises UsageError."""
    _fits(given, level)
    username, asked = given["username"], given["auth"]
    asks = [name for name in _OPTIONS if given[name] is not None]
    implied = Auth.OAUTH2 if "token_env" in asks else Auth.BASIC if asks else Auth.NONE
    found = Auth(asked) if asked else implied
    if found is Auth.NONE and implied is not Auth.NONE:
        what = f"{consistency.option(asks[0])} cannot be combined with --auth none"
        raise UsageError(what, fix="omit one of the two")
    if found is not Auth.NONE and not username:
        raise UsageError(f"--auth {found} needs a --username", fix="--username no-reply@example.com")
    return found


def _fits(given: Mapping[str, Any], level: Level | None) -> None:
    if level is None or level.rank > Level.AUTH.rank:
        return
    unset = [name for name in _OPTIONS if given[name] is None]
    if level is Level.AUTH:
        if given["auth"] == "none":
            raise UsageError("--level auth cannot be combined with --auth none", fix="--level tls, or omit --auth none")
        if len(unset) == len(_OPTIONS) and given["auth"] is None:
            fix = "--username no-reply@example.com --password-env SMTP_PASSWORD, or --level tls"
            raise UsageError("--level auth needs a --username", why="without one there is no login to prove", fix=fix)
        return
    used = [name for name in _OPTIONS if name not in unset]
    if given["auth"] not in (None, "none"):
        used.append("auth")
    if used:
        raise consistency.unused_options(used, level, why="the login comes after it", wanted=Level.AUTH)


def secret(given: Mapping[str, Any], auth: Auth) -> SecretRef | None:
    """Raises UsageError where there is none, or none that could be sent."""
    if auth is Auth.NONE:
        return None
    right, wrong = ("token_env", "password_env") if auth is Auth.OAUTH2 else ("password_env", "token_env")
    option, example = consistency.option(right), f"SMTP_{right.partition('_')[0].upper()}"
    if given[wrong]:
        what = f"{consistency.option(wrong)} cannot be combined with --auth {auth}"
        raise UsageError(what, fix=f"{option} {example}")
    if not (variable := given[right]):
        why = f"a {right.partition('_')[0]} comes from an environment variable, never from the command line"
        raise UsageError(f"--auth {auth} needs a {option}", why=why, fix=f"{option} {example}")
    _refuse_missing(option, variable, example)
    _refuse_unusable(option, SecretValue(os.environ[variable]), variable, auth)
    return SecretRef(store=ENV_STORE, path=variable)


def _refuse_missing(option: str, variable: str, example: str) -> None:
    if os.environ.get(variable):
        return
    if variable in os.environ:
        raise UsageError(
            f"{option}: the variable {variable} is set, but empty",
            why="in CI a secret that is missing, or that this job may not see, arrives as an empty string",
            fix=f"look at the name of the secret that becomes {variable}, and at who may use it",
        )
    # what looks like no variable may be the secret itself, so it is not repeated
    named = f" {variable}" if re.fullmatch(_VARIABLE, variable) and variable.isupper() else ""
    why = f"{option} takes the name of an environment variable, not the secret"
    raise UsageError(f"{option}: the variable{named} is not set", why=why, fix=f"export {named.strip() or example}=…")


def _refuse_unusable(option: str, secret: SecretValue, variable: str, auth: Auth) -> None:
    if auth is Auth.OAUTH2 and not sasl.token_usable(secret):
        what = f"{option}: the value of {variable} is not an access token"
        why = "a token is printable ASCII without blanks and line breaks (RFC 6750)"
        raise UsageError(what, why=why, fix=f"set {variable} to the token alone")
    if auth is Auth.BASIC and not sasl.usable(secret):
        what = f"{option}: the value of {variable} cannot be sent over SMTP"
        raise UsageError(what, why="it is not UTF-8", fix=f"set {variable} to the password in UTF-8")
