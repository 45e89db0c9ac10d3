"""Whether a site is reached, how, and how long that takes: for `doctor`. Connects, and sends no request."""

from __future__ import annotations

import time
from contextlib import closing
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

from reconciler.drivers.http import failure as http_failure
from reconciler.drivers.http.site import Site, check_url
from reconciler.model.checkup import Examined
from reconciler.network import failure as network
from reconciler.network import trust


def reached(site: Site) -> Examined:
    """With the trust, the certificate and the proxy of the site. Raises PlatformUnreachable."""
    check_url(site.url)
    began = time.monotonic()
    try:
        with closing(_connection(site, urlsplit(site.url))) as connection:
            connection.connect()
            tls = connection.sock.version() if isinstance(connection, HTTPSConnection) else None
    except network.FAILURES as error:
        raise http_failure.unreachable(error, site.url, site.timeout) from None
    took = round((time.monotonic() - began) * 1000)
    through = f", through {network.origin(site.proxy)}" if site.proxy else ""
    said = f"{network.origin(site.url)}, {tls or _unseen(site)}, connected in {took} ms{through}"
    return Examined(what="reached", ok=True, said=said)


def _connection(site: Site, to: SplitResult) -> HTTPConnection:
    """To the site, or to its proxy: through one that is asked in clear text, as far as the site."""
    first = urlsplit(site.proxy) if site.proxy else to
    host, port = first.hostname or "", first.port or _usual(first)
    tunnel = site.proxy is not None and first.scheme == "http"
    if to.scheme != "https" or (site.proxy and not tunnel):
        return HTTPConnection(host, port, timeout=site.timeout)
    context = trust.context(site.ca_file, site.client_certificate)
    connection = HTTPSConnection(host, port, timeout=site.timeout, context=context)
    if tunnel:
        connection.set_tunnel(to.hostname or "", to.port or _usual(to))
    return connection


def _unseen(site: Site) -> str:
    return "TLS behind its proxy" if site.url.startswith("https:") else "without TLS"


def _usual(parts: SplitResult) -> int:
    return 443 if parts.scheme == "https" else 80
