"""What becomes of a client that sends its credential in the line of AUTH; only the length of that is told."""

from __future__ import annotations

from reconciler.model.handshake import CheckResult
from reconciler.model.secret import SecretValue
from reconciler.smtp.catalogue import auth_lines
from reconciler.smtp.catalogue.results import failed, passed, warned
from reconciler.smtp.protocol import sasl
from reconciler.smtp.protocol.reply import Reply
from reconciler.smtp.session import as_client
from reconciler.smtp.session.dialog import Dialog

_IN_ONE = ("PLAIN", "XOAUTH2", "OAUTHBEARER")


def check(dialog: Dialog, mechanism: str, username: str, secret: SecretValue) -> CheckResult:
    """SMTP306 of a token that was accepted."""
    size = _size(dialog, mechanism, username, secret)
    limit = auth_lines.of(dialog.first)
    shown = f"AUTH {mechanism} with this token is a line of {size:,} bytes"
    if limit is not None and size > limit.most:
        reason = f"{shown}; {limit.server} takes {limit.most:,}, and a client that sends it in one is refused"
        return warned("SMTP306", reason, evidence=f"{limit.refusal} ({limit.source})")
    if size > auth_lines.RFC_4954:
        return warned("SMTP306", f"{shown}; servers need not take more than {auth_lines.RFC_4954:,} (RFC 4954)")
    return passed("SMTP306", f"{shown}{f', within the {limit.most:,} of {limit.server}' if limit else ''}")


def refused(dialog: Dialog, secret: SecretValue, reply: Reply, said: str) -> CheckResult | None:
    """SMTP302 where the line was longer than the server takes, which says nothing of the credential."""
    mechanism, relay = dialog.log.mechanism or "", dialog.relay
    if not as_client.form(dialog.clients, relay.auth, mechanism).one_line or mechanism not in _IN_ONE:
        return None
    size = _size(dialog, mechanism, relay.username or "", secret)
    limit = auth_lines.of(dialog.first)
    if limit is None or size <= limit.most:
        return None
    line = f"AUTH {mechanism} in one line of {size:,} bytes"
    advice = (
        "the application's mail client does not wait for 334: use a shorter credential (a token grows with its roles "
        f"and groups), or have the relay take longer lines ({limit.source.partition(';')[0]})"
    )
    reason = f"{line} is refused ({reply.code}): {limit.server} takes {limit.most:,}"
    return failed("SMTP302", reason, evidence=said, advice=advice)


def _size(dialog: Dialog, mechanism: str, username: str, secret: SecretValue) -> int:
    """Of the whole line in bytes, its end included."""
    relay = dialog.relay
    if mechanism == "PLAIN":
        first = sasl.plain(username, secret)
    else:
        first = sasl.bearer(mechanism, username, secret, relay.host.rstrip("."), relay.port)
    return len(f"AUTH {mechanism} ") + len(first) + 2
