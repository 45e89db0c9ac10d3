"""One request of somebody else's making, as it is: any verb, headers and body, any answer. For a browser's requests.

Who may ask for what is decided before; here they meet the site's trust, proxy, deadline and size limit.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reconciler.drivers.http import rate_limit, site
from reconciler.drivers.http.answer import PASSING, Answer
from reconciler.drivers.http.client import SAFE_VERBS, TOO_MANY, pauses
from reconciler.drivers.http.site import Site, check_url, opened
from reconciler.errors import PlatformUnreachable
from reconciler.model.settings import Connection

if TYPE_CHECKING:
    from requests import Session


def console(connection: Connection) -> tuple[str, Carried]:
    """The address of `connection.url`, and what carries requests to it."""
    at = site.site(str(connection["url"]), connection)
    return at.url, Carried(at)


class Carried:
    """May be called from several threads at once."""

    def __init__(self, at: Site) -> None:
        check_url(at.url)
        self.site = at

    @cached_property
    def _session(self) -> Session:
        from reconciler.network import session as http_session

        return http_session.borrowed(self.site.url, **self._trust)

    @property
    def _trust(self) -> dict[str, Any]:
        site = self.site
        return {"ca_file": site.ca_file, "proxy": site.proxy, "certificate": site.client_certificate}

    def exchange(
        self, verb: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers (names in lower case, one Set-Cookie a line) and content; no redirect is followed.

        Raises PlatformUnreachable. Passing failures are tried again until the deadline: of GET and HEAD all, of other
        verbs a rate limit only, which answers before anything is done.
        """
        deadline = time.monotonic() + self.site.timeout
        sent = {**headers, **opened(self.site.headers)}
        again = verb in SAFE_VERBS
        for pause in pauses(deadline):
            found = self._once(verb, url, sent, body, deadline, again=again)
            asked = None if found is None else found.retry_after()
            wait = pause if asked is None else asked
            passing = found is None or (found.status in PASSING if again else found.status == TOO_MANY)
            if not passing or time.monotonic() + wait >= deadline:
                break
            rate_limit.pause(wait, f"{self.site.url} is busy" if asked is None else f"{self.site.url} asks for it")
        if found is None:
            raise PlatformUnreachable(f"{self.site.url}: the connection broke off", fix="look at the server's log")
        return found.status, found.headers, found.content

    def _once(
        self, verb: str, url: str, sent: Mapping[str, str], body: bytes | None, deadline: float, *, again: bool
    ) -> Answer | None:
        """None where the connection broke off and the request may be sent again."""
        from reconciler.drivers.http import failure as http_failure
        from reconciler.network import failure as network
        from reconciler.network import session as http_session

        try:
            status, headers, content = http_session.send(
                self._session, verb, url, headers=sent, body=body, deadline=deadline
            )
        except network.FAILURES as error:
            if again and network.reset(error):
                return None
            raise http_failure.unreachable(error, url, self.site.timeout) from None
        return Answer(what=verb, status=status, headers=headers, content=content)

    def close(self) -> None:
        """The connections stay for the next unit that asks the same site."""
        session = self.__dict__.pop("_session", None)
        if session is not None:
            from reconciler.network import session as http_session

            http_session.given_back(session, self.site.url, **self._trust)
