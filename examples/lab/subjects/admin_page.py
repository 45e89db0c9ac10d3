"""A console of a team's own for the contract: the page map of examples/admin-page, on a form in a real browser."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.servers.admin_page import console as form_console
from lab.servers.admin_page.console import FormConsole
from lab.servers.console import browser
from lab.servers.console.not_by_network import NotByNetwork

MAP = Path(__file__).parents[2] / "admin-page" / "maps" / "tickets.yaml"
PAGE = """<h1>Tickets</h1><h2>Mail</h2><p class="{tone}">{message}</p><form method=post action=/settings>
<label for=h>SMTP server</label><input id=h name=host value="{host}"><br>
<label for=n>Port</label><input id=n name=port value="{port}"><br>
<label for=e>Encryption</label><select id=e name=encryption>
<option {is_none}>None<option {is_starttls}>STARTTLS<option {is_tls}>SSL/TLS</select><br>
<label><input type=checkbox name=login value=1 {is_login} onchange="u.hidden = !this.checked"> Log in</label>
<div id=u {no_login}><label>User <input name=user value="{user}"></label>
<label>Mail password <input name=secret type=password></label></div>
<label for=s>Sender</label><input id=s name=sender value="{sender}"><br>
<label for=f>Footer</label><input id=f name=footer value="{footer}"><button>Save</button></form>"""
_MAIL: Mapping[str, Any] = {
    "host": "smtp.example.com",
    "port": 587,
    "encryption": "starttls",
    "auth": "basic",
    "username": "no-reply@example.com",
    "password": {"env": "MAIL_PASSWORD", "version": 1},
    "sender": {"address": "no-reply@example.com"},
    "verify": {"from": "nowhere"},
}
_OTHER: Mapping[str, Any] = {
    **_MAIL,
    "host": "relay.example.net",
    "port": 465,
    "encryption": "tls",
    "username": "other@example.com",
    "password": {"env": "OTHER_PASSWORD", "version": 1},
    "sender": {"address": "other@example.com"},
}
_WORDS = {"None": "is_none", "STARTTLS": "is_starttls", "SSL/TLS": "is_tls"}


def save(console: FormConsole, form: dict[str, str]) -> str:
    """As a console does: an empty password field leaves the password, a box that is not sent is not checked."""
    secret = form.pop("secret", "") or console.stored.get("secret", "")
    login = "login" in form
    console.stored |= form | {"secret": secret, "tone": "success", "is_login": "checked" if login else ""}
    console.stored |= {"no_login": "" if login else "hidden"}
    console.stored |= {word: "selected" if form["encryption"] == shown else "" for shown, word in _WORDS.items()}
    return "Saved."


@dataclass(kw_only=True)
class AdminPageSubject(NotByNetwork):
    console: FormConsole
    page_map: str
    environ: Mapping[str, str]
    kind: str = "admin-page"

    @property
    def connection(self) -> Mapping[str, Any]:
        account = {"username": self.console.user[0], "password": {"env": "CONSOLE_PASSWORD"}}
        return {"url": self.console.url, "page_map": self.page_map, **account}

    @property
    def first(self) -> Mapping[str, Any]:
        return {"settings": _MAIL}

    @property
    def second(self) -> Mapping[str, Any]:
        return {"settings": _OTHER}

    def foreign(self) -> None:
        theirs = {"host": "old.example.org", "port": "2525", "encryption": "SSL/TLS", "user": "old", "secret": "old"}
        save(self.console, theirs | {"login": "1", "sender": "old@example.org", "footer": "Theirs"})

    def edited(self) -> None:
        self.console.stored["port"] = "2526"

    def settings(self) -> Mapping[str, Any]:
        return {name: self.console.stored.get(name) for name in (*_WORDS.values(), *_OURS)}

    def unmanaged(self) -> Any:
        return self.console.stored.get("footer")

    def writes(self) -> int:
        return len(self.console.posted)

    @contextmanager
    def unreadable(self) -> Iterator[None]:
        """The account has another password meanwhile."""
        known, self.console.user = self.console.user, (self.console.user[0], secrets.token_hex(8))
        try:
            yield
        finally:
            self.console.user = known


_OURS = ("host", "port", "is_login", "user", "secret", "sender")


@contextmanager
def subject(folder: Path) -> Iterator[AdminPageSubject]:
    """A page map lies beside the files that name it: those of a trial are in the folder `contract` beside `folder`."""
    browser.needed()
    for beside in (folder.parent, folder.parent / "contract"):
        (beside / "maps").mkdir(parents=True, exist_ok=True)
        shutil.copy(MAP, beside / "maps")
    environ = {name: secrets.token_urlsafe(18) for name in ("CONSOLE_PASSWORD", "MAIL_PASSWORD", "OTHER_PASSWORD")}
    console = FormConsole(body=PAGE, saves=save, user=("reconciler", environ["CONSOLE_PASSWORD"]))
    console.stored |= {"is_none": "selected", "no_login": "hidden", "footer": "Sent by Tickets"}
    with form_console.running(console):
        yield AdminPageSubject(console=console, page_map=f"maps/{MAP.name}", environ=environ)
