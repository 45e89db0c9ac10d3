"""What a server answered, and what a refusal means in plain words. Never shows a body, only its first words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from reconciler.errors import (
    PlatformAnswer,
    PlatformBusy,
    PlatformDenied,
    PlatformError,
    PlatformMissing,
    PlatformRefused,
)
from reconciler.model.secret import SecretValue

BUSY = frozenset({429, 503})
# a proxy or an overloaded server said so, not the application: the same request may work a moment later
PASSING = BUSY | {502, 504}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`sent` holds the secrets of the request, closed: an answer that echoes one is shown without it."""

    what: str  # "POST https://host/path"
    status: int
    headers: Mapping[str, str]  # names in lower case
    content: bytes
    sent: Any = None  # its headers and its body

    @property
    def hidden(self) -> tuple[SecretValue, ...]:
        return tuple(_secrets_in(self.sent))

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        return self.content_type == "application/json" or self.content_type.endswith("+json")

    def json(self) -> Any:
        """The body as data; None when there is none. Raises PlatformAnswer for anything but JSON."""
        if not self.content:
            return None
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            raise self.unexpected() from None  # the library's text may quote the body

    def unexpected(self) -> PlatformAnswer:
        kind = "truncated or broken JSON" if self.is_json else f"{self.content_type or 'no content type'}"
        return PlatformAnswer(
            f"{self.what} answered {self.status} with {kind}" + ("" if self.is_json else f": {self.first_words()}"),
            why="JSON was expected; another program, a proxy or a login page may be answering",
            fix="check connection.url, and what is in between",
        )

    def first_words(self, length: int = 80) -> str:
        text = self.content[:4096].decode("utf-8", "replace")
        text = re.sub(r"(?is)<(script|style)\b.*?(</\1>|$)|<[^>]*>|<!--.*?(-->|$)", " ", text)
        return repr(self.shown(re.sub(r"[^\w\s.,:;!?'()/-]", " ", text), length))

    def shown(self, text: str, length: int = 300) -> str:
        """A part of the body in one line, without the secrets of the request."""
        plain = "".join(letter if letter.isprintable() else " " for letter in text)
        words = without_secrets(" ".join(plain.split()), self.hidden)
        return words if len(words) <= length else words[:length].rsplit(" ", 1)[0] + " …"

    def retry_after(self) -> float | None:
        """Seconds to wait as the server asked; both forms of RFC 9110, 10.2.3."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            return float(value[:9])
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())


# status: the error, what it means, the way out
_MEANING: Mapping[int, tuple[type[PlatformError], str, str]] = {
    401: (PlatformDenied, "the login was refused", "check the credentials under connection"),
    403: (PlatformDenied, "not allowed", "give the connection's user or key permission to do this"),
    404: (PlatformMissing, "not found", "check connection.url"),
    407: (PlatformDenied, "the proxy requires a login", "check connection.proxy"),
}


def refusal(answer: Answer) -> PlatformError:
    """The error for an answer that is not a success."""
    what, status = f"{answer.what} answered {answer.status}", answer.status
    if 300 <= status < 400:
        return PlatformAnswer(
            f"{answer.what} redirects to {_plain(answer.headers.get('location', 'nowhere'))}",
            why="credentials are never forwarded to another address",
            fix="set connection.url to the final address",
        )
    if status in _MEANING:
        kind, meaning, fix = _MEANING[status]
        return kind(f"{what}: {meaning}", fix=fix)
    if status in PASSING:
        wait = answer.retry_after()
        asked = f"; it asks us to wait {wait:.0f} s" if wait else ""
        why = "rate limit" if status == 429 else "overloaded, restarting, or its proxy cannot reach it"
        return PlatformBusy(f"{what}{asked}", why=why, fix="try again later, or raise connection.timeout")
    if not answer.is_json:
        return answer.unexpected()
    if status in (400, 409, 422):
        return PlatformRefused(f"{what}: {answer.first_words(300)}")
    return PlatformAnswer(f"{what}: {answer.first_words(300)}", fix="look at the server's log; run it again")


def _secrets_in(tree: Any) -> Iterator[SecretValue]:
    if isinstance(tree, SecretValue):
        yield tree
    elif isinstance(tree, Mapping | list | tuple):
        for branch in tree.values() if isinstance(tree, Mapping) else tree:
            yield from _secrets_in(branch)


def without_secrets(text: str, hidden: tuple[SecretValue, ...]) -> str:
    """The text with each secret cut out, also where JSON or repr escaped it."""
    for secret in hidden:
        value = secret.reveal()
        for form in {value, json.dumps(value)[1:-1], repr(value)[1:-1]} - {""}:
            text = text.replace(form, "***")
    return text


def _plain(location: str) -> str:
    """A redirect's target without query and fragment, which may carry tokens."""
    return re.split(r"[?#]", location, maxsplit=1)[0][:200]
