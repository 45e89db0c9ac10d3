"""A change as the parameters of `write.ps1`: what changes with its value, all else by name, to be kept. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.drivers.powershell.values import Parameter
from reconciler.errors import PlatformRefused
from reconciler.model.address import Resource
from reconciler.model.change import Action, Change
from reconciler.model.settings import Settings, Value
from reconciler.platforms.sharepoint import character_sets, spelling

_KEPT = {
    "host": "Host",
    "port": "Port",
    "sender.address": "From",
    "reply_to": "ReplyTo",
    "character_set": "CodePage",
    "encryption": "Tls",
    "username": "User",
    "override_envelope_sender": "Envelope",
}


def parameters(change: Change) -> dict[str, Parameter]:
    """All but Password, which is opened as it is sent. Raises PlatformRefused for what no plan of ours says."""
    if change.action is Action.ARCHIVE or change.id is None:
        raise PlatformRefused(
            f"{change.address}: reconciler does not take a web application out of use", fix="plan again"
        )
    given = {one.field: one.after for one in change.fields}
    if unknown := given.keys() - spelling.FIELDS:
        raise PlatformRefused(f"{change.address}: no setting {', '.join(sorted(unknown))}", fix="plan again")
    return {"Id": str(change.id), **written(change.address.resource, given)}


def written(resource: Resource, given: Settings) -> dict[str, Parameter]:
    """All but Id and Password."""
    print_ = given.get("smtp_certificate")
    return {
        "Central": resource.collection == spelling.FARM,
        "Keep": tuple(name for field, name in _KEPT.items() if field not in given),
        "MailHost": _text(given, "host"),
        "Port": _number(given.get("port"), 25),
        "From": _text(given, "sender.address"),
        "ReplyTo": _text(given, "reply_to"),
        "CodePage": character_sets.page(given.get("character_set")) or character_sets.UTF_8,
        "Tls": given.get("encryption") == "starttls",
        "Auth": _auth(given),
        "User": _text(given, "username"),
        "Envelope": given.get("override_envelope_sender") is True,
        "CertificateMode": "preserve" if "smtp_certificate" not in given else "use" if print_ else "none",
        "Thumbprint": _text(given, "smtp_certificate"),
    }


def _auth(given: Mapping[str, Value]) -> str:
    """`preserve` sends no credentials at all: SharePoint then keeps those that it has.

    A user without a password is written with the password that is stored there.
    """
    if given.get("password") is not None or given.get("username") is not None:
        return "authenticated"
    cleared = any(name in given and given[name] in (None, "none") for name in ("auth", "username", "password"))
    return "anonymous" if cleared else "preserve"


def _text(given: Mapping[str, Value], field: str) -> str:
    value = given.get(field)
    return "" if value is None else str(value)


def _number(value: Value, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default
