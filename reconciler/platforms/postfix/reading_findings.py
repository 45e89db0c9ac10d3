"""What is worth telling of a Postfix that was read: what opens it, what overrides the settings, what will not work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from reconciler.model.change import Change
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.settings import Present
from reconciler.platforms.postfix import defeats, maps, openness
from reconciler.platforms.postfix import networks as lists
from reconciler.platforms.postfix.observed import Observed, entries
from reconciler.platforms.postfix.outcomes import reason
from reconciler.platforms.postfix.spelling import ENVELOPE, VERIFIED, password_map, sender_canonical

_Words: TypeAlias = defeats.Words
WARNING, NOTE = Severity.WARNING, Severity.NOTE
MORE_TRUSTED = "more_trusted"
_OWN_MODE = frozenset({"600", "400"})


def findings(seen: Observed, address: str, directory: str) -> Iterator[Finding]:
    yield from _findings(_state(seen, directory), address)
    yield from _opened(seen, address)
    rest = (*defeats.defeats(seen), *maps.maps(seen, directory), *_login(seen, directory), *_rules(seen, directory))
    yield from _findings(rest, address)


def _findings(words: Iterable[_Words], address: str) -> Iterator[Finding]:
    for severity, rule, what, why, fix, field in words:
        yield Finding(severity=severity, rule=rule, what=what, why=why, fix=fix, address=address, field=field)


def _state(seen: Observed, directory: str) -> Iterator[_Words]:
    if seen.running is False:
        what, why = (
            "Postfix is not running",
            "no mail is sent; and nothing is written, as Postfix could not be asked whether it accepts it",
        )
        yield WARNING, "not-running", what, why, "systemctl start postfix, or postfix start", None
    if seen.left_behind:
        what = f"{directory}/.reconciler exists: a write was interrupted, or is running"
        fix = "if no other run is active: compare it with the files beside it, restore what you need, then remove it"
        yield WARNING, "write-broken-off", what, "it holds the earlier files", fix, None
    if seen.broken is not None:
        what = f"main.cf is invalid: {reason(seen.broken)}"
        why = "Postfix runs on what it read before, and will not start again after a restart"
        yield WARNING, "main-cf-broken", what, why, "correct it by hand, then plan again", None


def _opened(seen: Observed, address: str) -> Iterator[Finding]:
    for service, opening in _openings(seen):
        at = f"service {service} in master.cf: " if service else ""
        # what a service says of itself is no setting of ours: no change of one ends it
        its_own = opening.parameter in seen.services.get(service, ())
        yield Finding(
            severity=WARNING,
            rule="open-relay",
            holds=Holds.ALWAYS if its_own else Holds.UNTIL_CHANGED,
            what=f"{at}{opening.what}",
            why=opening.why,
            fix=opening.fix,
            address=address,
            field=None if its_own else opening.field,
        )


def _login(seen: Observed, directory: str) -> Iterator[_Words]:
    if seen.mode is not None and seen.mode not in _OWN_MODE:
        path = password_map(directory)
        why, fix = (
            "it holds a password in clear text; the next write of a password corrects the mode",
            f"chmod 600 {path}*",
        )
        yield WARNING, "secret-readable-by-others", f"{path} has mode {seen.mode}", why, fix, "password"
    if seen.user_hidden and seen.broken is None:
        what = "user and password map cannot be read by this user"
        why = "so a change of the user by hand shows only in the file's modification time"
        yield NOTE, "login-not-readable", what, why, "read as root to compare it, or accept this", None
    if _trusts_nobody(seen):
        why = "smtp_tls_CAfile and smtp_tls_CApath are empty, so no certificate is trusted, and mail stays in the queue"
        fix = "tls_ca_file: /etc/ssl/certs/ca-certificates.crt"
        yield WARNING, "no-ca", "there is no CA to verify the relay with", why, fix, "tls_ca_file"


def _rules(seen: Observed, directory: str) -> Iterator[_Words]:
    tables = entries(seen.here.get("sender_canonical_maps"))
    if tables and tables != (sender_canonical(directory),):
        what = f"sender_canonical_maps has {', '.join(tables)}"
        why = "Postfix has one such list: rewrite_sender.envelope would replace these maps"
        fix = "remove them first, or leave out rewrite_sender.envelope"
        yield Severity.ERROR, "map-of-others", what, why, fix, ENVELOPE  # stops what would change that field


def _openings(seen: Observed) -> Iterator[tuple[str, openness.Opening]]:
    """Of Postfix as a whole, then of each service that has other words of its own."""
    whole = seen.effective
    if found := _opening(whole):
        yield "", found
    for service, own in seen.services.items():
        if service.endswith("/inet") and (found := _opening({**whole, **own})):
            yield service, found


def _opening(effective: Mapping[str, str]) -> openness.Opening | None:
    networks = lists.networks(entries(effective.get("mynetworks")))
    found = openness.opening(networks, lists.restrictions(effective.get("smtpd_relay_restrictions", "")))
    if found is None:
        return None
    # both lists have to let a stranger in
    others = lists.restrictions(effective.get("smtpd_recipient_restrictions", ""))
    return found if not others or openness.opening(networks, others) else None


def _trusts_nobody(seen: Observed) -> bool:
    trusted = seen.effective.get("smtp_tls_CAfile") or trusts_more(seen)
    return seen.effective.get("smtp_tls_security_level") == "secure" and not trusted


def trusts_more(seen: Observed) -> bool:
    """Whether authorities are trusted beside those of tls_ca_file."""
    effective = seen.effective
    return bool(effective.get("smtp_tls_CApath")) or effective.get("tls_append_default_CA") == "yes"


def unverifiable(change: Change, live: Present) -> Finding | None:
    """A write that would have Postfix verify the relay by nobody: `write.sh` refuses it (step ca)."""
    after = {**live.settings, **{one.field: one.after for one in change.fields}}
    touched = any(one.field in ("encryption", "tls_ca_file") for one in change.fields)
    if (
        not touched
        or after.get("encryption") not in VERIFIED
        or after.get("tls_ca_file")
        or live.beside.get(MORE_TRUSTED, True)
    ):
        return None
    return Finding(
        severity=Severity.ERROR,
        rule="no-ca",
        holds=Holds.UNTIL_DECIDED,
        what="there is no CA to verify the relay with",
        why="smtp_tls_CAfile and smtp_tls_CApath would be empty: no certificate is trusted, mail stays in the queue",
        fix="tls_ca_file: /etc/ssl/certs/ca-certificates.crt",
        address=str(change.address),
        field="tls_ca_file",
    )
