"""The frame of a page: menu, form, state, messages by script; and the login."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = "/ServiceCenter"
LOGIN, HOME, EMAIL = "Login.aspx", "Applications.aspx", "Email_Configuration.aspx"
ENVIRONMENT, CODE, LOGOUT = "Environment_Configuration.aspx", "Login_Code.aspx", "Logout.aspx"
SCRIPT = f"{FOLDER}/script.js"
SCRIPT_TEXT = (Path(__file__).parent / "script.js").read_text(encoding="utf-8")
# A dialog that is there and not shown, with labels of its own that are words of the Email page too
_HIDDEN = (
    '<div class="Popup" style="display:none"><label>Username</label><input type="text" name="popup_user">'
    '<label>Password</label><input type="password" name="popup_password"></div>'
)


@dataclass(frozen=True, slots=True)
class Message:
    kind: str  # Success or Error
    text: str


def menu() -> str:
    def link(page: str, text: str) -> str:
        return f'<a href="{FOLDER}/{page}">{text}</a>'

    header = f"{link(HOME, 'Factory')} {link(EMAIL, 'Administration')} {link(LOGOUT, 'Logout')}"
    below = f"{link(EMAIL, 'Email')} {link(ENVIRONMENT, 'Environment Configuration')}"
    return f'<div class="sc-header-menu">{header}</div><div class="sc-sub-header">{below}</div>'


def framed(
    page: str, title: str, content: str, state: str, message: Message | None = None, *, inside: bool = True
) -> str:
    shown = f"<script>OsFeedback({json.dumps(message.kind)},{json.dumps(message.text)})</script>" if message else ""
    return f"""<!DOCTYPE html><html><head><title>{title}</title><script src="{SCRIPT}"></script></head><body>
{menu() + _HIDDEN if inside else ""}<div id="feedback" style="display:none"></div>
<form name="WebForm1" id="WebForm1" method="post" action="{page}">
<input type="hidden" name="__EVENTTARGET" value=""><input type="hidden" name="__EVENTARGUMENT" value="">
<input type="hidden" name="__OSVSTATE" id="__OSVSTATE" value="{state}">
<input type="hidden" name="__VIEWSTATE" value=""><input type="hidden" name="__VIEWSTATEGENERATOR" value="CA0B0334">
<h1>{title}</h1>{content}</form>{shown}</body></html>"""


def field(label: str, name: str, value: str, *, kind: str = "text", mandatory: bool = False, more: str = "") -> str:
    star = '<span class="Mandatory">*</span>' if mandatory else ""
    control = f'<input type="{kind}" name="{name}" id="wt9_{name}" value="{html.escape(value)}" {more}>'
    return row(f"{label}{star}", control)


def row(label: str, control: str) -> str:
    return f'<tr><td class="Label"><label>{label}</label></td><td>{control}</td></tr>'


def button(name: str, text: str) -> str:
    return f'<input type="submit" name="{name}" value="{text}">'


def login_form() -> str:
    return (
        '<div><label>Username</label><input type="text" name="user"></div>'
        '<div><label>Password</label><input type="password" name="secret"></div>' + button("login", "Login")
    )


def code_form() -> str:
    return '<div><label>Code</label><input type="text" name="code"></div>' + button("verify", "Verify")
