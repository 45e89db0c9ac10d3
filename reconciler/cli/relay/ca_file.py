"""`--ca-file`: what stands in it, looked at before a relay is blamed for a certificate that it does not fit."""

from __future__ import annotations

import ssl
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.smtp.tls import context as tls


def checked(path: Path) -> str:
    """The file as an absolute path. Raises UsageError where it holds no certificate that OpenSSL can read."""
    if not path.exists():
        raise UsageError(f"--ca-file: {str(path)!r} does not exist", fix=_wanted())
    if path.is_dir():
        what = f"--ca-file: {str(path)!r} is a folder"
        raise UsageError(what, why="one file holds all CAs, one after the other", fix=_wanted())
    if not path.is_file():
        raise UsageError(f"--ca-file: {str(path)!r} is not a file", fix=_wanted())
    whole = str(path.resolve())
    try:
        if tls.context(whole).cert_store_stats()["x509"]:
            return whole
    except ssl.SSLError:  # it says "no certificate or crl found", whatever it is
        pass
    except OSError as error:
        raise UsageError(f"--ca-file: {str(path)!r}: {error.strerror}", fix="let this user read it") from None
    from reconciler.smtp.tls.not_pem import instead  # only for a file that is none

    what, fix = instead(path)
    raise UsageError(f"--ca-file: {str(path)!r}: {what}", why="trust needs a certificate in PEM", fix=fix)


def _wanted() -> str:
    from reconciler.smtp.tls.not_pem import WANTED

    return f"name {WANTED}"
