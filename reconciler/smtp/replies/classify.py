"""A refusal to its cause: by enhanced code, then by text, then by verb. The rows of a known provider come first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from reconciler.model.text.message import Message, worded
from reconciler.smtp.protocol.reply import Reply
from reconciler.smtp.replies import codes, login_texts, mail_texts, provider_rows, reply_rows
from reconciler.smtp.replies.causes import CAUSES, Cause
from reconciler.smtp.replies.rows import Provider, Row

# after the code, or anywhere as #5.7.1 (qmail, Cisco)
_ENHANCED = re.compile(r"(?<![\d.])#?([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_WAIT = (
    (re.compile(r"\b(\d+)\s*s(ec(ond)?s?)?\b", re.IGNORECASE), 1),
    (re.compile(r"\b(\d+)\s*min(ute)?s?\b", re.IGNORECASE), 60),
)
_CLOCK = re.compile(r"\b(\d{2}):(\d{2}):(\d{2})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """`advice` is None where the check's own is better; `lasts` whether another attempt would be refused as well.

    `again` is after how many seconds the reply asks for the next attempt, where it says.
    """

    cause: Cause
    advice: Message | None
    source: str
    lasts: bool
    again: float | None = None


def meaning(reply: Reply, verb: str, *, host: str = "", username: str | None = None) -> Meaning | None:
    """None where nothing is known. `verb` is AUTH, MAIL, RCPT, DATA, EHLO, or CONNECT for the banner."""
    return _meaning(reply.code, reply.lines, verb, host.lower().rstrip("."), username)


@lru_cache(maxsize=256)  # a run hears the same refusal from a relay many times
def _meaning(code: int, lines: tuple[bytes, ...], verb: str, host: str, username: str | None) -> Meaning | None:
    said = b" ".join(line if not at else line[4:] for at, line in enumerate(lines)).decode("utf-8", "replace")
    found = _enhanced(said)
    row = _row(said, found[1] if found else "", verb, host, username)
    if row is None:
        return None
    cause = CAUSES[row.cause]
    permanent = code >= 500 or (found is not None and found[0] == "5")
    lasts = permanent if cause.lasts is None else cause.lasts
    told = worded(row.advice) if row.advice else cause.advice
    again = _wait(said) if cause.name == "greylisted" else None
    return Meaning(cause=cause, advice=told, source=row.source, lasts=lasts, again=again)


def _row(said: str, detail: str, verb: str, host: str, username: str | None) -> Row | None:
    known = provider(host)
    return (
        (_misnamed(known, said, verb, username) if known else None)
        or _first(said, verb, known.rows if known else ())
        or _first(said, verb, reply_rows.ROWS)
        or _coded(codes.SURE, detail, verb)
        or _first(said, verb, login_texts.ROWS if verb == "AUTH" else mail_texts.ROWS)
        or _coded(codes.BROAD, detail, verb)
        or _first(said, verb, login_texts.BY_CODE if verb == "AUTH" else mail_texts.BY_CODE)
    )


def _first(said: str, verb: str, rows: Sequence[Row]) -> Row | None:
    return next((row for row in rows if _fits(row, said, verb)), None)


def _fits(row: Row, said: str, verb: str) -> bool:
    return (not row.verbs or verb in row.verbs) and _compiled(row.pattern).search(said) is not None


def _coded(table: dict[str, str], detail: str, verb: str) -> Row | None:
    if verb == "AUTH" and detail[:2] in ("1.", "2.", "5."):  # of addresses, mailboxes, and too general
        return None
    if (cause := table.get(detail)) is None:
        return None
    if detail == "7.13" and verb != "AUTH":  # RFC 5248 means the login; others the recipient
        cause = "recipient-suspended"
    return Row(pattern="", cause=cause, source=f"enhanced status code x.{detail}")


def _misnamed(known: Provider, said: str, verb: str, username: str | None) -> Row | None:
    """A login that cannot succeed, whatever the password, as the user name has another form than the provider's."""
    if verb != "AUTH" or username is None or not known.username or not re.match(r"(535|530|501)", said):
        return None
    if re.fullmatch(known.username, username):
        return None
    return Row(pattern="", cause="user-name", advice=known.login, source=known.source)


def provider(host: str) -> Provider | None:
    """The large provider whose host this is: lower case, without a trailing dot."""
    return next((one for one in provider_rows.PROVIDERS if one.is_at(host)), None) if host else None


def _enhanced(said: str) -> tuple[str, str] | None:
    match = _ENHANCED.search(said)
    return (match[1], f"{int(match[2])}.{int(match[3])}") if match else None


def _wait(said: str) -> float | None:
    if (match := _CLOCK.search(said)) is not None:
        return int(match[1]) * 3600.0 + int(match[2]) * 60 + int(match[3])
    return next((float(match[1]) * unit for pattern, unit in _WAIT if (match := pattern.search(said))), None)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)
