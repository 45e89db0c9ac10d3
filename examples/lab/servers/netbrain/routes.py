"""What the page's own application asks for, below `/stand-in/`."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lab.servers.console import sending
from lab.servers.console.exchange import SCRIPT, Answer, Request, document
from lab.servers.console.variation import Variation
from lab.servers.netbrain import settings
from lab.servers.netbrain.audit_log import EMAIL, AuditLog
from lab.servers.netbrain.rest import SERVICES, Rest
from lab.servers.netbrain.settings import Settings

PAGE = "/admin.html"
LOGIN, LOGOUT, SETTINGS, TEST = (f"/stand-in/{name}" for name in ("login", "logout", "settings", "test"))
_APP = (Path(__file__).parent / "app.js").read_text(encoding="utf-8")
_HEAD = "<!DOCTYPE html><html><head><title>System Management</title></head>"
_BODY = '<body><div id="app"></div><script src="/app.js"></script>'
ENDED = {"message": "Your session has expired. Please log in again."}


@dataclass(slots=True, kw_only=True)
class Routes:
    """`lists` is the kind of list: combobox, select, or menu (click, then the entry)."""

    user: str
    secret: str
    rest: Rest
    log: AuditLog
    release: str
    lists: str
    settings: Settings = field(default_factory=Settings)
    hostile: set[Variation] = field(default_factory=set)
    ways: Collection[str] = tuple(sending.WAYS)
    revision: int = 1
    saves: int = 0  # that were accepted
    tests: int = 0
    test_passes: bool = True
    tokens: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Answer:
        if request.path.startswith(SERVICES):
            return self.rest.answer(request)
        if request.path == PAGE:
            return self._page()
        if request.path == "/app.js":
            return Answer(body=f"const PAGE = {json.dumps(self._look())};\n{_APP}", kind=SCRIPT)
        if (sent := sending.answer(request)) is not None:
            return sent
        return self._called(request)

    def _page(self) -> Answer:
        ways = self.ways if Variation.SENDS_IN_BACKGROUND in self.hostile else ()
        more = sending.script(ways) if ways else ""
        return Answer(body=f"{_HEAD}{_BODY}{more}</body></html>", headers=sending.headers(ways))

    def _look(self) -> dict[str, Any]:
        labels = settings.labels(self.release)
        if Variation.RENAMED_LABEL in self.hostile:
            labels["server"] = "Mail Host"
        return {
            "labels": labels,
            "lists": self.lists,
            "oauth": not self.release.startswith("7."),
            "auths": (settings.BASIC, settings.OAUTH),
            "encryptions": settings.ENCRYPTIONS,
            "clouds": settings.CLOUDS,
            "types": settings.TYPES,
            "cut": Variation.CUT_VALUE in self.hostile,
            "twice": Variation.DUPLICATE_LABEL in self.hostile,
            "changesAnother": Variation.FIELD_CHANGES_ANOTHER in self.hostile,
        }

    def _called(self, request: Request) -> Answer:
        if (request.verb, request.path) == ("POST", LOGIN):
            return self._login(request)
        token = request.headers.get("x-token", "")
        if request.path == SETTINGS and request.verb == "PUT" and Variation.SESSION_ENDS in self.hostile:
            self.tokens.clear()
        if token not in self.tokens:
            return document(ENDED, 401)
        if (request.verb, request.path) == ("POST", LOGOUT):
            self.tokens.discard(token)
            return document({})
        if (request.verb, request.path) == ("GET", SETTINGS):
            return document({**settings.shown(self.settings), "revision": self.revision})
        if (request.verb, request.path) in (("POST", TEST), ("PUT", SETTINGS)):
            return self._taken(request)
        return document({}, 404)

    def _login(self, request: Request) -> Answer:
        body = request.document()
        if not isinstance(body, dict) or (body.get("username"), body.get("password")) != (self.user, self.secret):
            return document({"message": "Invalid username or password."}, 401)
        if Variation.SECOND_LOGIN in self.hostile:
            return document({"step": "code"})
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        return document({"token": token})

    def _taken(self, request: Request) -> Answer:
        """A test or a save: what is wrong with it is answered with status 200."""
        body = request.document()
        with self.lock:
            wanted = settings.sent(self.settings, body)
            if request.path == TEST:
                self.tests += 1
            if said := " ".join(settings.faults(wanted)):
                return _said(said, ok=False)
            if request.path == TEST:
                return _said("Test succeeded." if self.test_passes else "Test failed.", ok=self.test_passes)
            if body.get("revision") != self.revision:
                return _said("The settings were changed by another user. Reload the page.", ok=False)
            if Variation.ERROR_WITH_200 in self.hostile:
                return _said("Save failed. Contact your system administrator.", ok=False)
            self._save(wanted)
            return document({"ok": True, "message": "Saved successfully.", "revision": self.revision})

    def _save(self, wanted: Settings) -> None:
        self.saves += 1
        if Variation.SAVE_DOES_NOTHING in self.hostile:
            return
        if Variation.SAVE_CHANGES_ANOTHER in self.hostile:
            wanted = replace(wanted, signature="Changed by the page")
        self.settings, self.revision = wanted, self.revision + 1
        self.log.add(self.user, EMAIL, "Edit Email Server Settings")


def _said(message: str, *, ok: bool) -> Answer:
    return document({"ok": ok, "message": message})
