"""The second line behind redaction by provenance: takes opened secrets out of everything that is logged."""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from reconciler.model.secret import SecretValue

SHORTEST = 4  # characters; hiding a shorter text would make every line unreadable and tell the secret by its holes


class Redactor(logging.Filter):
    """A filter for log handlers: what was added becomes `***`, plain, in base64, URL-encoded or quoted."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._new: list[str] = []  # a run that logs nothing needs no forms of its secrets
        self._forms: dict[str, list[str]] = {}  # by how they begin: a worker logs much, and knows many

    def add(self, value: SecretValue) -> None:
        text = value.reveal()
        with self._lock:
            if len(text) >= SHORTEST and text not in self._known:
                self._known.add(text)
                self._new.append(text)

    def redacted(self, text: str) -> str:
        known = self._by_beginning()
        if not known:
            return text
        begins = {text[at : at + SHORTEST] for at in range(len(text) - SHORTEST + 1)}
        there = {form for beginning in begins if beginning in known for form in known[beginning]}
        # the longest first, so that no form leaves the rest of another one behind
        for form in sorted(there, key=len, reverse=True):
            text = text.replace(form, "***")
        return text

    def _by_beginning(self) -> dict[str, list[str]]:
        with self._lock:
            for form in {form for text in self._new for form in forms(text)}:
                self._forms.setdefault(form[:SHORTEST], []).append(form)
            self._new.clear()
            return self._forms

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.redacted(record.getMessage()), ()
        if record.exc_info:
            # the handler would render the exception after us; render it here instead
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.redacted(record.exc_text)
        if record.stack_info:
            record.stack_info = self.redacted(record.stack_info)
        return True


def forms(text: str) -> Iterator[str]:
    """Every disguise in which a secret may turn up; none is shorter than SHORTEST."""
    import json  # few runs log a thing

    yield from (text, quote(text, safe=""), quote(text), quote_plus(text), json.dumps(text)[1:-1], repr(text)[1:-1])
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            yield _base64(encode(b"\0" * shift + text.encode()).decode(), shift)


def _base64(encoded: str, shift: int) -> str:
    """The part of the base64 that depends on the secret alone, wherever it starts (`AUTH PLAIN` puts a name before)."""
    head = (0, 2, 3)[shift]
    bare = encoded.rstrip("=")
    # a padded last character also depends on what follows the secret
    return bare[head:] if bare == encoded else bare[head:-1]
