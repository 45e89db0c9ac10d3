"""What a reader may ask an Odoo for: reads, and none that would bring a password along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.errors import WriteForbidden

_RIGHTS = ("has_access", "check_access_rights")
# What a reader may call. Whole tables of parameters and users are out: they hold secrets.
READS: Mapping[str, frozenset[str]] = {
    "ir.mail_server": frozenset(
        {"search", "search_read", "read", "search_count", "fields_get", "default_get", *_RIGHTS}
    ),
    "ir.model.data": frozenset({"search", "search_read", "read", "search_count", *_RIGHTS}),
    "ir.config_parameter": frozenset({"search_read", *_RIGHTS}),
    "mail.alias.domain": frozenset({"web_search_read"}),
    "res.company": frozenset({"search_read"}),
    "mail.template": frozenset({"read"}),
    "mailing.mailing": frozenset({"read"}),
    "res.users": frozenset({"context_get", "search_count"}),  # who the connection is
}
# `database.secret` lies beside these, so they are asked for by name, and nothing else is.
PARAMETERS = frozenset(
    {
        *("database.is_neutralized", "web.base.url", "web.base.url.freeze", "base.default_max_email_size"),
        *("mail.default.from_filter", "mail.mail.queue.batch.size", "mail.session.batch.size", "mail.batch_size"),
        *("mail.mail.force.send.limit", "mail.disable_personal_mail_servers", "mail.server.personal.limit.minutes"),
        *("mail.server.personal.limit.minutes_outlook", "mass_mailing.outgoing_mail_server"),
        *("mass_mailing.mail_server_id", "base_setup.default_external_email_server"),
        *("google_gmail_client_id", "microsoft_outlook_client_id"),
    }
)
# of these a reader learns when they were changed, not what they are
SECRET_PARAMETERS = frozenset({"google_gmail_client_secret", "microsoft_outlook_client_secret"})
# Not to be asked for, searched by or sorted by: each of these would tell something about a secret.
SECRET_FIELDS = frozenset(
    {"smtp_pass", "smtp_ssl_private_key", "password", "value"}
    | {
        f"{vendor}_{kind}"
        for vendor in ("google_gmail", "microsoft_outlook")
        for kind in ("refresh_token", "access_token")
    }
)


def check(model: str, method: str, values: Mapping[str, Any]) -> None:
    """Refuses every call that is not a read, or that would touch a secret. Raises WriteForbidden."""
    if method not in READS.get(model, ()):
        raise WriteForbidden(f"{model}.{method}: not on the list of calls a reader may make", why="readers only read")
    if method in ("read", "search_read", "default_get") and not values.get("fields"):
        raise WriteForbidden(f"{model}.{method} without fields would return every secret")
    if (model, method) == ("ir.config_parameter", "search_read") and not _only_named(values):
        raise WriteForbidden("ir.config_parameter.search_read: only parameters on the list, by name")
    if touched := SECRET_FIELDS.intersection(_words(values)) - ({"value"} if model == "ir.config_parameter" else set()):
        raise WriteForbidden(f"{model}.{method} asks for {', '.join(sorted(touched))}", why="plan needs no secret")


def _only_named(values: Mapping[str, Any]) -> bool:
    """Whether the parameters asked for are named, and are no secrets if their values come along."""
    allowed = PARAMETERS if "value" in values.get("fields", ()) else PARAMETERS | SECRET_PARAMETERS
    match values.get("domain"):
        case [["key", "in", list(names)]]:
            return allowed.issuperset(names) and set(values) <= {"domain", "fields"}
    return False


def _words(tree: Any) -> Iterator[str]:
    """Every name in the arguments, also inside "smtp_pass desc, id" and "user_id.password"."""
    if isinstance(tree, str):
        yield from tree.replace(",", " ").replace(".", " ").replace(":", " ").split()
    elif isinstance(tree, Mapping):
        yield from (word for item in tree.items() for part in item for word in _words(part))
    elif isinstance(tree, list | tuple):
        yield from (word for part in tree for word in _words(part))
