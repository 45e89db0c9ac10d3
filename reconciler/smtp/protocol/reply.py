"""SMTP replies out of bytes (RFC 5321, section 4.2). Pure: how the bytes were cut into packets makes no difference."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

MAX_LINE = 8192  # RFC 5321 allows 512; real banners and capabilities are sometimes longer
MAX_REPLY = 65536
_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])([^\n]*))?")
_WHOLE = re.compile(rb"([2-5][0-9]{2})(?:-[^\n]*\n\1)*(?: [^\n]*|\r)?\n")


_NOTHING: frozenset[str] = frozenset()


class Malformed(Exception):
    """Not an SMTP reply, or one without end."""

    def __init__(self, what: str, evidence: bytes) -> None:
        super().__init__(what)
        self.what, self.evidence = what, evidence[:200]


class Reply(NamedTuple):
    """`lines` are as they came, code included, without the line end."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def temporary(self) -> bool:
        return 400 <= self.code < 500


class Replies:
    """Bytes in, replies out; what `take` has not used yet stays in `pending`."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._scanned = 0  # there is no line end before this place
        self._lines: list[bytes] = []
        self._size = 0

    @property
    def pending(self) -> bytes:
        """Everything that came and is not part of a reply that was taken."""
        if not self._lines and not self._data:  # nearly always
            return b""
        return b"".join(line + b"\r\n" for line in self._lines) + bytes(self._data)

    def feed(self, data: bytes | memoryview) -> None:
        self._data += data

    def cut(self, count: int) -> bytes | None:
        """The next bytes as they are, or None while there are fewer."""
        if len(self._data) < count:
            return None
        found = bytes(self._data[:count])
        del self._data[:count]
        self._scanned = 0
        return found

    def take(self) -> Reply | None:
        """The next whole reply, or None while it is not there yet. Raises Malformed."""
        if not self._data:
            return None
        if not self._lines and len(self._data) < MAX_LINE and (match := _WHOLE.fullmatch(self._data)) is not None:
            return self._whole(int(match[1]))
        while (line := self._line()) is not None:
            if (match := _LINE.fullmatch(line)) is None:
                raise Malformed("not an SMTP reply", line)
            if self._lines and self._lines[0][:3] != match[1]:
                raise Malformed("the code changes in the middle of a reply", line)
            self._lines.append(line)
            if match[2] != b"-":
                reply = Reply(code=int(match[1]), lines=tuple(self._lines))
                self._lines, self._size = [], 0
                return reply
        return None

    def _whole(self, code: int) -> Reply:
        """As nearly every reply comes: all of it, and nothing else. Line by line would take five times as long."""
        lines = bytes(self._data).split(b"\n")
        self._data.clear()
        self._scanned = 0
        return Reply(code=code, lines=tuple([line.removesuffix(b"\r") for line in lines[:-1]]))

    def _line(self) -> bytes | None:
        end = self._data.find(b"\n", self._scanned)
        if (end if end >= 0 else len(self._data)) >= MAX_LINE:
            raise Malformed(f"a line of more than {MAX_LINE} bytes", bytes(self._data[:200]))
        if end < 0:
            self._scanned = len(self._data)
            return None
        self._size += end + 1
        if self._size > MAX_REPLY:
            raise Malformed(f"a reply of more than {MAX_REPLY} bytes", bytes(self._data[:200]))
        line = bytes(self._data[:end])
        del self._data[: end + 1]
        self._scanned = 0
        return line.removesuffix(b"\r")


def capabilities(reply: Reply) -> Mapping[str, frozenset[str]]:
    """What EHLO offers: keyword to parameters, both in capitals. `AUTH=` is an old way to write AUTH.

    RFC 5321, section 4.1.1.1.
    """
    return _offered(reply.lines[1:])


@lru_cache(maxsize=256)  # servers of one kind offer the same
def _offered(lines: tuple[bytes, ...]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    text = b"\n".join(lines).decode("ascii", "replace").upper()
    for line in text.split("\n"):
        words = line[4:].replace("AUTH=", "AUTH ", 1).split()
        if words:
            found[words[0]] = found.get(words[0], _NOTHING) | frozenset(words[1:])
    return MappingProxyType(found)
