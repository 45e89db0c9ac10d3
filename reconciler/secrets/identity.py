"""Who this run is, by its surroundings: identity tokens of GitHub, GitLab and Kubernetes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import SecretError, SecretMissing
from reconciler.model.secret import FILE_STORE, SecretRef, SecretValue
from reconciler.model.settings import Tree

if TYPE_CHECKING:
    import requests

KUBERNETES_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105  # a path
GITHUB_URL, GITHUB_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
CONNECT_TIMEOUT, TIMEOUT = 5.0, 15.0  # seconds: to connect, and for everything

Open = Callable[[SecretRef], SecretValue]


def token(options: Mapping[str, Tree], *, environ: Mapping[str, str], opened: Open) -> SecretValue:
    """The identity token of this run.

    `options`: `token` ({env} or {file}), `token_env` (the variable that GitLab's `id_tokens` fills) or `token_file`;
    else GitHub's (with `audience`), else that of the Kubernetes service account.

    Raises SecretMissing where there is none, SecretError when GitHub does not give it.
    """
    if (given := _given(options, environ, opened)) is not None:
        return given
    if GITHUB_URL in environ:
        audience = options.get("audience")
        return _from_github(environ, audience if isinstance(audience, str) else None)
    if Path(KUBERNETES_TOKEN).is_file():
        return opened(SecretRef(store=FILE_STORE, path=KUBERNETES_TOKEN))
    raise SecretMissing("no identity token here", why="this is no known CI, and not Kubernetes", fix=_fix(environ))


def service_account(options: Mapping[str, Tree], *, environ: Mapping[str, str], opened: Open) -> SecretValue:
    """That of this pod, or what the options name as in `token`. Raises SecretMissing, SecretError."""
    given = _given(options, environ, opened)
    return opened(SecretRef(store=FILE_STORE, path=KUBERNETES_TOKEN)) if given is None else given


def _given(options: Mapping[str, Tree], environ: Mapping[str, str], opened: Open) -> SecretValue | None:
    match options.get("token"), options.get("token_env"), options.get("token_file"):
        case SecretRef() as ref, _, _:
            return opened(ref)
        case _, str(name), _:
            return _from_variable(name, environ)
        case _, _, str(path):
            return opened(SecretRef(store=FILE_STORE, path=path))
    return None


def _fix(environ: Mapping[str, str]) -> str:
    if environ.get("GITHUB_ACTIONS") == "true":
        return "give the job  permissions: {id-token: write}"
    if environ.get("GITLAB_CI") == "true":
        return "give the job  id_tokens: {VAULT_ID_TOKEN: {aud: …}}  and the store  auth: {token_env: VAULT_ID_TOKEN}"
    return "run it in CI, or name the token: auth: {token: {env: …}} or {token: {file: …}}"


def _from_variable(name: str, environ: Mapping[str, str]) -> SecretValue:
    if not (value := environ.get(name)):
        fix = f"give the GitLab job  id_tokens: {{{name}: {{aud: …}}}}"
        raise SecretMissing(f"no identity token in {name}", why="the variable is not set or empty", fix=fix)
    return SecretValue(value)


def _from_github(environ: Mapping[str, str], audience: str | None) -> SecretValue:
    import requests

    from reconciler.network import failure, session
    from reconciler.network.deadline import Until

    # proxies and CA of the runner's own environment hold: the service belongs to the runner
    sent = requests.Request("GET", environ[GITHUB_URL], params={"audience": audience} if audience else {}).prepare()
    # on the request itself: an entry in .netrc would replace a header of a session
    sent.headers["Authorization"] = f"Bearer {environ.get(GITHUB_TOKEN, '')}"
    until = Until(time.monotonic() + TIMEOUT, connect=CONNECT_TIMEOUT)
    try:
        with session.of_environment(str(sent.url)) as asking:
            answer = session.exchange(asking, sent, until, most=session.MIB)
    except failure.FAILURES as error:
        what, fix = "GitHub's identity service cannot be reached", "check proxy and CA of the runner; run it again"
        raise SecretError(what, why=failure.reason(error), fix=fix) from None
    if not answer.ok or answer.is_redirect:
        why = f"it answered {answer.status_code}"
        raise SecretError("GitHub gave no identity token", why=why, fix="give the job  permissions: {id-token: write}")
    if (value := _value(answer)) is None:
        raise SecretError("GitHub gave no identity token", why="its answer contains none", fix="run it again")
    return SecretValue(value)


def _value(answer: requests.Response) -> str | None:
    try:
        found = answer.json()
    except (ValueError, RecursionError):  # goes no further: it carries the answer
        return None
    value = found.get("value") if isinstance(found, dict) else None
    return value if isinstance(value, str) and value else None
