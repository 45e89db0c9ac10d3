"""Whom connections trust, and which certificate they show: one TLS context for all that are alike.

To read the CAs of the world takes 30 ms of the processor, which `requests` spends again on every connection.
"""

from __future__ import annotations

import ssl
import threading
from functools import cache
from pathlib import Path

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.util.ssl_ import create_urllib3_context

from reconciler.network import regular

_LOCK = threading.Lock()  # else all threads of a fleet begin with reading the same file


class Unreadable(OSError):
    """A file with certificates or a key is not there, or is not what it should be."""


def trusted(ca_file: str | None) -> str | None:
    """The declared CA, else those of the system, else None: those that come with requests."""
    if ca_file is not None:
        return ca_file
    system = ssl.get_default_verify_paths()
    if system.cafile:
        return system.cafile
    return system.capath if system.capath and any(Path(system.capath).glob("*.0")) else None


def context(ca_file: str | None, certificate: str | tuple[str, str] | None) -> ssl.SSLContext:
    """One that verifies certificate and host name. Raises Unreadable."""
    try:
        with _LOCK:
            return _context(ca_file, certificate)
    except OSError:
        raise Unreadable from None


@cache
def _context(ca_file: str | None, certificate: str | tuple[str, str] | None) -> ssl.SSLContext:
    made = create_urllib3_context()
    trusted = ca_file or DEFAULT_CA_BUNDLE_PATH
    for file in (trusted, *([certificate] if isinstance(certificate, str) else certificate or ())):
        regular.check(file, folder=True)
    made.load_verify_locations(**{"capath" if Path(trusted).is_dir() else "cafile": trusted})
    if certificate is not None:
        chain, key = (certificate, None) if isinstance(certificate, str) else certificate
        made.load_cert_chain(chain, key, password="")  # without one, an encrypted key asks on the terminal
    made.set_alpn_protocols(["http/1.1"])
    # urllib3 sets them again for each connection, under the hands of threads that connect
    made.set_alpn_protocols = lambda alpn_protocols: None  # type: ignore[method-assign]
    return made
