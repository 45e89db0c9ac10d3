"""The published REST API, as far as the audit log needs it: sessions, OAuth 2.0 clients, version, events."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lab.servers.console.exchange import Answer, Request, document
from lab.servers.netbrain.audit_log import API, AuditLog

SERVICES = "/ServicesAPI/"
_V1 = f"{SERVICES}API/V1/"
SESSION, TOKEN, VERSION, LOGS = (
    f"{_V1}Session", f"{SERVICES}auth/oauth2/token", f"{_V1}System/ProductVersion", f"{_V1}CMDB/AuditLogs",
)  # fmt: skip
_WORDS = {
    791001: "Invalid parameter.",
    793404: "No such route.",
    795000: "Authentication failed.",
    795005: "Invalid token.",
    795011: "API calls exceeded the limit.",
}


@dataclass(slots=True, kw_only=True)
class Rest:
    """`limited` is how many of the next calls are refused for the limit on calls."""

    user: str
    secret: str
    log: AuditLog
    release: str
    client_id: str = field(default_factory=lambda: secrets.token_hex(8))
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    limited: int = 0
    tokens: dict[str, str] = field(default_factory=dict)  # whose, by token

    def answer(self, request: Request) -> Answer:
        if (request.verb, request.path) == ("POST", SESSION):
            return self._login(request)
        if (request.verb, request.path) == ("POST", TOKEN):
            return self._granted(request)
        user = self.tokens.get(request.headers.get("token", ""))
        if user is None:
            return _error(795005, 401)
        if self.limited > 0:
            self.limited -= 1
            return _error(795011, 429)
        self.log.add(user, API, f"{request.verb} {request.path}")
        return self._inside(request)

    def _inside(self, request: Request) -> Answer:
        if (request.verb, request.path) == ("DELETE", SESSION):
            del self.tokens[request.headers["token"]]
            return _done()
        if (request.verb, request.path) == ("GET", VERSION):
            return _done(productVersion=self.release, softwareVersion=f"{self.release}.0.1", date="2026-07-01")
        if (request.verb, request.path) == ("GET", LOGS):
            return self._events(request)
        return _error(793404, 404)

    def _login(self, request: Request) -> Answer:
        body = request.document()
        if not isinstance(body, dict) or (body.get("username"), body.get("password")) != (self.user, self.secret):
            return _error(795000, 401)
        return _done(token=self._issued())

    def _granted(self, request: Request) -> Answer:
        form = request.form()
        if form.get("grant_type") != "client_credentials":  # JSON ends here too
            return document({"error": "invalid grant type"}, 400)
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return document({"error": "invalid_client"}, 401)
        return document({"access_token": self._issued(), "token_type": "bearer", "expires_in": 3599})

    def _issued(self) -> str:
        token = secrets.token_urlsafe(24)
        self.tokens[token] = self.user
        return token

    def _events(self, request: Request) -> Answer:
        try:
            begin, end = (_moment(request.asked(name)[0]) for name in ("From", "To"))
            skip, limit = (int((request.asked(name) or ["0"])[0]) for name in ("skip", "limit"))
        except (IndexError, ValueError):
            return _error(791001, 400)
        if end < begin or skip < 0 or limit < 0 or (limit and not 10 <= limit <= 100):
            return _error(791001, 400)
        modules = [
            one for value in request.asked("modules") for one in value.split(",")
        ]  # how to list them is not said
        found = self.log.between(begin, end, modules)
        return _done(auditLogs=found[skip : skip + (limit or 50)])


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _done(**more: object) -> Answer:
    return document({**more, "statusCode": 790200, "statusDescription": "Success."})


def _error(code: int, status: int) -> Answer:
    return document({"statusCode": code, "statusDescription": _WORDS[code]}, status)
