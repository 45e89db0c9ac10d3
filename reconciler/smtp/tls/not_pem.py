"""What a file holds that should hold the certificates of CAs in PEM, and does not."""

from __future__ import annotations

import contextlib
import re
import shlex
import ssl
from pathlib import Path
from typing import NamedTuple

from reconciler.model.handshake import CheckResult
from reconciler.model.text.message import worded
from reconciler.smtp.catalogue.results import failed

LONGEST = 1 << 20  # bytes that are looked at to say what it is
WANTED = "a PEM file with the CA that issued the relay's certificate, -----BEGIN CERTIFICATE-----"
_KIND = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")


class Instead(NamedTuple):
    what: str
    fix: str


def result(path: str | None, error: OSError) -> CheckResult:
    """SMTP204 where no trust can be read; `error` is what OpenSSL or the system said."""
    reason = f"no CA certificate could be read from {path}"
    advice: str = worded("{ca_file} names {wanted}", wanted=WANTED)
    if path is not None and isinstance(error, ssl.SSLError):
        with contextlib.suppress(OSError):
            found = instead(Path(path))
            reason, advice = f"{reason}: {found.what}", found.fix
    return failed("SMTP204", reason, evidence=error.strerror or str(error), advice=advice)


def instead(path: Path) -> Instead:
    """Of a file that OpenSSL found no certificate in. Raises OSError."""
    with path.open("rb") as file:
        data = file.read(LONGEST)
    kinds = [kind.decode() for kind in _KIND.findall(data)]
    if not data.strip():
        return Instead("this is empty", f"name {WANTED}")
    if _is_der(data):
        return Instead("this is DER", f"openssl x509 -inform der {_in_out(path)}")
    if "PKCS7" in kinds:
        return Instead("this is PKCS #7", f"openssl pkcs7 -print_certs {_in_out(path)}")
    if "CERTIFICATE" in kinds:
        told = f"see what openssl x509 -noout -in {_quoted(path)} says"
        return Instead("this holds a certificate that cannot be read", told)
    if any("PRIVATE KEY" in kind for kind in kinds):
        told = f"keep the key where it was, and name {WANTED}"
        return Instead("this holds a private key, and no certificate", told)
    if kinds:
        return Instead(f"this holds a {kinds[0].lower()}, and no certificate", f"name {WANTED}")
    return Instead("this holds no certificate", f"name {WANTED}")


def _is_der(data: bytes) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=data)
    except ssl.SSLError:
        return False
    return True


def _in_out(path: Path) -> str:
    return f"-in {_quoted(path)} -out {_quoted(Path(f'{path}.pem'))}"


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
