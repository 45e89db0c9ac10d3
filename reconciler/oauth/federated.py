"""The identity of this run as a credential: a token of GitHub, GitLab or Kubernetes that Entra trusts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import SecretMissing, TokenRefused
from reconciler.model.secret import ENV_STORE, SecretRef, SecretValue
from reconciler.model.settings import Tree
from reconciler.oauth import claims
from reconciler.secrets import env, file, identity

GITLAB_VARIABLE = "ENTRA_ID_TOKEN"  # that the job's id_tokens fills
KUBERNETES_VARIABLE = "AZURE_FEDERATED_TOKEN_FILE"  # that the webhook of Azure's workload identity sets


def assertion(kind: str, audience: str, environ: Mapping[str, str]) -> SecretValue:
    """The identity token of this run for `audience`. Raises a SecretError, or TokenRefused for another audience."""
    token = identity.token(_options(kind, audience, environ), environ=environ, opened=lambda ref: _opened(ref, environ))
    named = claims.decoded(token).get("aud")
    # a token for the cluster's own API, or for Vault, is a credential there: it must not leave for here
    if audience not in (named if isinstance(named, list) else [named]):
        why = f"its aud is not {audience}"
        raise TokenRefused(f"the identity token of {kind} is not for Entra", why=why, fix=_fix(kind, audience))
    return token


def _fix(kind: str, audience: str) -> str:
    if kind == "gitlab":
        return f"give the job  id_tokens: {{{GITLAB_VARIABLE}: {{aud: {audience}}}}}"
    if kind == "kubernetes":
        return f"project a service account token with that audience, and name its file in {KUBERNETES_VARIABLE}"
    return "check the runner: each token request names the audience"


def _options(kind: str, audience: str, environ: Mapping[str, str]) -> Mapping[str, Tree]:
    if kind == "gitlab":
        return {"token_env": GITLAB_VARIABLE}
    if kind == "kubernetes":
        return {"token_file": environ.get(KUBERNETES_VARIABLE, identity.KUBERNETES_TOKEN)}
    if kind != "github":
        raise TokenRefused(f"unknown federated: {kind}", fix="federated: github, gitlab or kubernetes")
    if identity.GITHUB_URL not in environ:
        why, fix = "this is not a GitHub job that may request one", "give the job  permissions: {id-token: write}"
        raise SecretMissing("no GitHub identity token here", why=why, fix=fix)
    return {"audience": audience}


def _opened(ref: SecretRef, environ: Mapping[str, str]) -> SecretValue:
    return env.opened(ref, environ) if ref.store == ENV_STORE else file.opened(ref, Path.cwd())
