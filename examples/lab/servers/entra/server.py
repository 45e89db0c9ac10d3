"""A stand-in of Microsoft Entra on loopback: HTTPS, discovery, the v2.0 token endpoint, faults on demand.

It follows Microsoft's published contract and what msal was seen to send; it is not Entra, and says nothing about what
Entra would do beyond that. It records every request, secrets hashed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import jwt
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from lab.servers import kept_alive
from lab.servers.entra.faults import Fault
from lab.servers.entra.grants import Client, Refused, Tenant, base64url

TENANT = "0f4b1f0e-6a56-4c5d-9a39-3f3f0a2f5d11"
KID = "lab1"
_SECRET_FIELDS = frozenset({"client_secret", "client_assertion", "authorization"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A request; values of secrets are `sha256:…`. `assertion` is header and claims of a client assertion."""

    method: str
    path: str
    headers: Mapping[str, str]
    form: Mapping[str, str]
    assertion: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None


class EntraServer:
    """`with EntraServer(folder, clients) as entra:` listens on localhost; `folder` gets its CA's certificate.

    With `keys`, its public key is written to `<keys>/default/RS256/<kid>`, where Dovecot looks for it. `/connect/token`
    is the endpoint of any other OAuth 2.0 server: it knows the methods in `methods`.
    """

    def __init__(self, folder: Path, clients: Iterable[Client], *, keys: Path | None = None, port: int = 0) -> None:
        key = rsa.generate_private_key(65537, 2048)
        self.tenant = Tenant(id=TENANT, key=key, kid=KID, clients={client.id: client for client in clients})
        self.fault: Fault | None = None
        self.methods = frozenset({"basic", "post"})
        self.requests: list[Recorded] = []
        self.ca_file = str(folder / "entra-ca.pem")
        authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
        authority.cert_pem.write_to_path(self.ca_file)
        if keys is not None:
            _write_key(keys / "default" / "RS256" / KID, key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        self._server = _Server(("127.0.0.1", port), _Handler, context)
        self._server.entra = self
        self.authority_host = f"localhost:{self._server.server_port}"
        self.url = f"https://{self.authority_host}"
        self.issuer = f"{self.url}/{TENANT}/v2.0"

    def __enter__(self) -> EntraServer:
        self._server.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.stop()

    @property
    def asked(self) -> list[Recorded]:
        """The requests for a token."""
        return [one for one in self.requests if one.method == "POST"]

    def configuration(self) -> dict[str, Any]:
        base = f"{self.url}/{TENANT}"
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        }

    def keys(self) -> dict[str, Any]:
        public = self.tenant.key.public_key().public_numbers()
        number = {name: base64url(value.to_bytes((value.bit_length() + 7) // 8)) for name, value in _parts(public)}
        return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KID, **number}]}

    def instances(self) -> dict[str, Any]:
        names = {"preferred_network": self.authority_host, "preferred_cache": self.authority_host}
        metadata = [{**names, "aliases": [self.authority_host]}]
        endpoint = f"{self.issuer}/.well-known/openid-configuration"
        return {"tenant_discovery_endpoint": endpoint, "api-version": "1.1", "metadata": metadata}

    def fails(self, at: str) -> Fault | None:
        return self.fault if self.fault is not None and self.fault.at == at else None


class _Server(kept_alive.Server):
    entra: EntraServer


