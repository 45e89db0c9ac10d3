"""Certificates that are declared for the broker and not here, or are none: no connection could be made with them.

As with CA files of relays: a job may put them beside the files, and an absolute path may be of another machine.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Landscape

RULE = "broker-certificate"
WHY = "without it no connection to the broker can be made"
_ABSENT = "no such file"


def findings(landscape: Landscape) -> tuple[Finding, ...]:
    return tuple(_findings(landscape)) if landscape.engine else ()


def wrong(path: str) -> str | None:
    """What is wrong with a file that should hold certificates in PEM, in a few words."""
    try:
        if not Path(path).exists():
            return _ABSENT
        if not Path(path).is_file():
            return "this is no file"
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return "this holds no certificate in PEM"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None


def _findings(landscape: Landscape) -> Iterator[Finding]:
    engine, base = landscape.engine, Path(landscape.base)
    assert engine is not None  # noqa: S101  # asked before
    for name in ("ca_file", "client_certificate"):
        path = getattr(engine, name)
        if path is None or not Path(path).is_relative_to(base) or (what := wrong(path)) is None:
            continue
        fix = "put it there (in CI, before the run), or correct the path, which starts beside the root"
        yield Finding(
            severity=Severity.WARNING,
            rule=RULE,
            field=f"engine.{name}",
            where=engine.places.get(name, engine.position),
            what=f"{name}: {Path(path).relative_to(base)}: {what}",
            why=WHY,
            fix=fix if what == _ABSENT else "put the certificate there in PEM: -----BEGIN CERTIFICATE-----",
        )
