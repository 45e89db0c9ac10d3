"""The two forms, as a release shows them and as a hostile variation spoils them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lab.servers.console.variation import Variation
from lab.servers.o11.page import button, field, row
from lab.servers.o11.releases import BASIC, EXCHANGE, Release
from lab.servers.o11.settings import Settings
from lab.servers.o11.view_state import View

SAVE, FACTORY = button("save", "Save"), button("factory", "Save and Apply Settings to the Factory")
BOX = "wt9_box"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    release: Release
    hostile: Collection[Variation]
    mask: str  # what a secret that is set is shown as; empty: as nothing
    waiting: bool = False  # it says that something waits for the factory

    @property
    def factory(self) -> str:
        said = '<span class="Waiting">There are settings that were not applied to the Factory.</span>'
        return (FACTORY if self.release.applies_to_factory else "") + (said if self.waiting else "")


def email(view: View, look: Look) -> str:
    """What an Ajax step brings anew."""
    rows = _server(view.settings, look) + _login(view, look) + _sender(view.settings, look)
    return f'<div id="{BOX}"><table>{rows}</table>{SAVE}{look.factory}</div>'


def environment(settings: Settings, look: Look) -> str:
    purposes = "".join(f"<option>{one}</option>" for one in ("Development", "Non-Production", "Production"))
    rows = field("Hostname", "hostname", settings.hostname, mandatory=True)
    rows += row("Purpose", f'<select name="purpose">{purposes}</select>')
    rows += row("Debug Mode", '<input type="checkbox" name="debug">')
    return f"<table>{rows}</table>{SAVE}{look.factory}"


def _server(settings: Settings, look: Look) -> str:
    labels, more = look.release.labels, ""
    server = "Mail Host" if Variation.RENAMED_LABEL in look.hostile else labels["server"]
    if Variation.CUT_VALUE in look.hostile:
        more = 'maxlength="8"'
    if Variation.FIELD_CHANGES_ANOTHER in look.hostile:
        more += " oninput=\"document.getElementById('wt9_sender').value='postmaster@'+this.value\""
    rows = field(server, "server", settings.server, mandatory=True, more=more)
    if Variation.DUPLICATE_LABEL in look.hostile:
        rows += field(labels["port"], "port2", "")
    return rows + field(labels["port"], "port", settings.port)


def _login(view: View, look: Look) -> str:
    settings, labels, release = view.settings, look.release.labels, look.release
    rows = row(labels["auth"], _choice(settings.auth)) if release.oauth else ""
    if settings.auth == EXCHANGE:
        rows += field(labels["tenant"], "tenant", settings.tenant, mandatory=True)
        rows += field(labels["client_id"], "client_id", settings.client_id, mandatory=True)
        return rows + _secret(labels["client_secret"], "client_secret", settings.client_secret, look)
    if release.ssl:
        rows += _box(labels["ssl"], "ssl", on=settings.ssl)
    if release.login_hidden_at_first and not (settings.configured or view.touched):
        return rows
    return (
        rows
        + field(labels["username"], "username", settings.username)
        + _secret(labels["password"], "password", settings.password, look)
    )


def _sender(settings: Settings, look: Look) -> str:
    labels = look.release.labels
    rows = field(labels["sender"], "sender", settings.sender, mandatory=True)
    rows += field(labels["sender_name"], "sender_name", settings.sender_name, mandatory=True)
    rows += _box(labels["redirect"], "redirect", on=settings.redirect, ajax=True)
    return rows + field(
        labels["test_list"], "test_list", settings.test_list, more="" if settings.redirect else "disabled"
    )


def _choice(chosen: str) -> str:
    options = "".join(f"<option{' selected' if one == chosen else ''}>{one}</option>" for one in (BASIC, EXCHANGE))
    return f'<select name="auth" id="wt9_auth" onchange="OsAjax(\'auth\')">{options}</select>'


def _secret(label: str, name: str, value: str, look: Look) -> str:
    return field(label, name, look.mask if value else "", kind="password")


def _box(label: str, name: str, *, on: bool, ajax: bool = False) -> str:
    click = f" onclick=\"OsAjax('{name}')\"" if ajax else ""
    control = f'<input type="checkbox" name="{name}" id="wt9_{name}"{" checked" if on else ""}{click}>'
    return row(label, f'{control}<input type="hidden" name="{name}_shown" value="1">')
