"""`--ca-file`: what stands in it, looked at before a relay is blamed for a certificate that it does not fit."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.smtp.tls import context as tls

_LONGEST = 1 << 20  # bytes that are looked at to say what it is
_KIND = rb"-----BEGIN ([A-Z0-9 ]+)-----"
_WANTED = "a PEM file with the CA that issued the relay's certificate, -----BEGIN CERTIFICATE-----"


def checked(path: Path) -> str:
    """The file as an absolute path. Raises UsageError where it holds no certificate that OpenSSL can read."""
    if not path.exists():
        raise UsageError(f"--ca-file: {str(path)!r} does not exist", fix=f"name {_WANTED}")
    if path.is_dir():
        what = f"--ca-file: {str(path)!r} is a folder"
        raise UsageError(what, why="one file holds all CAs, one after the other", fix=f"name {_WANTED}")
    if not path.is_file():
        raise UsageError(f"--ca-file: {str(path)!r} is not a file", fix=f"name {_WANTED}")
    whole = str(path.resolve())
    try:
        if tls.context(whole).cert_store_stats()["x509"]:
            return whole
    except ssl.SSLError:  # it says "no certificate or crl found", whatever it is
        pass
    except OSError as error:
        raise UsageError(f"--ca-file: {str(path)!r}: {error.strerror}", fix="let this user read it") from None
    what, fix = _instead(path)
    raise UsageError(f"--ca-file: {str(path)!r}: {what}", why="trust needs a certificate in PEM", fix=fix)


def _instead(path: Path) -> tuple[str, str]:
    with path.open("rb") as file:
        data = file.read(_LONGEST)
    kinds = [kind.decode() for kind in re.findall(_KIND, data)]
    if not data.strip():
        return "this is empty", f"name {_WANTED}"
    if _is_der(data):
        return "this is DER", f"openssl x509 -inform der {_in_out(path)}"
    if "PKCS7" in kinds:
        return "this is PKCS #7", f"openssl pkcs7 -print_certs {_in_out(path)}"
    if "CERTIFICATE" in kinds:
        return "this holds a certificate that cannot be read", f"see what openssl x509 -noout -in {_quoted(path)} says"
    if any("PRIVATE KEY" in kind for kind in kinds):
        return "this holds a private key, and no certificate", f"keep the key where it was, and name {_WANTED}"
    if kinds:
        return f"this holds a {kinds[0].lower()}, and no certificate", f"name {_WANTED}"
    return "this holds no certificate", f"name {_WANTED}"


def _is_der(data: bytes) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=data)
    except ssl.SSLError:
        return False
    return True


def _in_out(path: Path) -> str:
    return f"-in {_quoted(path)} -out {_quoted(Path(f'{path}.pem'))}"


def _quoted(path: Path) -> str:
    import shlex  # only for a file that is none

    return shlex.quote(str(path))
