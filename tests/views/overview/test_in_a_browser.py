"""The page of `report` in a real Chromium: nothing is loaded, nothing of others runs, and everybody can use it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import browser as chromium
from support import handshakes, overviews

from reconciler.views.handshakes import report
from reconciler.views.overview import page

ALL = "".join(overviews.HOSTILE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium.started() as found:
        yield found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("pages"), page.text(overviews.OVERVIEW))


def written(folder: Path, text: str) -> Path:
    path = folder / "report.html"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_asks_nobody_fits_and_has_no_serious_fault(browser: Any, file: Path, width: int, scheme: str) -> None:
    with chromium.shown(browser, file, viewport={"width": width, "height": 900}, color_scheme=scheme) as shown:
        for details in shown.page.locator("details").all():
            details.evaluate("(one) => { one.open = true; }")
        assert (shown.asked, shown.troubles) == ([file.as_uri()], [])
        assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
        assert chromium.faults(shown.page) == []


def test_hostile_words_are_words(browser: Any, tmp_path: Path) -> None:
    """And the policy of the page would stop them, were they more."""
    file = written(tmp_path, page.text(overviews.hostile(overviews.OVERVIEW, ALL)))
    with chromium.shown(browser, file) as shown:
        assert (shown.asked, shown.troubles) == ([file.as_uri()], [])
        assert "<script>alert(1)</script>" in shown.page.locator("#needs").inner_text()


def test_the_policy_stops_what_gets_past_the_escaping(browser: Any, file: Path) -> None:
    with chromium.shown(browser, file) as shown:
        assert shown.page.evaluate(_SMUGGLED) == ["img-src", "script-src-attr", "style-src-attr"]


_SMUGGLED = """() => new Promise((done) => {
  const stopped = new Set();
  document.addEventListener("securitypolicyviolation", (event) => {
    if (stopped.add(event.effectiveDirective).size === 3) done([...stopped].sort());
  });
  setTimeout(() => done([...stopped].sort()), 10000);
  const made = document.createElement("div");
  made.innerHTML = "<img src=http://127.0.0.1:9/x onerror=alert(1) style=color:red>";
  document.body.append(made);
})"""


def test_the_page_of_verify_has_no_serious_fault_either(browser: Any, tmp_path: Path) -> None:
    file = written(tmp_path, report.text(handshakes.ALL, uses=handshakes.USES, now=handshakes.NOW))
    with chromium.shown(browser, file, color_scheme="dark") as shown:
        assert chromium.faults(shown.page) == []


def test_every_link_leads_to_what_is_seen(browser: Any, file: Path) -> None:
    """Also into what is folded."""
    with chromium.shown(browser, file) as shown:
        links = shown.page.locator("a[href]")
        assert links.count() > 20
        assert (
            shown.page.evaluate(
                "[...document.links].map((one) => one.getAttribute('href'))"
                ".filter((href) => !href.startsWith('#') || !document.getElementById(href.slice(1)))"
            )
            == []
        )
        shown.page.locator("#matrix a").last.click()
        assert shown.page.locator("#resources .rows:target li").first.is_visible()
        assert "prod/shop" in shown.page.locator("#resources details:has(.rows:target) summary").inner_text()


def test_the_filter_by_keyboard(browser: Any, file: Path) -> None:
    from playwright.sync_api import expect

    with chromium.shown(browser, file) as shown:
        shown.page.keyboard.press("/")
        shown.page.keyboard.type("prod mta")
        rows, resources = (shown.page.locator(f"#{name}:visible") for name in ("matrix tbody tr", "resources li"))
        expect(rows).to_have_count(1)
        assert rows.all_inner_texts() == ["mta postfix\t–\t–\t✓ in sync"]
        assert resources.all_inner_texts() == ["✓ in sync relay"]
        assert shown.page.locator("#needs").is_hidden()
        shown.page.keyboard.press("Escape")
        expect(rows).to_have_count(4)


def test_it_is_whole_without_script(browser: Any, file: Path) -> None:
    with chromium.shown(browser, file, java_script_enabled=False) as shown:
        assert shown.page.locator("#find").is_hidden()
        assert shown.page.locator("#matrix tbody tr:visible").count() == 4


def test_on_paper_it_is_light_and_has_no_controls(browser: Any, file: Path) -> None:
    with chromium.shown(browser, file, color_scheme="dark") as shown:
        shown.page.emulate_media(media="print")
        assert shown.page.locator("nav").is_hidden()
        colours = "[document.body, document.querySelector('.mark.ok')].map((one) => getComputedStyle(one))"
        assert shown.page.evaluate(f"{colours}.map((one) => one.backgroundColor + one.color)") == [
            "rgb(255, 255, 255)rgb(0, 0, 0)",
            "rgb(230, 244, 234)rgb(17, 99, 41)",
        ]
        assert shown.page.locator("#changes summary").first.is_visible()


def test_what_it_is_called_for_those_who_do_not_see_it(browser: Any, file: Path) -> None:
    with chromium.shown(browser, file) as shown:
        roles = ("banner", "navigation", "main", "contentinfo", "search")
        assert {role: shown.page.get_by_role(role).count() for role in roles} == dict.fromkeys(roles, 1)
        assert shown.page.get_by_role("region", name="Stages and targets").count() == 2  # the section, and its table
        assert shown.page.get_by_role("columnheader", name="prod (protected)").count() == 1
        assert shown.page.get_by_role("rowheader", name="shop file").count() == 1
