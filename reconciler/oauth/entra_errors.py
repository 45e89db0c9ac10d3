"""What Microsoft Entra's refusals (AADSTS codes) mean, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from reconciler.errors import TokenBusy, TokenError, TokenRefused
from reconciler.model.handshake import OAuth2
from reconciler.model.secret import SecretValue
from reconciler.secrets.redact import Redactor

_CLIENT = "check oauth2.client_id and oauth2.tenant_id"
_FEDERATED = "compare issuer, subject and audience of the application's federated credential with this job's identity"

# code: what it means, what to do. [K]: general knowledge, not confirmed against Microsoft's documentation here.
MEANING: Mapping[int, tuple[str, str]] = {
    7000215: (
        "the client secret is wrong",
        "store the secret's value (not its id) again where oauth2.client_secret points",
    ),
    7000222: ("the client secret has expired", "make a new client secret and store it"),  # [K]
    700016: ("the application is not known in this tenant", _CLIENT),
    700027: (
        "the certificate is not registered with the application, or its key does not match",
        "upload this certificate to the application, or store the one that is registered in oauth2.certificate",
    ),
    700024: ("the signed assertion is not valid at this time", "set this host's clock"),  # [K]
    700211: ("no federated credential trusts the issuer of this job's identity token", _FEDERATED),  # [K]
    700212: ("no federated credential trusts the audience of this job's identity token", _FEDERATED),  # [K]
    700213: ("no federated credential trusts the subject of this job's identity token", _FEDERATED),  # [K]
    7000112: ("the application is disabled", "enable its sign-in under Enterprise applications"),  # [K]
    7000229: (
        "the application has no service principal in this tenant",
        "add the application to the tenant: an administrator opens its consent page",
    ),  # [K]
    90002: ("the tenant is not known in this cloud", "check oauth2.tenant_id and oauth2.authority_host"),  # [K]
    900023: ("the tenant is neither an id nor a domain", "check oauth2.tenant_id"),  # [K]
    500011: (
        "oauth2.scope names a resource that this tenant does not have",
        "check oauth2.scope, and that it matches the cloud",
    ),  # [K]
    1002012: ("the scope does not end in /.default", "oauth2: {scope: https://outlook.office365.com/.default}"),
    70011: ("the scope is not valid", "oauth2: {scope: https://outlook.office365.com/.default}"),  # [K]
    65001: (
        "nobody has consented to the application's permissions",
        "give it the application permission SMTP.SendAsApp, and grant admin consent",
    ),  # [K]
    50034: ("the account is not in this directory", _CLIENT),  # [K]
    53003: (
        "Conditional Access blocks the application",
        "exclude it, or have the policy accept this host's address",
    ),  # [K]
}
PASSING = frozenset({90033, 90055, 50196})  # a passing failure, too many requests, a loop of requests [K]
_JWT = re.compile(r"[\w-]{16,}\.[\w-]{16,}\.[\w-]*")


def refusal(answer: Mapping[str, object], question: OAuth2, hidden: Iterable[SecretValue] = ()) -> TokenError:
    """The error for Entra's answer. Texts of unknown codes are shown in short, without secrets."""
    codes = tuple(_codes(answer))
    known = next((code for code in codes if code in MEANING), None)
    where = f"{question.authority_host} refused a token for client {question.client_id}"
    about = tuple(filter(None, (_named(codes, known), _correlation(answer))))
    if known is not None:
        what, fix = MEANING[known]
        return TokenRefused(f"{where}: {what}", why=", ".join(about), fix=fix)
    what = f"{where}: {_text(answer, hidden)}"
    if PASSING & set(codes) or answer.get("error") in ("temporarily_unavailable", "server_error"):
        return TokenBusy(what, why=", ".join(about) or None, fix="run it again later")
    fix = f"look it up: https://{question.authority_host}/error?code={codes[0]}" if codes else _CLIENT
    return TokenRefused(what, why=", ".join(about) or None, fix=fix)


def _codes(answer: Mapping[str, object]) -> Iterable[int]:
    found = answer.get("error_codes")
    if isinstance(found, list):
        yield from (code for code in found if isinstance(code, int))
    # discovery and old endpoints name it in the text alone
    yield from map(int, re.findall(r"AADSTS(\d{4,9})", str(answer.get("error_description", ""))))


def _named(codes: tuple[int, ...], known: int | None) -> str | None:
    shown = known or (codes[0] if codes else None)
    return None if shown is None else f"AADSTS{shown}"


def _correlation(answer: Mapping[str, object]) -> str | None:
    found = str(answer.get("correlation_id") or "")
    return f"correlation id {found}" if re.fullmatch(r"[0-9A-Za-z-]{8,64}", found) else None


def _text(answer: Mapping[str, object], hidden: Iterable[SecretValue]) -> str:
    """The error's name and its first sentence."""
    redactor = Redactor()
    for secret in hidden:
        redactor.add(secret)
    text = str(answer.get("error_description") or "").split("Trace ID")[0]
    words = " ".join(f"{answer.get('error') or 'no reason'}: {text}".split())
    plain = "".join(letter for letter in _JWT.sub("***", redactor.redacted(words)) if letter.isprintable())
    return plain.rstrip(": ")[:200]
