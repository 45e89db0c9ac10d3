"""How one console is reached, and what comes back of it: plain data; secrets stay closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from reconciler.model.finding import Finding
from reconciler.model.secret import SecretValue
from reconciler.model.settings import Value

DEFAULT_TIMEOUT = 30.0  # seconds


class Carries(Protocol):
    """What carries a request of the browser: the HTTP driver, with its CA file, proxy, deadline and size limit."""

    def exchange(
        self, verb: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers (names in lower case, one Set-Cookie a line) and content. Follows no redirect.

        Raises PlatformError where no whole answer comes. Called from several threads at once.
        """
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """`url` is the origin and a path below which the map's addresses start; `login` is what its steps may name.

    `browser` is the path of the executable (None: it is looked for), `evidence` a folder for screenshots (None: none
    are kept), `timeout` the seconds that a page has to come and to settle.
    """

    unit: str
    url: str
    login: Mapping[str, str | SecretValue]
    carry: Carries
    browser: str | None = None
    evidence: str | None = None
    timeout: float = DEFAULT_TIMEOUT

    @property
    def origin(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def path(self) -> str:
        return urlsplit(self.url).path.rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """`write_only` are passwords that the page asks for now; `hidden` are settings that it shows with another value.

    `waiting`: something that was saved is not in use yet; None where the map knows no sign of it.
    """

    values: Mapping[str, Value]
    write_only: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    waiting: bool | None = None
    version: str | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What the page's own test said."""

    passed: bool
    words: str
