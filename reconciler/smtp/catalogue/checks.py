"""The catalogue of checks. An id never changes its meaning; docs/checks.md is made from it."""

from __future__ import annotations

from reconciler.smtp.catalogue import mail_rows as mail
from reconciler.smtp.catalogue import session_rows as session

CATALOGUE = {
    check.id: check
    for check in (
        *session.STATIC,
        *session.CONNECT,
        *session.TLS,
        *mail.PREDICTED,
        *mail.AUTH,
        *mail.ENVELOPE,
        *mail.MESSAGE,
    )
}

# Opt-in checks of what a relay must refuse. The first ones on a connection of their own, without a login; the others
# inside the session, after the login, in this order: the second one breaks the session off.
ALONE = ("SMTP213", "SMTP305", "SMTP403")
INSIDE = ("SMTP402", "SMTP405")

# What is worked out for the clients of applications, and not tried.
PREDICTED = tuple(check.id for check in mail.PREDICTED)
