"""A real Vault (OpenBao's dev mode) on loopback, in memory, for the tests and the demo. Never for production."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

STARTS_WITHIN = 10.0  # seconds; it takes 0.2


class VaultRefused(Exception):
    """The server answered with an error."""

    def __init__(self, status: int, errors: Sequence[str]) -> None:
        super().__init__(f"{status}: {', '.join(errors)}")
        self.status = status


class VaultServer:
    """`with VaultServer() as vault:` starts `bao server -dev`; KV v2 is mounted at `secret/`.

    The root token is random and goes by environment; nothing is written to $HOME, and no secret is on a command line.
    """

    def __init__(self, *, tls: bool = False, port: int = 0) -> None:
        self.tls, self.port = tls, port
        self.root_token = secrets.token_urlsafe(24)
        self.address = ""
        self.ca_file: Path | None = None
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> VaultServer:
        self._folder = tempfile.TemporaryDirectory(prefix="lab-vault-")
        for _ in range(3):  # another process may take the port between our look and the start
            self._start(Path(self._folder.name))
            if self._ready():
                return self
            self._end_process()
        self.stop()
        raise RuntimeError("bao did not start on three ports")

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        self._end_process()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def api(self, method: str, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> dict[str, Any]:
        """One request below /v1, as root unless `token=` says otherwise; further keywords are headers."""
        sent = {"X-Vault-Token": headers.pop("token", self.root_token)}
        sent |= {f"X-Vault-{name.replace('_', '-')}": value for name, value in headers.items()}
        with self._connection() as connection:
            connection.request(method, f"/v1/{path}", None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            text = answer.read()
        found: dict[str, Any] = json.loads(text) if text.strip() else {}
        if answer.status >= 400:
            raise VaultRefused(answer.status, found.get("errors", []))
        return found

    def put(self, path: str, mount: str = "secret", **values: Any) -> int:
        """Writes a secret into KV v2; answers with its version."""
        return int(self.api("POST", f"{mount}/data/{path}", {"data": values})["data"]["version"])

    def policy(self, name: str, rules: str | Path) -> None:
        text = rules.read_text(encoding="utf-8") if isinstance(rules, Path) else rules
        self.api("PUT", f"sys/policies/acl/{name}", {"policy": text})

    def token(self, *policies: str, ttl: str = "1h", **options: Any) -> str:
        answer = self.api("POST", "auth/token/create", {"policies": list(policies), "ttl": ttl, **options})
        return str(answer["auth"]["client_token"])

    def approle(self, name: str, *policies: str, token_ttl: str = "10m") -> str:
        """Makes a role and answers with its role_id; `secret_id` makes the other half."""
        self.enable_auth("approle")
        body = {"token_policies": list(policies), "token_ttl": token_ttl}
        self.api("POST", f"auth/approle/role/{name}", body)
        return str(self.api("GET", f"auth/approle/role/{name}/role-id")["data"]["role_id"])

    def secret_id(self, role: str, *, wrap_ttl: str | None = None) -> str:
        """A new secret_id; with `wrap_ttl` the single-use token that unwraps to it."""
        path = f"auth/approle/role/{role}/secret-id"
        if wrap_ttl is not None:
            return str(self.api("POST", path, {}, Wrap_TTL=wrap_ttl)["wrap_info"]["token"])
        return str(self.api("POST", path, {})["data"]["secret_id"])

    def jwt_role(self, name: str, *policies: str, public_key: str, audience: str, claims: Mapping[str, str]) -> None:
        """Accepts tokens signed by `public_key` (PEM) that carry this audience and these claims."""
        self.enable_auth("jwt")
        self.api("POST", "auth/jwt/config", {"jwt_validation_pubkeys": [public_key]})
        role = {"role_type": "jwt", "user_claim": "sub", "bound_audiences": [audience], "bound_claims": dict(claims)}
        self.api("POST", f"auth/jwt/role/{name}", role | {"token_policies": list(policies), "token_ttl": "10m"})

    def kubernetes_role(self, name: str, *policies: str, host: str, ca: str, namespace: str, account: str) -> None:
        """Accepts tokens of this service account, which the API server `host` knows."""
        self.enable_auth("kubernetes")
        config = {"kubernetes_host": host, "kubernetes_ca_cert": ca, "disable_local_ca_jwt": True}
        self.api("POST", "auth/kubernetes/config", config)
        bound = {
            "bound_service_account_names": [account],
            "bound_service_account_namespaces": [namespace],
            "audience": "vault",
        }
        self.api("POST", f"auth/kubernetes/role/{name}", bound | {"token_policies": list(policies), "token_ttl": "10m"})

    def user(self, name: str, password: str, *policies: str) -> None:
        self.enable_auth("userpass")
        self.api("POST", f"auth/userpass/users/{name}", {"password": password, "token_policies": list(policies)})

    def enable_auth(self, method: str) -> None:
        if f"{method}/" not in self.api("GET", "sys/auth")["data"]:
            self.api("POST", f"sys/auth/{method}", {"type": method})

    def seal(self) -> None:
        self.api("PUT", "sys/seal")

    def _start(self, folder: Path) -> None:
        self._port = self.port or _free_port()
        self.address = f"{'https' if self.tls else 'http'}://127.0.0.1:{self._port}"
        command = [str(Path(sys.executable).with_name("bao")), "server", "-dev", "-dev-no-store-token"]
        command.append(f"-dev-listen-address=127.0.0.1:{self._port}")
        if self.tls:
            command += ["-dev-tls", f"-dev-tls-cert-dir={folder}"]
            self.ca_file = folder / "vault-ca.pem"
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder)}
        environment["BAO_DEV_ROOT_TOKEN_ID"] = self.root_token
        with (folder / "server.log").open("wb") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def _ready(self) -> bool:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
            try:
                # the root token lives only once the server is set up; health says 200 a moment earlier
                self.api("GET", "secret/config")
            except (OSError, http.client.HTTPException, VaultRefused, ValueError):
                time.sleep(0.02)
            else:
                return True
        return False

    def _end_process(self) -> None:
        if self._process is not None:
            self._process.kill()  # all is in memory: nothing to save
            self._process.wait(timeout=10)
            self._process = None

    @contextmanager
    def _connection(self) -> Iterator[http.client.HTTPConnection]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        if self.tls:
            context = ssl.create_default_context(cafile=str(self.ca_file))
            connection = http.client.HTTPSConnection("127.0.0.1", self._port, timeout=10, context=context)
        try:
            yield connection
        finally:
            connection.close()


def _free_port() -> int:
    """A port that is free, and the next one too: bao takes it for its cluster."""
    for _ in range(50):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port
    raise RuntimeError("no two free ports in a row")
