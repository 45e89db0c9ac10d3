"""Writing: only what changes, and only when the page does what it was asked for, and nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lab.servers.admin_page.console import FormConsole
from support.admin_page import form, mapped, reached, writing

from reconciler.drivers.admin_page import session, touch
from reconciler.drivers.admin_page.carrying.carrier import Carrier
from reconciler.errors import PlatformAnswer, PlatformDenied, PlatformError, PlatformRefused
from reconciler.model.secret import SecretValue
from reconciler.model.settings import Value

Served = Callable[..., FormConsole]
CONTROLS: dict[str, Any] = {
    "host": {"label": "Host", "type": "text"},
    "port": {"label": "Port", "type": "number"},
    "password": {"label": "Mail password", "type": "password"},
}
BODY = form(
    "<label for=h>Host</label><input id=h name=host value='{host}'>"
    "<label for=n>Port</label><input id=n name=port value='{port}'>"
    "<label for=s>Mail password</label><input id=s name=secret type=password value='{dots}'>"
)
STORED = {"host": "old.example.com", "port": "25"}
SECRET = "canary-mail-pw"


def start(served: Served, body: str = BODY, **more: Any) -> FormConsole:
    return served(body, stored=dict(STORED), **more)


def test_only_changed_controls_are_written_and_the_rest_goes_back_as_it_was(served: Served) -> None:
    console = start(served)
    writer = writing(console, CONTROLS)

    writer.write({"host": "new.example.com"})

    assert console.posted == [{"host": "new.example.com", "port": "25", "secret": ""}]
    assert writer.read().values == {"host": "new.example.com", "port": 25}
    assert console.logins == 1
    writer.close()


def test_a_password_is_typed_and_stands_nowhere_else(
    served: Served, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    console = start(served)
    caplog.set_level(logging.DEBUG)
    writer = writing(console, CONTROLS)

    writer.write({"password": SecretValue(SECRET)})
    writer.close()

    assert [one["secret"] for one in console.posted] == [SECRET]
    assert not any(SECRET in path for _, path in console.log)
    out, err = capfd.readouterr()
    assert SECRET not in caplog.text + out + err


@pytest.mark.parametrize(
    ("body", "control", "wanted", "posted"),
    [
        ("<select name=x aria-label=X><option>a<option>b</select>", {"type": "select"}, "b", "b"),
        ("<input type=checkbox name=x aria-label=X value=1>", {"type": "checkbox"}, True, "1"),
        (
            "<input type=checkbox name=x aria-label=X value=1>",
            {"type": "checkbox", "choices": {"checked": "tls", "unchecked": "none"}},
            "tls",
            "1",
        ),
        (
            "<fieldset><legend>X</legend><label><input type=radio name=x value=1 checked>Off</label>"
            "<label><input type=radio name=x value=2>Live</label></fieldset>",
            {"type": "radio", "choices": {"Off": "off", "Live": "live"}},
            "live",
            "2",
        ),
        ("<textarea name=x aria-label=X>a</textarea>", {"type": "list"}, ("a", "b"), "a\r\nb"),
        ("<input name=x aria-label=X value=a>", {"type": "text"}, None, ""),
        (
            "<input type=hidden name=x><button type=button aria-label=X onclick='m.hidden = false'>5 minutes</button>",
            {"type": "menu"},
            "1 hour",
            "1 hour",
        ),
        (
            "<input type=hidden name=x><div role=combobox tabindex=0 aria-label=X onclick='m.hidden = false'>a</div>",
            {"type": "combobox", "choices": {"1 hour": 60, "5 minutes": 5}},
            60,
            "1 hour",
        ),
    ],
    ids=["select", "checkbox", "checkbox with choices", "radio", "list", "cleared", "menu", "combobox"],
)
def test_each_type_is_written(served: Served, body: str, control: dict[str, Any], wanted: Value, posted: str) -> None:
    # an open list that is drawn outside the form
    entries = "".join(
        f"<div role=option onclick='document.forms[0].x.value = this.textContent; m.hidden = true;"
        f'document.querySelector("[aria-label=X]").textContent = this.textContent\'>{text}</div>'
        for text in ("5 minutes", "1 hour")
    )
    console = served(form(body) + f"<div id=m hidden>{entries}</div>")
    console.saves = lambda console, given: shown(console, given["x"])
    writer = writing(console, {"x": {"label": "X", **control}})

    writer.write({"x": wanted})

    assert [one["x"] for one in console.posted] == [posted]
    writer.close()


def shown(console: FormConsole, value: str) -> str:
    """The page keeps what it was given, in whatever control it is."""
    kept = {
        "1": console.body.replace("value=1>", "value=1 checked>"),
        "2": console.body.replace(" checked", "").replace("value=2>", "value=2 checked>"),
        "b": console.body.replace("<option>b", "<option selected>b"),
        "a\r\nb": console.body.replace(">a</textarea>", ">a\nb</textarea>"),
        "": console.body.replace("value=a", ""),
        "1 hour": console.body.replace("</button><button>", "</button><button>")
        .replace(">5 minutes</button>", ">1 hour</button>")
        .replace(">a</div>", ">1 hour</div>"),
    }
    console.body = kept[value]
    return ""


def test_a_control_that_appears_with_another_value_is_filled_after_it(served: Served) -> None:
    body = form(
        "<select name=auth aria-label=Auth onchange='u.hidden = this.value != \"Basic\"'>"
        "<option>None<option>Basic</select><p id=u hidden><label>User <input name=user></label></p>"
    )
    console = served(body)
    console.saves = keep_login
    controls = {
        "username": {"label": "User", "type": "text", "when": {"auth": "basic"}},
        "auth": {"label": "Auth", "type": "select", "choices": {"None": "none", "Basic": "basic"}},
    }
    writer = writing(console, controls)

    writer.write({"username": "no-reply@example.com", "auth": "basic"})

    assert console.posted == [{"auth": "Basic", "user": "no-reply@example.com"}]
    writer.close()


def keep_login(console: FormConsole, given: dict[str, str]) -> str:
    body = console.body.replace("<option>Basic", "<option selected>Basic").replace("<p id=u hidden>", "<p id=u>")
    console.body = body.replace("name=user", f"name=user value='{given['user']}'")
    return ""


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "a field that cuts": (
        BODY.replace("id=h", "id=h maxlength=6"),
        {"host": "new.example.com"},
        "'Host' was given 'new.example.com' and holds 'new.ex'; nothing was saved",
    ),
    "a field that changes another": (
        BODY.replace("id=h", "id=h onblur='n.value = 2525'"),
        {"host": "new.example.com"},
        "while Host was typed, the page changed port too; nothing was saved",
    ),
    "a nameless field that changes another": (
        form(
            "<label>Host <input value='{host}' onblur='document.querySelectorAll(\"input\")[1].value = 2525'></label>"
            "<label>Port <input value='{port}'></label><label>Mail password <input type=password></label>"
        ),
        {"host": "new.example.com"},
        "while Host was typed, the page changed Port too; nothing was saved",
    ),
    "a field that another one empties": (
        BODY.replace("id=n", "id=n onblur='h.value = \"\"'"),
        {"host": "new.example.com", "port": 26},
        "'Host' was given 'new.example.com' and holds ''; nothing was saved",
    ),
    "a field that a script empties a moment later": (
        BODY.replace("id=h", "id=h onblur='setTimeout(() => h.value = \"\", 30)'"),
        {"host": "new.example.com"},
        "'Host' was given 'new.example.com' and holds ''; nothing was saved",
    ),
    "a field that is locked": (BODY.replace("id=h", "id=h readonly"), {"host": "a"}, "'Host' is locked"),
    "a duplicate label": (
        BODY.replace("<button>", "<label for=z>Host</label><input id=z><button>"),
        {"host": "a"},
        "the label 'Host' leads to 2 controls",
    ),
    "two buttons": (BODY.replace("</form>", "<button>Save</button></form>"), {"host": "a"}, "2 buttons or links"),
    "a password field that does not keep": (
        BODY.replace("id=s", "id=s maxlength=3"),
        {"password": SecretValue(SECRET)},
        "'Mail password' does not keep the password as it was typed; nothing was saved",
    ),
    "a password into a field that shows it": (
        BODY.replace("type=password", "type=text"),
        {"password": SecretValue(SECRET)},
        "'Mail password' leads to a text field, not to a password",
    ),
}


@pytest.mark.parametrize(("body", "changes", "said"), REFUSED.values(), ids=REFUSED)
def test_nothing_is_sent_where_the_page_does_not_take_it(
    served: Served, body: str, changes: dict[str, Any], said: str
) -> None:
    console = start(served, body)
    writer = writing(console, CONTROLS)

    with pytest.raises(PlatformRefused, match=said) as raised:
        writer.write(changes)

    assert console.posted == []
    assert SECRET not in repr((raised.value.what, raised.value.why, raised.value.fix))
    writer.close()


def forgets(console: FormConsole, given: dict[str, str]) -> str:
    return "Saved."


def changes_another(console: FormConsole, given: dict[str, str]) -> str:
    console.stored |= given | {"port": "2525"}
    return "Saved."


def refuses(console: FormConsole, given: dict[str, str]) -> str:
    console.stored["tone"] = "error"
    return "Host is not reachable."


def ends(console: FormConsole, given: dict[str, str]) -> str:
    console.sessions.clear()
    return ""


@pytest.mark.parametrize(
    ("saves", "error", "said"),
    [
        (forgets, PlatformRefused, "'Host' shows 'old.example.com' instead of 'new.example.com'"),
        (changes_another, PlatformRefused, "saving changed other settings too: 'Port' went from 25 to 2525"),
        (refuses, PlatformRefused, r"/settings refused to save: Host is not reachable\."),
        (ends, PlatformDenied, "the login page came instead of the page asked for: the session has ended"),
    ],
)
def test_a_save_that_goes_wrong_is_told_in_the_pages_words(
    served: Served, saves: Any, error: type[PlatformError], said: str
) -> None:
    console = start(served, saves=saves)
    writer = writing(console, CONTROLS, page={"failed": {"css": ".error"}})

    with pytest.raises(error, match=said):
        writer.write({"host": "new.example.com"})

    assert console.logins == 1
    writer.close()


def test_what_was_opened_again_after_the_save_is_not_opened_a_third_time(served: Served) -> None:
    console = start(served)
    writer = writing(console, CONTROLS)
    writer.write({"host": "new.example.com"})
    opened = console.log.count(("GET", "/settings"))

    assert writer.read().values == {"host": "new.example.com", "port": 25}
    assert console.log.count(("GET", "/settings")) == opened

    console.stored["port"] = "2525"
    assert writer.read().values == {"host": "new.example.com", "port": 2525}
    writer.close()


def test_a_page_that_a_later_save_may_have_changed_is_opened_again(served: Served) -> None:
    second = form("<label for=z>Zone</label><input id=z name=zone value='{zone}'>")
    console = start(served, on_get=lambda console, path: shown_zone(console, second) if path == "/zone" else None)
    console.stored["zone"] = "a"
    console.saves = moves_port_with_the_zone
    found = mapped(CONTROLS)
    other = mapped({"zone": {"label": "Zone", "type": "text"}}, page={"address": "/zone"}).pages[0]
    both = replace(found, pages=(*found.pages, replace(other, name="zone")))
    writer = session.writing(both, reached(console))

    writer.write({"host": "new.example.com", "zone": "b"})

    assert writer.read().values == {"host": "new.example.com", "port": 2525, "zone": "b"}
    writer.close()


def shown_zone(console: FormConsole, page: str) -> str:
    return page.replace("{zone}", console.stored["zone"])


def moves_port_with_the_zone(console: FormConsole, given: dict[str, str]) -> str:
    console.stored |= given | ({"port": "2525"} if "zone" in given else {})
    return "Saved."


def test_a_save_that_a_script_sends_a_moment_later_is_waited_for(served: Served) -> None:
    late = "<button type=button onclick='setTimeout(() => document.forms[0].submit(), 200)'>"
    console = start(served, BODY.replace("<button>", late))
    writer = writing(console, CONTROLS)

    writer.write({"host": "new.example.com"})

    assert [one["host"] for one in console.posted] == ["new.example.com"]
    writer.close()


@pytest.mark.parametrize("late", [0.0, 0.2], ids=["", "on a busy machine"])
def test_what_an_answer_draws_anew_is_awaited(served: Served, monkeypatch: pytest.MonkeyPatch, late: float) -> None:
    """As with OutSystems: the answer replaces fields, and brings the state without which nothing may be posted.

    `late` are the seconds after which our handler hears of a request.
    """
    hears = Carrier._route

    async def hears_late(carrier: Carrier, route: Any) -> None:
        await asyncio.sleep(late)
        await hears(carrier, route)

    monkeypatch.setattr(Carrier, "_route", hears_late)
    ask = "fetch('/ajax', {method: 'POST'}).then((r) => r.text()).then((t) => w.innerHTML = t.split('</title>')[1])"
    user, fresh = "<label>User <input name=user></label>", "<input type=hidden name=state value=fresh>"
    body = form(
        f'<select name=auth aria-label=Auth onchange="{ask}"><option>None<option>Basic</select><p id=w>{user}</p>'
    )
    console = served(body, on_get=lambda _, path: fresh + user if path == "/ajax" else None, latency=0.2)
    console.saves = kept
    controls = {"auth": {"label": "Auth", "type": "select"}, "username": {"label": "User", "type": "text"}}
    writer = writing(console, controls)

    writer.write({"auth": "Basic", "username": "no-reply@example.com"})

    assert console.posted == [{"auth": "Basic", "state": "fresh", "user": "no-reply@example.com"}]
    writer.close()


def kept(console: FormConsole, given: dict[str, str]) -> str:
    body = console.body.replace("<option>Basic", "<option selected>Basic")
    console.body = body.replace("name=user", f"name=user value='{given['user']}'")
    return ""


def test_a_button_under_a_notice_is_not_pressed(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touch, "_UNCOVERED", 0.5)
    notice = "<div style='position: fixed; inset: 0; background: white'>We use cookies</div>"
    console = start(
        served, BODY + f"<script>h.onblur = () => document.body.insertAdjacentHTML('beforeend', {notice!r})</script>"
    )
    writer = writing(console, CONTROLS)

    with pytest.raises(PlatformAnswer, match="'Save' does not stand still, or is covered by something else"):
        writer.write({"host": "new.example.com"})

    assert console.posted == []
    writer.close()


def test_a_missing_sign_of_success_is_told(served: Served) -> None:
    writer = writing(start(served, saves=forgets), CONTROLS, page={"saved": {"text": "All is well"}})

    with pytest.raises(PlatformError, match="/settings shows no sign that it was saved"):
        writer.write({"host": "new.example.com"})
    writer.close()


def test_a_question_before_the_save_is_answered_by_nobody(served: Served) -> None:
    console = start(served, BODY.replace("<button>", "<button onclick='return confirm(\"Really?\")'>"))
    writer = writing(console, CONTROLS)

    with pytest.raises(PlatformRefused, match=r"asks before it saves: Really\?"):
        writer.write({"host": "new.example.com"})

    assert console.posted == []
    writer.close()


def test_a_choice_of_two_equal_entries_is_not_made(served: Served) -> None:
    console = served(form("<select name=x aria-label=X><option>a<option>b<option>b</select>"))
    writer = writing(console, {"x": {"label": "X", "type": "select"}})

    with pytest.raises(PlatformRefused, match="'X' has several entries 'b'"):
        writer.write({"x": "b"})

    assert console.posted == []
    writer.close()


def test_a_value_without_a_choice_names_those_there_are(served: Served) -> None:
    console = served(form("<select name=x aria-label=X><option>a</select>"))
    writer = writing(console, {"x": {"label": "X", "type": "select", "choices": {"a": "none", "b": "basic"}}})

    with pytest.raises(PlatformRefused, match="no choice of 'X' for 'oauth2'") as raised:
        writer.write({"x": "oauth2"})

    assert raised.value.fix == "there are 'none', 'basic'"
    writer.close()


def test_the_pages_own_test_is_pressed_and_nothing_is_saved(served: Served) -> None:
    press = "<button type=button onclick='r.textContent = \"Sent to \" + h.value'>Send test</button>"
    said = press + "<p id=r></p><button>Save"
    console = start(served, BODY.replace("<button>Save", said))
    trial = {"press": "Send test", "passed": {"text": "Sent to new.example.com"}, "failed": {"css": ".error"}}
    writer = writing(console, CONTROLS, page={"test": trial})

    tested = writer.test({"host": "new.example.com"})

    assert tested
    assert tested.passed
    assert "Sent to new.example.com" in tested.words
    assert console.posted == []
    writer.close()


def test_a_map_without_a_test_has_none(served: Served) -> None:
    writer = writing(start(served), CONTROLS)

    assert writer.test({"host": "a"}) is None
    writer.close()


def test_screenshots_are_kept_before_and_after_for_this_user_alone(served: Served, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    writer = session.writing(mapped(CONTROLS), reached(start(served), evidence=folder))

    writer.write({"host": "new.example.com"})
    writer.close()

    (run,) = folder.iterdir()
    files = sorted(run.iterdir())
    assert [file.name for file in files] == [
        "prod-console-mail-after.png",
        "prod-console-mail-before.png",
        "prod-console-mail-filled.png",
    ]
    assert all(file.read_bytes().startswith(b"\x89PNG") and file.stat().st_mode & 0o077 == 0 for file in files)


def test_a_failed_write_leaves_a_screenshot(served: Served, tmp_path: Path) -> None:
    writer = session.writing(mapped(CONTROLS), reached(start(served, saves=forgets), evidence=tmp_path))

    with pytest.raises(PlatformRefused):
        writer.write({"host": "new.example.com"})

    assert len(list(tmp_path.glob("*/prod-console-mail-failed.png"))) == 1
    writer.close()


def test_a_folder_for_screenshots_that_cannot_be_written_is_said_before_anything_is(
    served: Served, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    console = start(served)
    writer = session.writing(mapped(CONTROLS), reached(console, evidence=tmp_path / "file"))

    with pytest.raises(PlatformError, match=r"connection\.evidence: .* cannot be written"):
        writer.write({"host": "new.example.com"})

    assert console.posted == []
    writer.close()
