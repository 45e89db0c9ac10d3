"""Which answers of a visit are given again, and which are asked for each time."""

from __future__ import annotations

import pytest

from reconciler.drivers.admin_page.carrying.static_files import StaticFiles

URL = "https://console.example.com/script.js"
SCRIPT = (200, {"content-type": "text/javascript"}, b"let x")


def test_a_script_is_given_again() -> None:
    files = StaticFiles()
    files.keep("GET", URL, SCRIPT)

    assert files.known("GET", URL) == SCRIPT
    assert files.known("POST", URL) is None
    assert files.known("GET", URL + "?v=2") is None


@pytest.mark.parametrize(
    ("verb", "url", "status", "headers"),
    [
        ("POST", URL, 200, {}),
        ("GET", "https://console.example.com/settings", 200, {}),
        ("GET", "https://console.example.com/settings.aspx", 200, {}),
        ("GET", URL, 404, {}),
        ("GET", URL, 302, {"location": "/other.js"}),
        ("GET", URL, 200, {"content-type": "text/html; charset=utf-8"}),
        ("GET", URL, 200, {"cache-control": "private, no-store"}),
        ("GET", URL, 200, {"set-cookie": "seen=1"}),
    ],
    ids=["post", "page", "page with a suffix", "missing", "redirect", "html", "no-store", "cookie"],
)
def test_anything_else_is_asked_for_each_time(verb: str, url: str, status: int, headers: dict[str, str]) -> None:
    files = StaticFiles()
    files.keep(verb, url, (status, headers, b"x"))

    assert files.known("GET", url) is None


def test_what_is_kept_has_an_end() -> None:
    files = StaticFiles()
    for number in range(20):
        files.keep("GET", f"{URL[:-3]}{number}.js", (200, {}, bytes(1024 * 1024)))

    assert sum(files.known("GET", f"{URL[:-3]}{number}.js") is not None for number in range(20)) == 8
