"""Where a connection starts when not here: `ssh://[user@]host[:port]`, `socks5://host:port`, `http://host:port`."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.text.place import place
from reconciler.model.text.ssh import PLACE
from reconciler.smtp.route import FORMS

SCHEMES = ("ssh", "socks5", "http")


class Unusable(ValueError):
    """Not such a place. The message never repeats it: it may hold a password."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Via:
    scheme: str
    host: str
    port: int | None
    user: str | None = None

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        return f"{self.scheme}://{user}{place(self.host, self.port)}"


class Broken(Exception):
    """The way to the relay ends early. `hop` is where, `said` the last that was heard there."""

    def __init__(self, hop: str, what: str, *, said: bytes = b"", advice: str | None = None) -> None:
        super().__init__(what)
        self.hop, self.what, self.said, self.advice = hop, what, said, advice


def parse(text: str) -> Via:
    """Raises Unusable."""
    scheme, sign, rest = text.partition("://")
    if not sign:
        raise _bare(text)
    if scheme not in SCHEMES:
        from difflib import get_close_matches

        near = get_close_matches(scheme.lower(), SCHEMES, n=1)
        raise Unusable("unknown scheme", f"did you mean {near[0]}://?" if near else FORMS)
    if (match := PLACE.fullmatch(rest.removesuffix("/"))) is None:
        what = "it must not hold a password" if ":" in rest.partition("@")[0] and "@" in rest else "this is not a host"
        raise Unusable(f"{scheme}://…: {what}", FORMS)
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port < 65536:
        raise Unusable(f"{scheme}://…: invalid port {port}", "a port is a number from 1 to 65535")
    if scheme != "ssh" and match["user"]:
        raise Unusable(f"{scheme}://…: proxy logins are not supported", f"{scheme}://host:port")
    if scheme != "ssh" and port is None:
        raise Unusable(f"{scheme}://…: the proxy's port is missing", f"{scheme}://host:port")
    return Via(scheme=scheme, host=match["host"].strip("[]"), port=port, user=match["user"])


def _bare(text: str) -> Unusable:
    """Repeated only where it is a place, which has no password."""
    if (match := PLACE.fullmatch(text)) is None:
        return Unusable("it has no scheme", FORMS)
    proxy = match["port"] is not None and match["user"] is None
    return Unusable(f"{text} has no scheme", f"socks5://{text} or http://{text}" if proxy else f"ssh://{text}")
