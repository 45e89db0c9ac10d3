"""One request of somebody else's making, as it is: any verb, headers and body, any answer. For a browser's requests.

Who may ask for what is decided before; here they meet the site's trust, proxy, deadline and size limit.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reconciler.drivers.http.site import Site, check_url, opened

if TYPE_CHECKING:
    from requests import Session

_AGAIN = frozenset({"GET", "HEAD"})


class Carried:
    """May be called from several threads at once."""

    def __init__(self, site: Site) -> None:
        check_url(site.url)
        self.site = site

    @cached_property
    def _session(self) -> Session:
        from reconciler.drivers.http import session as http_session

        return http_session.borrowed(self.site.url, **self._trust)

    @property
    def _trust(self) -> dict[str, Any]:
        site = self.site
        return {"ca_file": site.ca_file, "proxy": site.proxy, "certificate": site.client_certificate}

    def exchange(
        self, verb: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers (names in lower case, one Set-Cookie a line) and content; no redirect is followed.

        Raises PlatformUnreachable. A connection that was kept and broke off is tried anew for GET and HEAD.
        """
        from reconciler.drivers.http import failure as http_failure
        from reconciler.drivers.http import session as http_session

        deadline = time.monotonic() + self.site.timeout
        sent = {**headers, **opened(self.site.headers)}
        for again in (verb in _AGAIN, False):
            try:
                return http_session.send(self._session, verb, url, headers=sent, body=body, deadline=deadline)
            except http_failure.FAILURES as error:
                if not (again and http_failure.reset(error)):
                    raise http_failure.unreachable(error, url, self.site.timeout) from None
        raise AssertionError

    def close(self) -> None:
        """The connections stay for the next unit that asks the same site."""
        session = self.__dict__.pop("_session", None)
        if session is not None:
            from reconciler.drivers.http import session as http_session

            http_session.given_back(session, self.site.url, **self._trust)
