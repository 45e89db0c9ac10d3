"""The cookies of one console: those marked HttpOnly stay here, the others belong to the browser and its scripts."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cookie:
    name: str
    value: str
    path: str


class Jar:
    """Of one origin, so that only paths tell cookies apart (RFC 6265)."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Cookie] = {}

    def receive(self, lines: str, asked: str) -> tuple[str, ...]:
        """Keeps what is HttpOnly of Set-Cookie headers, one a line; returns the others, for the browser.

        `asked` is the path of the request.
        """
        for_scripts = []
        for line in filter(None, lines.split("\n")):
            pair, *attributes = line.split(";")
            told = dict(_attributes(attributes))
            name, _, value = pair.strip().partition("=")
            path = told["path"] if told.get("path", "").startswith("/") else asked.rpartition("/")[0] or "/"
            self._kept.pop((name, path), None)  # a cookie that was HttpOnly may come again without it
            if "httponly" not in told:
                for_scripts.append(line)
            elif not _is_over(told):
                self._kept[name, path] = _Cookie(name=name, value=value, path=path)
        return tuple(for_scripts)

    def header(self, path: str, of_scripts: Mapping[str, str]) -> str:
        """The value of the header Cookie, longer paths first; empty without cookies."""
        ours = [one for one in self._kept.values() if _is_below(path, one.path)]
        ours.sort(key=lambda one: -len(one.path))
        pairs = [(one.name, one.value) for one in ours]
        named = {name for name, _ in pairs}
        pairs += [(name, value) for name, value in of_scripts.items() if name not in named]
        return "; ".join(f"{name}={value}" for name, value in pairs)


def _attributes(parts: list[str]) -> Iterator[tuple[str, str]]:
    for part in parts:
        name, _, value = part.strip().partition("=")
        yield name.lower(), value


def _is_over(told: Mapping[str, str]) -> bool:
    """Max-Age comes before Expires."""
    if "max-age" in told:
        return not told["max-age"].isdigit() or told["max-age"].strip("0") == ""
    try:
        return parsedate_to_datetime(told.get("expires", "")).timestamp() <= time.time()
    except ValueError:
        return False


def _is_below(path: str, cookie_path: str) -> bool:
    if not path.startswith(cookie_path):
        return False
    return cookie_path.endswith("/") or path[len(cookie_path) :][:1] in ("", "/")
