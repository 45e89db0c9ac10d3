"""The login at the relay: whether, how, and what becomes of the password map."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.errors import PlatformRefused
from reconciler.platforms.postfix.observed import entries
from reconciler.platforms.postfix.spelling import NOT_PLAIN, is_ours, password_map
from reconciler.platforms.postfix.wanted import ROUTE, Wanted


def action(want: Wanted) -> str:
    """set, keep, remove or leave, as `write.sh` knows them.

    Raises PlatformRefused for half a login, or one that is unknown and would have to move.
    """
    username, password = want.after.get("username"), want.after.get("password")
    if want.touches("password") and password is not None:
        if username is None:
            raise PlatformRefused("a password without a username", fix="declare both, or clear both with null")
        return "set"
    if want.touches("username", "password") and username is None:
        return "remove" if _ours(want) else "leave"
    if want.touches("password"):
        raise PlatformRefused("a username without a password", fix="declare both, or clear both with null")
    moved = want.touches(*ROUTE) and bool(want.relayhost) and want.relayhost != want.former_relayhost
    if moved and want.seen.user_hidden and not want.touches("username"):
        raise PlatformRefused(
            "the current login is unknown, and it would have to move to the new relay",
            why="the password map cannot be read, or main.cf is invalid",
            fix="connect as root, or declare auth, username and password too",
        )
    if username is None or not (moved or want.touches("username")):
        return "leave"
    if want.seen.other == username:  # another map knows this login: ours steps aside
        return "remove"
    if not _ours(want):
        raise PlatformRefused(
            "this relay's password is in a map that reconciler does not manage",
            why=f"a map is looked up by the relay's name, so {want.relayhost or 'another user'} would have no password",
            fix="declare auth, username and password too",
        )
    return "keep"


def parameters(want: Wanted, login: str) -> Mapping[str, str | None]:
    """Of main.cf. Raises PlatformRefused for a map that holds the password in main.cf itself."""
    found: dict[str, str | None] = {}
    auth = want.after.get("auth")
    if want.touches("auth"):
        found["smtp_sasl_auth_enable"] = {"basic": "yes", NOT_PLAIN: "yes", "none": "no"}.get(str(auth))
    # Postfix refuses PLAIN and LOGIN unless told; inside TLS that is told apart from in clear
    options = "smtp_sasl_tls_security_options" if want.encrypted else "smtp_sasl_security_options"
    if auth in ("basic", NOT_PLAIN) and want.touches("auth", "encryption"):
        found[options] = "noanonymous" if auth == "basic" else "noplaintext, noanonymous"
    elif auth is None and want.touches("auth"):
        found["smtp_sasl_tls_security_options"] = None
    if login != "leave":
        found["smtp_sasl_password_maps"] = _maps(want, login)
    return found


def _maps(want: Wanted, login: str) -> str | None:
    """Ours first: the first map that knows the relay decides. The maps of others stay, for other relays."""
    others = [
        table
        for table in entries(want.seen.written.get("smtp_sasl_password_maps"))
        if not is_ours(table, want.directory)
    ]
    if closed := [table for table in others if table.endswith(":***")]:
        kind = closed[0].partition(":")[0]
        raise PlatformRefused(
            f"smtp_sasl_password_maps has a {kind}: table, with the password in main.cf itself",
            why="reconciler does not read it, so it could not be restored, and everyone on that host can read it",
            fix="remove it there: postconf -X smtp_sasl_password_maps",
        )
    database = want.seen.effective.get("default_database_type", "hash")
    ours = [] if login == "remove" else [f"{database}:{password_map(want.directory)}"]
    return ", ".join([*ours, *others]) or None


def _ours(want: Wanted) -> bool:
    tables = entries(want.seen.here.get("smtp_sasl_password_maps"))
    return want.seen.stamp is not None and any(is_ours(table, want.directory) for table in tables)
