"""HTTP on 127.0.0.1: routes requests to the protocols, keeps connections alive, and fails when it was told to."""

import json
import ssl
from collections.abc import Callable
from http import HTTPStatus

from lab.servers import kept_alive
from lab.servers.odoo.failures import ANSWERED, RAISED, Failure, Failures, Weather, answer, truncated
from lab.servers.odoo.rpc import Response, as_json, html, json2_response, jsonrpc_response, xmlrpc_response
from lab.servers.odoo.services import MUTATING, Services

NOT_FOUND = (
    "The requested URL was not found on the server. "
    "If you entered the URL manually please check your spelling and try again."
)
NOT_ALLOWED = "The method is not allowed for the requested URL."


class HttpServer(kept_alive.Server):
    def __init__(  # what the stand-in was told
        self,
        port: int,
        services: Services,
        failures: Failures,
        latency: float,
        seen: Callable[..., None],
        tls: ssl.SSLContext | None,
    ) -> None:
        self.services = services
        self.failures = failures
        self.latency = latency
        self.seen = seen
        self.requests = 0
        self.weather = Weather()
        super().__init__(("127.0.0.1", port), _Handler, tls)


class _Handler(kept_alive.Handler):
    server: HttpServer
    _failure: Failure | None = None

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._failure = None
        self.server.requests += 1
        self.server.stopped.wait(self.server.latency + self.server.weather.latency)
        try:
            response = self.server.weather.refuses() or self._routed(self.command, body)
        except _Replaced as replaced:
            response = replaced.response
        kind = self._failure.kind if self._failure else None
        if kind == "dropped":
            self.close_connection = True
            return
        self._send(truncated(response) if kind == "truncated" else response)

    do_GET = do_POST = handle_any  # http.server finds them by name

    def _routed(self, verb: str, body: bytes) -> Response:
        path, services = self.path.partition("?")[0], self.server.services
        if path.startswith("/json/2/"):
            return self._json2(verb, path, body)
        if path in PAGES:
            return PAGES[path](self, body)
        rpc = self._rpc(path)
        if rpc is None:
            return self._nothing(path)
        return rpc(services, body) if verb == "POST" else html(HTTPStatus.METHOD_NOT_ALLOWED, NOT_ALLOWED)

    def _nothing(self, path: str) -> Response:
        """What a path of no page gets; under one that is a page of the web client, other things by version."""
        version = self.server.services.world.version
        if path.startswith("/web/") and version >= 19:
            return html(HTTPStatus.INTERNAL_SERVER_ERROR, "", title="Internal Server Error")
        if path.startswith("/odoo/") and version >= 18:
            return html(HTTPStatus.BAD_REQUEST, "Session expired (invalid CSRF token)")
        return html(HTTPStatus.NOT_FOUND, NOT_FOUND)

    def _rpc(self, path: str) -> Callable[[Services, bytes], Response] | None:
        if path == "/jsonrpc":
            return lambda services, body: jsonrpc_response(services, body, self._seen)
        if path.startswith("/xmlrpc/"):
            service, v1 = path.rpartition("/")[2], not path.startswith("/xmlrpc/2/")
            return lambda services, body: xmlrpc_response(services, service, body, self._seen, v1=v1)
        return None

    def _json2(self, verb: str, path: str, body: bytes) -> Response:
        version = self.server.services.world.version
        if version == 18:
            return _to_login()
        if version < 18:
            return html(HTTPStatus.NOT_FOUND, NOT_FOUND)
        headers = {name: self.headers.get(name) for name in ("Authorization", "X-Odoo-Database")}
        return json2_response(self.server.services, verb, path, headers, body, self._seen)

    def _version_info(self, body: bytes) -> Response:
        return as_json(
            HTTPStatus.OK,
            {"jsonrpc": "2.0", "id": json.loads(body or "{}").get("id"), "result": self.server.services.version()},
        )

    def _version(self, _body: bytes) -> Response:
        found = self.server.services.version()
        if self.server.services.world.version == 18 and self.path.startswith("/json/"):
            return _to_login()
        if self.server.services.world.version < 19:
            return html(HTTPStatus.NOT_FOUND, NOT_FOUND)
        return as_json(
            HTTPStatus.OK, {"version_info": found["server_version_info"], "version": found["server_version"]}
        )

    def _health(self, _body: bytes) -> Response:
        return as_json(HTTPStatus.OK, {"status": "pass"})

    def _seen(self, model: str, method: str) -> None:
        """Between the envelope and the call: notes the call, and fails it when one was asked for."""
        failure = self.server.failures.next_for(method) or self.server.weather.failure(changes=method in MUTATING)
        self._failure = failure
        if failure and failure.kind in ANSWERED:
            raise _Replaced(answer(failure))
        if failure and failure.kind == "serialization" and method == "load":
            self.server.services.world.load_conflicts += 1
        elif failure and failure.kind in RAISED:
            error, text = RAISED[failure.kind]
            raise error(text)
        if failure and failure.kind == "slow":
            self.server.stopped.wait(failure.seconds)
        self.server.seen(model, method)

    def _send(self, response: Response) -> None:
        status = HTTPStatus(response.status)
        length = str(len(response.body))
        headers = {"Content-Type": response.content_type, "Content-Length": length, **response.headers}
        lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + response.body)


def _to_login() -> Response:
    return html(HTTPStatus.SEE_OTHER, "You should be redirected.", {"Location": "/web/login"}, title="Redirecting...")


class _Replaced(BaseException):
    """Passes the protocols, which turn any Exception into an answer of their own."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


PAGES: dict[str, Callable[[_Handler, bytes], Response]] = {
    "/web/webclient/version_info": _Handler._version_info,
    "/web/version": _Handler._version,
    "/json/version": _Handler._version,
    "/web/health": _Handler._health,
}