class _Handler(kept_alive.Handler):
    timeout = 10
    wbufsize = -1  # head and body in one piece
    server: _Server

    def do_GET(self) -> None:
        self._record({})
        path = urlsplit(self.path).path
        if path.endswith("/v2.0/.well-known/openid-configuration"):
            self._discovery(path.split("/")[1])
        elif path == f"/{TENANT}/discovery/v2.0/keys":
            self._answer(200, self.server.entra.keys())
        elif path == "/common/discovery/instance":
            self._answer(200, self.server.entra.instances())
        else:
            self._answer(404, {"error": "not_found"})

    def _discovery(self, tenant: str) -> None:
        fault = self.server.entra.fails("discovery")
        if fault is not None and fault.status is not None:
            return self._fail(fault)
        if tenant != TENANT:
            text = f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
            return self._refuse(Refused(400, "invalid_tenant", 90002, text))
        found = self.server.entra.configuration() | dict(fault.document if fault else {})
        return self._answer(200, {name: value for name, value in found.items() if value is not None})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = dict(parse_qsl(body, keep_blank_values=True))
        self._record(form)
        if fault := self.server.entra.fails("token"):
            time.sleep(fault.wait)
            if fault.status is not None:
                return self._fail(fault)
        if self.path == "/connect/token":
            return self._connect(form)
        if self.path != f"/{TENANT}/oauth2/v2.0/token":
            return self._answer(404, {"error": "not_found"})
        try:
            return self._answer(200, self.server.entra.tenant.grant(form, base=self.server.entra.url))
        except Refused as refused:
            return self._refuse(refused)

    def _connect(self, form: Mapping[str, str]) -> None:
        """RFC 6749, 4.4 and 5.2, as strict servers have it."""
        kind, _, coded = self.headers.get("Authorization", "").partition(" ")
        if kind == "Basic" and "basic" in self.server.entra.methods:
            name, _, secret = base64.b64decode(coded).decode().partition(":")
            name, secret = unquote_plus(name), unquote_plus(secret)
        elif "client_secret" in form and "post" in self.server.entra.methods:
            name, secret = form.get("client_id", ""), form["client_secret"]
        else:
            return self._answer(400, {"error": "invalid_request", "error_description": "no credential"})
        client = self.server.entra.tenant.clients.get(name)
        if client is None or client.secret != secret:
            text = f"bad credential {secret}"  # some servers do echo it
            challenge = {"WWW-Authenticate": 'Basic realm="lab"'} if kind == "Basic" else {}
            return self._answer(401, {"error": "invalid_client", "error_description": text}, challenge)
        if form.get("scope") == "forbidden":
            return self._answer(400, {"error": "invalid_scope"})
        token = self.server.entra.tenant.token(client, form.get("scope") or "any", issuer=self.server.entra.url)
        return self._answer(
            200, {"access_token": token, "expires_in": self.server.entra.tenant.lifetime, "token_type": "bearer"}
        )

    def _refuse(self, refused: Refused) -> None:
        now, correlation = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime()), self._correlation()
        trace = str(uuid.uuid4())
        text = f"AADSTS{refused.code}: {refused.text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}"
        answer = {
            "error": refused.error,
            "error_description": text,
            "error_codes": [refused.code],
            "timestamp": now,
        }
        answer |= {
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"{self.server.entra.url}/error?code={refused.code}",
        }
        self._answer(refused.status, answer)

    def _correlation(self) -> str:
        return self.headers.get("client-request-id") or str(uuid.uuid4())

    def _fail(self, fault: Fault) -> None:
        self._send(fault.status or 500, fault.body, {"Content-Type": "application/json", **fault.headers})

    def _answer(self, status: int, answer: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        self._send(status, json.dumps(answer).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _record(self, form: Mapping[str, str]) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        assertion = _decoded(form["client_assertion"]) if "client_assertion" in form else None
        kept = Recorded(
            method=self.command, path=self.path, headers=_hashed(headers), form=_hashed(form), assertion=assertion
        )
        self.server.entra.requests.append(kept)

    def log_message(self, *args: object) -> None:
        """Silent."""


def _hashed(values: Mapping[str, str]) -> dict[str, str]:
    return {name: hashed(value) if name in _SECRET_FIELDS else value for name, value in values.items()}


def hashed(secret: str) -> str:
    return f"sha256:{hashlib.sha256(secret.encode()).hexdigest()}"


def _decoded(assertion: str) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    try:
        return jwt.get_unverified_header(assertion), jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError:
        return None


def _parts(public: rsa.RSAPublicNumbers) -> Iterable[tuple[str, int]]:
    return (("n", public.n), ("e", public.e))


def _write_key(path: Path, key: rsa.RSAPrivateKey) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    path.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, form))
    path.chmod(0o644)
