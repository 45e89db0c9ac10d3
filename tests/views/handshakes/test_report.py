"""The page of `verify --report`, as a text and in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from support.handshakes import ALL, NOW, REFUSED, USES, WELL
from support.values import certificate

from reconciler.views.handshakes import report
from reconciler.views.handshakes.report_facts import known

CHROMIUM = shutil.which("chromium-headless-shell")
WIDTHS = (1280, 390)
# what a page could load or run; none of it is in ours
_FORBIDDEN = {"script", "img", "link", "iframe", "object", "embed", "form", "b", "i", "svg", "base"}


class Read(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.handlers: list[str] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name in ("src", "style")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_what_servers_say_is_text_and_nothing_else() -> None:
    page = report.text(ALL, uses=USES, now=NOW)
    read = Read(page)
    assert (read.tags & _FORBIDDEN, read.handlers) == (set(), [])
    assert "<script>alert(1)</script>" in "".join(read.words)
    assert page.replace("\n", "").isprintable()
    assert "\\n" not in page


def test_the_facts_of_a_relay() -> None:
    from datetime import UTC, datetime

    told = known(WELL, datetime.fromtimestamp(NOW, UTC))
    assert {label: value for label, value in told.items() if value} == {
        "Certificate": "62 days left, until 2027-01-20",
        "Key of the certificate": "secp256r1 256 bits, signed with sha256",
        "TLS": "TLSv1.3, TLS_AES_256_GCM_SHA384",
        "Logins offered": "PLAIN LOGIN",
        "Login": "AUTH PLAIN as no-reply@example.com",
        "Sender": "MAIL no-reply@example.com is accepted",
        "Recipient": "RCPT postmaster@example.com is accepted",
        "Largest message": "35 MiB",
        "DMARC": "DMARC of example.com is valid and aligned",
        "Time": "tcp 12 ms, TLS 30 ms, AUTH 8 ms",
    }


@pytest.mark.parametrize(
    ("expires", "said"),
    [
        ("2026-11-18T10:00:00+00:00", "ends today, until 2026-11-18"),
        ("2026-11-16T22:26:40+00:00", "expired 2 days ago, until 2026-11-16"),
        (None, ""),
    ],
)
def test_how_long_a_certificate_lasts(expires: str | None, said: str) -> None:
    from dataclasses import replace
    from datetime import UTC, datetime

    now = datetime(2026, 11, 18, 9, tzinfo=UTC)
    assert known(replace(REFUSED, certificate=certificate(expires) if expires else None), now)["Certificate"] == said


def test_without_files_there_is_no_matrix() -> None:
    assert "Who sends through them" not in report.text((WELL,), now=NOW)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("chromium-headless-shell is not installed (apt-get install chromium-headless-shell)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM)
        yield started
        started.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "relays.html"
    path.write_text(report.text(ALL, uses=USES, now=NOW), "utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_browser_shows_all_of_it(browser: Any, file: Path, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked: list[str] = []
    troubles: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: troubles.append(message.text))
    page.on("dialog", lambda dialog: troubles.append(dialog.message))
    page.goto(file.as_uri())
    assert (asked, troubles) == ([file.as_uri()], [])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("article").count() == len(ALL)
    assert "<script>alert(1)</script>" in page.locator(".finding pre").last.inner_text()
    assert page.evaluate(_CONTRAST) >= 4.5
    page.close()


def test_a_relay_is_one_click_away(browser: Any, file: Path) -> None:
    page = browser.new_page()
    page.goto(file.as_uri())
    page.get_by_role("link", name="test/<b>bold</b>").click()
    target = page.locator(":target h3")
    assert target.inner_text() == "test/<b>bold</b>"
    page.close()


# the least contrast of text and what is behind it (WCAG 2.2, 1.4.3)
_CONTRAST = """() => {
  const parts = (text) => text.match(/[\\d.]+/g).slice(0, 4).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((one) => one / 255)
    .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const found = parts(getComputedStyle(one).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let least = 21;
  while (walker.nextNode()) {
    if (!walker.currentNode.data.trim()) continue;
    const node = walker.currentNode.parentElement;
    const [a, b] = [light(parts(getComputedStyle(node).color)), light(behind(node))];
    least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return least;
}"""


def test_clients_and_relays_have_a_table_of_their_own() -> None:
    from dataclasses import replace

    from reconciler.model.answers.prediction import Outcome, Reported

    sends = Outcome(client="rails", taken=True, reported=Reported.SENT, login="PLAIN", wanted=True, encrypted=True)
    fails = replace(sends, client="<b>gitlab", taken=False, reported=Reported.FAILED, reason="LOGIN is refused")
    read = Read(report.text([replace(WELL, predicted=(sends, fails)), REFUSED], now=NOW))
    words = [word for word in read.words if word.strip()]
    at = words.index("What their mail clients would come to")
    told = ["Client", "prod/submission", "<b>gitlab", "fails", "LOGIN is refused", "rails", "sends"]
    assert words[at + 2 : at + 9] == told
    assert "What their mail clients" not in "".join(Read(report.text([REFUSED], now=NOW)).words)
