"""Who calls: real NTLM, Kerberos or CredSSP by pyspnego's server side, and the message encryption of WinRM."""

from __future__ import annotations

import atexit
import base64
import os
import shutil
import struct
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import spnego

MUTUAL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"  # DSP0226: a certificate, by TLS itself
_BOUNDARY = b"--Encrypted Boundary"


def known_user(domain: str, username: str, password: str) -> None:
    """For every server of this process."""
    file = _folder() / "users"  # pyspnego's acceptor reads the one that NTLM_USER_FILE names
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    kept = [line for line in lines if not line.startswith(f"{domain}:{username}:")]
    file.write_text("\n".join([*kept, f"{domain}:{username}:{password}", ""]), "utf-8")
    file.chmod(0o600)
    os.environ["NTLM_USER_FILE"] = str(file)
    # with gssapi installed, negotiate tries Kerberos first, and would ask the DNS of this machine for a realm's KDC
    os.environ.setdefault("KRB5_CONFIG", str(_no_realm()))


def _no_realm() -> Path:
    file = _folder() / "krb5.conf"
    file.write_text("[libdefaults]\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n", "utf-8")
    return file


@cache
def _folder() -> Path:
    """Goes with the process."""
    folder = Path(tempfile.mkdtemp(prefix="lab-ntlm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@dataclass(slots=True)
class Login:
    """One connection's. `delegated`: the caller's own credentials came along, as CredSSP has it."""

    offers: tuple[str, ...]
    service: str = "http"
    context: Any = None
    kind: str = ""
    delegated: bool = False
    user: str = ""
    _unfinished: bool = field(default=False)

    @property
    def complete(self) -> bool:
        return self.kind == MUTUAL or (self.context is not None and self.context.complete)

    def step(self, header: str) -> str | None:
        """The answer's WWW-Authenticate; None when there is nothing more to say. PermissionError: refused."""
        kind, _, token = header.partition(" ")
        if kind not in self.offers:
            raise PermissionError(", ".join(self.offers))
        if self.context is None:
            protocol = "credssp" if kind == "CredSSP" else "negotiate"
            self.context = spnego.server(hostname="localhost", service=self.service, protocol=protocol)
        try:
            said = self.context.step(base64.b64decode(token))
        except (spnego.exceptions.SpnegoError, ValueError) as error:
            self.context = None
            raise PermissionError(", ".join(self.offers)) from error
        self.kind = kind
        if self.context.complete:
            self.user = str(self.context.client_principal)
            self.delegated = kind == "CredSSP" and self.context.get_extra_info("client_credential") is not None
        return f"{kind} {base64.b64encode(said).decode()}" if said else None

    def opened(self, body: bytes) -> bytes:
        """One encrypted part, as pypsrp sends them up to 16 kB over CredSSP; more parts are put together."""
        plain = b""
        for part in body.split(_BOUNDARY + b"\r\n")[2::2]:
            data = part[part.index(b"\r\n") + 2 :]
            data = data[: data.rindex(_BOUNDARY)] if _BOUNDARY in data else data
            size = struct.unpack("<i", data[:4])[0]
            plain += self.context.unwrap_winrm(data[4 : 4 + size], data[4 + size :])
        return plain

    def sealed(self, body: bytes) -> tuple[str, bytes]:
        """Content type and content."""
        name = "CredSSP" if self.kind == "CredSSP" else "SPNEGO"
        protocol = f"application/HTTP-{name}-session-encrypted"
        wrapped = self.context.wrap_winrm(body)
        size = len(body) + wrapped.padding_length
        lines = [
            *(_BOUNDARY, f"\tContent-Type: {protocol}".encode()),
            f"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={size}".encode(),
            *(_BOUNDARY, b"\tContent-Type: application/octet-stream", b""),
        ]
        data = struct.pack("<i", len(wrapped.header)) + wrapped.header + wrapped.data
        content = b"\r\n".join(lines) + data + _BOUNDARY + b"--\r\n"
        return f'multipart/encrypted;protocol="{protocol}";boundary="Encrypted Boundary"', content
