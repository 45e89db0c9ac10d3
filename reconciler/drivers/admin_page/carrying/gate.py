"""Which requests of a page are carried, and why the others are not. Knows no browser and sends nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, unquote, urlsplit

from reconciler.drivers.admin_page.console import Console
from reconciler.drivers.admin_page.page_map import PageMap
from reconciler.model.secret import SecretValue

SAFE_VERBS = frozenset({"GET", "HEAD"})
_STATIC = re.compile(r"\.(?:css|js|mjs|map|png|gif|jpe?g|svg|ico|webp|woff2?|ttf|eot|otf)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """`verb` is that of HTTP, or what a page does beside it; `target` is a path or an origin, without values."""

    verb: str
    target: str
    why: str
    writes: bool  # it would have sent something

    @property
    def what(self) -> str:
        return f"{self.verb} {self.target}"


class Gate:
    """Closed: pages, static files and declared data are read, and nothing is sent but what `grant` lets pass, once.

    Only a session that writes calls `open`.
    """

    def __init__(self, page_map: PageMap, console: Console) -> None:
        below = console.path
        self._origin = console.origin
        self._pages = frozenset(below + address for address in page_map.addresses)
        self._reads = _patterns(below, page_map.reads)
        self._writes = None if page_map.writes is None else _patterns(below, page_map.writes)
        self._below = below
        self._logins = _patterns(below, page_map.login.posts)
        self._logouts = _patterns(below, page_map.logout.posts if page_map.logout else ())
        self._secrets = [value for value in console.login.values() if isinstance(value, SecretValue)]
        self._granted: tuple[re.Pattern[str], ...] = ()
        self._open = False
        self._expected: set[str] = set()

    def grant(self, *, logout: bool = False) -> None:
        """The login, or the logout, may be posted once; called as its button is pressed."""
        self._granted = self._logouts if logout else self._logins

    def withdraw(self) -> None:
        self._granted = ()

    def open(self, secrets: Iterable[SecretValue]) -> None:
        """From here on the page may send; these secrets still in no address."""
        self._open = True
        self._secrets += secrets

    def close(self) -> None:
        self._open = False

    def expect(self, url: str) -> None:
        """The console itself redirects there: once, it may be read."""
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != self._origin:
            return
        self._expected.add(parts.path + (f"?{parts.query}" if parts.query else ""))

    def refusal(self, method: str, url: str) -> Refusal | None:
        """None: the request may be carried. A granted post is used up by asking."""
        parts = urlsplit(url)
        writes = method not in SAFE_VERBS
        why = self._why_not(method, url, writes)
        if why is None:
            return None
        here = f"{parts.scheme}://{parts.netloc}" == self._origin
        named = parts.path if here else f"{parts.scheme}://{parts.netloc}"
        return Refusal(verb=method, target=self._without_secrets(named), why=why, writes=writes)

    def _why_not(self, method: str, url: str, writes: bool) -> str | None:
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != self._origin:
            return "a server other than the console"
        if self._without_secrets(url) != url:
            return "a password in a URL"
        if _is_odd(parts.path):
            return "a path that a server may resolve to another"
        if self._open and self._may_write(parts.path):
            return None
        if writes:
            return None if self._is_granted(method, parts.path) else "a page that is only read sends nothing"
        return None if self._may_read(url) else "not in the page map's reads"

    def _may_write(self, path: str) -> bool:
        if self._writes is None:
            return path == self._below or path.startswith(self._below + "/")
        return path in {page.partition("?")[0] for page in self._pages} or _matches(self._writes, path)

    def _is_granted(self, method: str, path: str) -> bool:
        if method != "POST" or not _matches(self._granted, path):
            return False
        self._granted = ()
        return True

    def _may_read(self, url: str) -> bool:
        """A page has the query that the map or a redirect of the console gives it: another one may be a command."""
        parts = urlsplit(url)
        asked = parts.path + (f"?{parts.query}" if parts.query else "")
        if asked in self._expected:
            self._expected.remove(asked)
            return True
        return asked in self._pages or is_static(parts.path) or _matches(self._reads, parts.path)

    def _without_secrets(self, text: str) -> str:
        for form in _forms(self._secrets):
            text = text.replace(form, "***")
        return text


def is_static(path: str) -> bool:
    return _STATIC.fullmatch(path, path.rfind(".")) is not None


def _forms(secrets: Iterable[SecretValue]) -> Iterator[str]:
    for secret in secrets:
        value = secret.reveal()
        if len(value) >= 4:  # a shorter one stands in many an address by chance
            yield from {value, quote(value), quote(value, safe=""), quote_plus(value)}


def _patterns(below: str, addresses: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile("[^/]+".join(map(re.escape, (below + one).split("*")))) for one in addresses)


def _matches(patterns: tuple[re.Pattern[str], ...], path: str) -> bool:
    return any(pattern.fullmatch(path) for pattern in patterns)


def _is_odd(path: str) -> bool:
    return any(unquote(part) in (".", "..") or re.search(r"[/\\]", unquote(part)) for part in path.split("/"))
