"""Which page answers what: login, the two forms, Ajax steps, saving."""

from __future__ import annotations

import json
from collections.abc import Callable

from lab.servers.console import sending
from lab.servers.console.exchange import SCRIPT, TEXT, Answer, Request, redirect
from lab.servers.console.variation import Variation
from lab.servers.o11 import forms, page, settings
from lab.servers.o11.environment import Environment
from lab.servers.o11.page import EMAIL, ENVIRONMENT, FOLDER, LOGIN, Message
from lab.servers.o11.sessions import COOKIE, Sessions
from lab.servers.o11.settings import Settings
from lab.servers.o11.view_state import View, ViewStates

TITLES = {EMAIL: "Email Configuration", ENVIRONMENT: "Environment Configuration"}
STALE = "Invalid state. Reload the page and try again."


class Routes:
    def __init__(self, environment: Environment, sessions: Sessions) -> None:
        self.environment, self.sessions, self.states = environment, sessions, ViewStates()

    def answer(self, request: Request) -> Answer:
        if "HeadlessChrome" in request.headers.get("user-agent", "") or not request.path.startswith("/"):
            return Answer(status=404)
        if request.path == page.SCRIPT:
            return Answer(body=page.SCRIPT_TEXT, kind=SCRIPT)
        if (sent := sending.answer(request)) is not None:
            return sent
        name = request.path.removeprefix(f"{FOLDER}/")
        session = request.cookie(COOKIE) or ""
        if name in (LOGIN, page.CODE):
            return self._login(name, request, session)
        if not self.sessions.inside(session):
            return redirect(f"{FOLDER}/{LOGIN}?OriginalURL={request.path}")
        return self._inside(name, request, session)

    def _inside(self, name: str, request: Request, session: str) -> Answer:
        if name == page.LOGOUT:
            self.sessions.end(session)
            return redirect(f"{FOLDER}/{LOGIN}")
        if name not in TITLES:
            home = name in ("", page.HOME)
            return Answer(body=page.framed(name, "Applications", "", ""), status=200 if home else 404)
        if request.verb == "GET":
            return self._page(name, session, View(settings=self.environment.settings))
        return self._posted(name, request, session)

    def _login(self, name: str, request: Request, session: str) -> Answer:
        if request.verb == "GET":
            return self._login_page(name, session or self.sessions.visitor(), None)
        form = request.form()
        if self.states.view(session, name, form.get("__OSVSTATE", "")) is None:
            return Answer(body=STALE, status=500)
        if name == page.CODE:
            return self._login_page(name, session, Message("Error", "Wrong code."))
        refused = self.sessions.refused(session, form.get("user", ""), form.get("secret", ""))
        if refused:
            return self._login_page(name, session, Message("Error", refused))
        to = page.CODE if self.sessions.second_step else page.HOME
        return Answer(body=f"<script>location.replace({json.dumps(f'{FOLDER}/{to}')})</script>")

    def _login_page(self, name: str, session: str, message: Message | None) -> Answer:
        title, form = ("Login", page.login_form()) if name == LOGIN else ("Verification", page.code_form())
        state = self.states.issued(session, name, View(settings=Settings()))
        body = page.framed(name, title, form, state, message, inside=False)
        return Answer(body=body, headers=(("Set-Cookie", f"{COOKIE}={session}; path=/; HttpOnly"),))

    def _posted(self, name: str, request: Request, session: str) -> Answer:
        form, environment = request.form(), self.environment
        if Variation.SESSION_ENDS in environment.hostile:
            self.sessions.end(session)
            return redirect(f"{FOLDER}/{LOGIN}?OriginalURL={request.path}")
        if (view := self.states.view(session, name, form.get("__OSVSTATE", ""))) is None:
            return Answer(body=STALE, status=500)
        wanted = settings.posted(view.settings, form, mask=environment.look.mask)
        if "__AJAX" in form:
            return self._part(session, View(settings=wanted, touched=True))
        if "save" not in form and "factory" not in form:  # an Ajax step without its mark: the server says nothing of it
            return self._page(name, session, view)
        return self._saved(name, session, wanted, factory="factory" in form)

    def _saved(self, name: str, session: str, wanted: Settings, *, factory: bool) -> Answer:
        if Variation.ERROR_WITH_200 in self.environment.hostile:
            return Answer(body="<h1>Internal Error</h1><p>There was an error processing your request.</p>")
        wrong = " ".join(settings.faults(wanted))
        if name == ENVIRONMENT:
            wrong = "" if wanted.hostname else "Hostname: required field!"
        if wrong:
            return self._page(name, session, View(settings=wanted, touched=True), Message("Error", wrong))
        self.environment.save(wanted, factory=factory)
        view = View(settings=self.environment.settings)
        return self._page(name, session, view, Message("Success", "The settings were saved."))

    def _part(self, session: str, view: View) -> Answer:
        state = self.states.issued(session, EMAIL, view)
        inner = forms.email(view, self.environment.look)
        update = {"outers": {forms.BOX: {"inner": inner}}, "hidden": {"__OSVSTATE": state}}
        return Answer(body=f"OsJSONUpdate({json.dumps(update)})", kind=TEXT)

    def _page(self, name: str, session: str, view: View, message: Message | None = None) -> Answer:
        drawn: Callable[[], str] = {
            EMAIL: lambda: forms.email(view, self.environment.look),
            ENVIRONMENT: lambda: forms.environment(view.settings, self.environment.look),
        }[name]
        body = page.framed(name, TITLES[name], drawn(), self.states.issued(session, name, view), message)
        ways = self.environment.ways
        return Answer(body=body + (sending.script(ways) if ways else ""), headers=sending.headers(ways))
