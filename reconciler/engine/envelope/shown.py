"""What is shown to the broker, and whom to trust there: looked at before TLS would say it in words of its own."""

from __future__ import annotations

import os
import ssl
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.errors import EngineError
from reconciler.model.secret import SecretValue
from reconciler.pipeline.policy import broker_files

_PEM = "put the certificate there in PEM: -----BEGIN CERTIFICATE-----"


class CertificateUnusable(EngineError):
    """What TLS could not be done with."""

    rule = "broker-certificate"

    def __init__(self, key: str, what: str, *, fix: str) -> None:
        super().__init__(f"{key}: {what}", why=broker_files.WHY, fix=fix)
        self.key = key  # the setting that names it


def check(ca_file: str | None, certificate: str | None, key: SecretValue | None) -> None:
    """Raises CertificateUnusable. Contacts nobody."""
    for name, path in (("ca_file", ca_file), ("client_certificate", certificate)):
        if path is not None and (what := broker_files.wrong(path)) is not None:
            raise CertificateUnusable(name, f"{path}: {what}", fix=_PEM)
    if certificate is not None and key is not None:
        _pair(certificate, key)


def _pair(certificate: str, key: SecretValue) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        with as_file(key) as path:
            context.load_cert_chain(certificate, path, lambda: "-")  # else OpenSSL asks at the terminal, and waits
    except ssl.SSLError:
        what = f"not the private key of {certificate}, in PEM and without a passphrase"
        fix = "take certificate and key that were made together (certificates.sh makes both)"
        raise CertificateUnusable("client_key", what, fix=fix) from None


@contextmanager
def as_file(key: SecretValue) -> Iterator[str]:
    """OpenSSL reads keys from files only: where the system has such, this is one in memory, which nobody else sees."""
    if sys.platform == "linux":
        with os.fdopen(os.memfd_create("key"), "w") as memory:
            memory.write(key.reveal())
            memory.flush()
            yield f"/proc/self/fd/{memory.fileno()}"
    else:
        with tempfile.TemporaryDirectory() as folder:  # for its owner only
            path = Path(folder) / "key"
            path.write_text(key.reveal(), "utf-8")
            yield str(path)
