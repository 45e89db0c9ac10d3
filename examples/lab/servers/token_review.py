"""The one call of a Kubernetes API server that Vault's method `kubernetes` makes: whose token is this?

with TokenReview({token: ("mail", "reconciler")}) as kubernetes:   # namespace and service account
    vault.kubernetes_role("mail", "reader", host=kubernetes.url, ca=kubernetes.ca, …)
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import trustme

from lab.servers import kept_alive


class TokenReview:
    def __init__(self, accounts: Mapping[str, tuple[str, str]]) -> None:
        authority = trustme.CA()
        self.accounts, self.asked = accounts, 0
        self.ca = authority.cert_pem.bytes().decode()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(self._context)

    def __enter__(self) -> TokenReview:
        self._server = kept_alive.Server(("127.0.0.1", 0), _handler(self), self._context)
        self.url = self._server.url
        self._server.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.stop()

    def reviewed(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self.asked += 1
        status: dict[str, Any] = {"authenticated": False}
        if (account := self.accounts.get(asked["spec"]["token"])) is not None:
            namespace, name = account
            user = {"username": f"system:serviceaccount:{namespace}:{name}", "uid": "1"}
            status = {"authenticated": True, "user": {**user, "groups": ["system:serviceaccounts"]}}
            status["audiences"] = asked["spec"].get("audiences", [])
        return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {}, "status": status}


def _handler(review: TokenReview) -> type[kept_alive.Handler]:
    class Handler(kept_alive.Handler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            content = json.dumps(review.reviewed(asked)).encode()
            self.send_response(201)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler
