"""The catalogue of checks. An id never changes its meaning; docs/checks.md is made from it."""

from __future__ import annotations

from reconciler.smtp.catalogue import mail_rows as mail
from reconciler.smtp.catalogue import session_rows as session

CATALOGUE = {
    check.id: check
    for check in (*session.STATIC, *session.CONNECT, *session.TLS, *mail.AUTH, *mail.ENVELOPE, *mail.MESSAGE)
}
