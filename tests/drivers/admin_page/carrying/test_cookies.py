from __future__ import annotations

import pytest

from reconciler.drivers.admin_page.carrying.cookies import Jar


def test_httponly_cookies_stay_and_the_others_go_to_the_browser() -> None:
    jar = Jar()

    for_scripts = jar.receive("session=s1; Path=/; HttpOnly\nXSRF-TOKEN=t1; Path=/", "/login")

    assert for_scripts == ("XSRF-TOKEN=t1; Path=/",)
    assert jar.header("/any", {}) == "session=s1"


def test_what_scripts_hold_is_sent_too_and_ours_wins() -> None:
    jar = Jar()
    jar.receive("session=s1; Path=/; HttpOnly", "/")

    assert jar.header("/", {"XSRF-TOKEN": "t1", "session": "planted"}) == "session=s1; XSRF-TOKEN=t1"


@pytest.mark.parametrize(
    ("asked", "sent"), [("/app", True), ("/app/x", True), ("/application", False), ("/", False)], ids=str
)
def test_a_path_holds_for_what_is_below_it(asked: str, sent: bool) -> None:
    jar = Jar()
    jar.receive("a=1; Path=/app; HttpOnly", "/")

    assert bool(jar.header(asked, {})) is sent


def test_without_a_path_it_is_the_folder_of_the_request() -> None:
    jar = Jar()
    jar.receive("a=1; HttpOnly", "/app/login")

    assert jar.header("/app/other", {}) == "a=1"
    assert jar.header("/other", {}) == ""


@pytest.mark.parametrize("over", ["Max-Age=0", "Max-Age=-1", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_cookie_ends(over: str) -> None:
    jar = Jar()
    jar.receive("a=1; Path=/; HttpOnly", "/")
    jar.receive(f"a=; Path=/; HttpOnly; {over}", "/")

    assert jar.header("/", {}) == ""


def test_longer_paths_come_first() -> None:
    jar = Jar()
    jar.receive("a=1; Path=/; HttpOnly\nb=2; Path=/app; HttpOnly", "/")

    assert jar.header("/app", {}) == "b=2; a=1"
