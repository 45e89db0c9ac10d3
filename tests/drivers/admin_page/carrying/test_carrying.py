"""What carries a page's requests is our HTTP driver: its trust, its limits, its way with redirects and cookies."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import trustme
from lab.servers.admin_page import console as form_console
from lab.servers.admin_page.console import FormConsole
from support.admin_page import PASSWORD, form, mapped, reached, reading

from reconciler.drivers.admin_page import session
from reconciler.drivers.admin_page.console import Console
from reconciler.drivers.http import carried, site
from reconciler.errors import PlatformAnswer, PlatformError, PlatformUnreachable
from reconciler.model.secret import SecretValue

Served = Callable[..., FormConsole]
HOST = {"host": {"label": "Host", "type": "text"}}
FIELD = "<label for=h>Host</label><input id=h value=smtp.example.com>"


@pytest.fixture
def secure(browser: None, tmp_path: Path) -> Iterator[tuple[FormConsole, Path]]:
    """A console behind a certificate of a CA that only a file knows."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with form_console.running(FormConsole(body=form(FIELD)), tls=context) as found:
        yield found, tmp_path / "ca.pem"


def over(console: FormConsole, **more: str) -> Console:
    login = {"username": "admin", "password": SecretValue(PASSWORD)}
    at = site.Site(url=console.url, **more)  # type: ignore[arg-type]
    return Console(unit="prod/x", url=console.url, login=login, carry=carried.Carried(at), timeout=10.0)


def test_a_private_ca_is_trusted_by_its_file(secure: tuple[FormConsole, Path]) -> None:
    console, ca_file = secure
    reader = session.reading(mapped(HOST), over(console, ca_file=str(ca_file)))

    assert reader.read().values == {"host": "smtp.example.com"}
    reader.close()


def test_a_certificate_that_nobody_knows_is_refused(secure: tuple[FormConsole, Path]) -> None:
    reader = session.reading(mapped(HOST), over(secure[0]))

    with pytest.raises(PlatformUnreachable, match="certificate"):
        reader.read()
    assert secure[0].log == []
    reader.close()


def test_an_answer_larger_than_any_page_is_refused(served: Served) -> None:
    console = served(form(FIELD + "x" * (8 * 1024 * 1024)))
    reader = reading(console, HOST)

    with pytest.raises(PlatformAnswer, match="more than 8 MiB"):
        reader.read()
    reader.close()


def test_a_console_that_sends_on_to_another_server_is_said_at_once(served: Served) -> None:
    console = served(form(FIELD), redirects={"/settings": "https://sso.example.com/login?state=1"})
    reader = reading(console, HOST)
    begin = time.monotonic()

    with pytest.raises(PlatformAnswer, match=r"redirects to https://sso\.example\.com, which is blocked"):
        reader.read()

    assert time.monotonic() - begin < 10
    reader.close()


def test_a_login_that_would_stand_in_an_address_is_not_sent(served: Served) -> None:
    console = served(form(FIELD), login=form_console.LOGIN.replace("method=post action=/login", "action=/login"))
    reader = reading(console, HOST)

    with pytest.raises(PlatformError):
        reader.read()

    assert console.logins == 0
    assert not any(PASSWORD in path for path in console.addresses)
    reader.close()


def test_scripts_see_the_cookies_that_they_echo_and_no_session(served: Served) -> None:
    script = "<p id=c></p><script>c.textContent = document.cookie; document.cookie = 'mine=1; path=/'</script>"
    console = served(form(FIELD + script), cookies=["XSRF-TOKEN=t1; Path=/", "hidden=h1; Path=/; HttpOnly"])
    reader = session.reading(mapped(HOST, version={"page": "mail", "css": "#c"}), reached(console))

    first = reader.read().version
    reader.read()

    assert first == "XSRF-TOKEN=t1"
    assert {"XSRF-TOKEN=t1", "hidden=h1", "mine=1"} <= set(console.sent_cookies[-1].split("; "))
    assert any(one.startswith("session=") for one in console.sent_cookies[-1].split("; "))
    reader.close()


def test_a_redirect_of_what_a_script_asks_for_is_followed(served: Served) -> None:
    script = (
        "<p id=c>-</p><script>fetch('/old').then((r) => r.text()).then((t) => c.textContent = t.slice(-3))</script>"
    )
    console = served(
        form(FIELD + script), redirects={"/old": "/new"}, on_get=lambda _, path: "yes" if path == "/new" else None
    )
    version = {"page": "mail", "css": "#c"}
    reader = session.reading(mapped(HOST, version=version, reads=["/old"]), reached(console))

    assert reader.read().version == "yes"
    reader.close()


class _Nothing(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        time.sleep(1.0)


def test_a_server_that_does_not_answer_ends_with_the_deadline(browser: None) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Nothing)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    silent = FormConsole(body="", url=f"http://127.0.0.1:{server.server_port}")
    reader = session.reading(mapped(HOST), over(silent, timeout=0.4))  # type: ignore[arg-type]

    with pytest.raises(PlatformUnreachable, match="no complete answer within"):
        reader.read()
    reader.close()
    server.shutdown()
    server.server_close()
