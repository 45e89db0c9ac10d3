"""Says which settings are missing, each cause once: at the relay when no user of it says them, else at the resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.model.finding import Finding
from reconciler.model.handshake import Level
from reconciler.pipeline.policy.subjects import Subject
from reconciler.pipeline.resolve.relays import ROUTE

_EXAMPLES = {
    "host": "smtp.example.com",
    "port": "587",
    "encryption": "starttls",
    "auth": "basic",
    "username": "no-reply@example.com",
    "password": "{vault: mail/prod/submission#password}",
    "oauth2.provider": "entra",
    "oauth2.client_secret": "{vault: mail/prod/exchange#client_secret}",
    "sender.address": "no-reply@example.com",
    "verify.recipient": "postmaster@example.com",
}
_PROVIDERS = {
    "entra": ("username", "oauth2.tenant_id", "oauth2.client_id"),
    "client_credentials": ("username", "oauth2.token_url", "oauth2.client_id", "oauth2.client_secret"),
}


_WITHOUT_LOGIN = (str(Level.CONNECT), str(Level.TLS))
_ENVELOPE = ("sender.address", "verify.recipient")
_ENTRA_CREDENTIALS = ("oauth2.federated", "oauth2.certificate", "oauth2.client_secret")  # one of them


def findings(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """A relay may leave a setting to those that use it: then each of them has to say it."""
    users: dict[str, list[Subject]] = {}
    for subject in subjects:
        if subject.relay:
            users.setdefault(subject.relay, []).append(subject)
    told: set[tuple[str, str]] = set()  # relay and field
    for subject in subjects:
        for cause, needed in _needed(subject):
            missing = [field for field in needed if subject.settings.get(field) is None]
            mine = users.get(subject.address, ())
            left = {field for field in missing if any(user.settings.get(field) is not None for user in mine)}
            known = {field for field in missing if (subject.relay, field) in told and not subject.here(field)}
            if unsaid := [field for field in missing if field not in left | known]:
                told |= {(subject.address, field) for field in unsaid}
                yield _missing(subject, unsaid, cause)


def at_level(subjects: Iterable[Subject], level: Level) -> Iterator[Finding]:
    """What a level that the command line asks for needs of each of these; a relay speaks for those that name it."""
    needed = _ENVELOPE if level.rank >= Level.ENVELOPE.rank else ()
    told: set[tuple[str | None, str]] = set()
    for subject in subjects:
        missing = [field for field in needed if subject.settings.get(field) is None]
        unsaid = [field for field in missing if (subject.relay, field) not in told or subject.here(field)]
        told |= {(subject.address, field) for field in missing}
        if unsaid:
            yield _missing(subject, unsaid, "verify.level", asked=f"--level {level}")


def _needed(subject: Subject) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is needed, by the setting that asks for it."""
    settings = subject.settings
    said = {field for field in ROUTE if field in settings}
    if "host" not in said or any(settings[field] is not None for field in said):  # else the whole route is cleared
        yield "", ROUTE
    if settings.get("auth") == "basic":
        yield "auth", ("username", "password")
    if settings.get("auth") == "oauth2" and settings.get("verify.level") in _WITHOUT_LOGIN:
        yield "auth", ("username",)  # the platform has a login of its own, or needs none of ours
    elif settings.get("auth") == "oauth2":
        provider = str(settings.get("oauth2.provider"))
        needed = _PROVIDERS.get(provider, ("oauth2.provider",))
        alone = provider == "entra" and all(settings.get(field) is None for field in _ENTRA_CREDENTIALS)
        yield "auth", (*needed, "oauth2.client_secret") if alone else needed
    if settings.get("verify.level") in ("envelope", "message"):
        yield "verify.level", _ENVELOPE


def _missing(subject: Subject, fields: list[str], cause: str, *, asked: str | None = None) -> Finding:
    """`asked` is what asks for them where no file does."""
    names = _listed(fields)
    cleared = [field for field in fields if field in subject.origin]  # no setting but null has an origin here
    said = "cleared by null" if len(cleared) == len(fields) else "missing"
    value = asked or (f"{cause}: {subject.settings.get(cause)}" if cause else "")
    if cause == "auth" and subject.settings.get("auth") == "oauth2" and subject.settings.get("oauth2.provider"):
        value += f" with provider {subject.settings.get('oauth2.provider')}"
    beside = [field for field in subject.origin if field.startswith("verify.")] if asked else []
    where = subject.where(*cleared) if cleared else subject.where(cause, *beside) if cause else subject.position
    return subject.error(
        "missing-setting",
        fields[0],
        f"{names}: {said}{f', and {value} needs {_them(fields)}' if value else ''}",
        _WHY[cause].format(them=_them(fields)),
        _fix(subject, fields),
        where,
    )


_WHY = {
    "": "without host, port, encryption and auth, no handshake can prove that mail can be sent",
    "auth": "without {them}, no login at the relay is possible",
    "verify.level": "MAIL FROM and RCPT TO each need an address",
}


def _fix(subject: Subject, fields: list[str]) -> str:
    groups: dict[str, list[str]] = {}
    for field in fields:
        group, _, name = field.rpartition(".")
        groups.setdefault(group, []).append(f"{name}: {_EXAMPLES.get(field, '…')}")
    said = ", ".join(
        f"{group}: {{{', '.join(examples)}}}" if group else ", ".join(examples) for group, examples in groups.items()
    )
    lonely = fields[0] in ROUTE and subject.of_resource and subject.relay is None
    return f"relay: NAME of a relay that has {_them(fields)}, or {said}" if lonely else said


def _listed(fields: list[str]) -> str:
    return fields[0] if len(fields) == 1 else f"{', '.join(fields[:-1])} and {fields[-1]}"


def _them(fields: list[str]) -> str:
    return "it" if len(fields) == 1 else "them"
