"""A refusal of the relay as a result: which cause, whose matter, and whether another attempt could help."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.handshake import CheckResult, Relay
from reconciler.model.text.message import worded
from reconciler.smtp.catalogue.results import failed, inconclusive
from reconciler.smtp.protocol.reply import Reply

if TYPE_CHECKING:
    from reconciler.smtp.replies.classify import Meaning


def meaning(reply: Reply, verb: str, relay: Relay) -> Meaning | None:
    """What the rows know of a refusal; None where they know nothing."""
    from reconciler.smtp.replies import classify  # rows that most runs never need

    return classify.meaning(reply, verb, host=relay.host, username=relay.username)


def hosted(host: str) -> bool:
    """Whether a host is a large provider's, whose settings nobody here can change."""
    from reconciler.smtp.replies import classify

    return classify.provider(host.lower().rstrip(".")) is not None


def turned_away(reply: Reply, found: Meaning | None, *, said: str) -> CheckResult:
    """The banner is a refusal (SMTP102)."""
    told, advice = _known(found, but="busy")
    if lasts(reply, found):
        advice = advice or "ask the relay's owner whether this address may connect"
        reason = f"the server turns us away ({reply.code}){told}"
        return _about(failed("SMTP102", reason, evidence=said, advice=advice), found)
    reason = f"the server is busy ({reply.code}){told}"
    return _about(inconclusive("SMTP102", reason, evidence=said, advice=advice or "try later"), found)


def hello(reply: Reply, found: Meaning | None, *, said: str, stranger: str | None) -> CheckResult:
    """EHLO is refused (SMTP103); `stranger` says what answers there instead of SMTP."""
    told, advice = _known(found, but="syntax")
    if lasts(reply, found):
        reason = f"EHLO is refused ({reply.code}){told}"
        return _about(failed("SMTP103", reason, evidence=said, advice=stranger or advice), found)
    later = worded("try later; it may also refuse this name: see {ehlo_name}")
    return _about(inconclusive("SMTP103", f"EHLO is answered {reply.code}", evidence=said, advice=later), found)


def result(check: str, what: str, reply: Reply, found: Meaning | None, *, said: str) -> CheckResult:
    """`what` names what is refused, e.g. `RCPT a@b.c is`. A code that lasts fails; one that passes is inconclusive."""
    told, advice = _known(found)
    if lasts(reply, found):
        return _about(failed(check, f"{what} refused ({reply.code}){told}", evidence=said, advice=advice), found)
    reason = f"{what} deferred ({reply.code}){told}"
    return _about(inconclusive(check, reason, evidence=said, advice=advice), found)


def lasts(reply: Reply, found: Meaning | None) -> bool:
    """Whether another attempt would be refused as well."""
    return found.lasts if found is not None else not reply.temporary


def relaying(found: Meaning | None, *, logged_in: bool) -> Meaning | None:
    """Relaying is denied: what that means depends on whether there was a login."""
    if found is None or found.cause.name != "relay-denied" or not logged_in:
        return found
    told = "the login was accepted and may not relay: have the relay allow it (Postfix: permit_sasl_authenticated)"
    return replace(found, advice=worded(told))


def _known(found: Meaning | None, *, but: str = "") -> tuple[str, str | None]:
    """The cause in words, and the advice; neither where the cause says no more than the code does."""
    if found is None or found.cause.name == but:
        return "", None
    return f": {found.cause.told}", found.advice


def _about(made: CheckResult, found: Meaning | None) -> CheckResult:
    return made if found is None else replace(made, about=str(found.cause.matter))
