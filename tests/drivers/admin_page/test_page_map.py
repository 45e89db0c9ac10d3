from __future__ import annotations

from support.admin_page import mapped

from reconciler.drivers.admin_page import by_hand
from reconciler.drivers.admin_page.page_map import Sign, Type
from reconciler.model.attestation import Line
from reconciler.model.secret import SecretRef

CONTROLS = {
    "host": {"label": "SMTP Server", "type": "text"},
    "auth": {"label": "Authentication", "type": "select", "choices": {"None": "none", "Basic": "basic"}},
    "password": {"label": ["Password", "Secret"], "type": "password", "when": {"auth": ["basic", "oauth2"]}},
}


def test_a_map_is_read_whole() -> None:
    found = mapped(CONTROLS, page={"saved": {"text": "Saved"}}, reads=["/api/*"])

    password = found.pages[0].control("password")
    assert password
    assert (password.labels, password.type) == (("Password", "Secret"), Type.PASSWORD)
    assert password.when == {"auth": ("basic", "oauth2")}
    assert found.pages[0].saved == Sign(text="Saved")
    assert found.addresses == ("/login", "/logout", "/settings")
    assert found.writes is None


def test_the_login_is_posted_to_its_own_page_unless_the_map_says_otherwise() -> None:
    assert mapped(CONTROLS).login.posts == ("/login",)


def test_an_order_lists_what_a_person_types_in_the_order_of_the_page() -> None:
    secret = SecretRef(store="default", path="mail/prod/submission", key="password")

    lines = by_hand.lines(mapped(CONTROLS), {"password": secret, "host": "smtp.example.com"})

    assert lines == (
        Line(page="mail", label="SMTP Server", value="smtp.example.com"),
        Line(page="mail", label="Password", value=secret),
    )


def test_equal_labels_keep_their_own_words_and_are_told_apart_by_their_headings() -> None:
    boxes = {
        name: {"label": "Mode", "within": heading, "type": "select", "choices": {heading: "one"}}
        for name, heading in (("a", "Incoming"), ("b", "Outgoing"))
    }

    lines = by_hand.lines(mapped(boxes), {"a": "one", "b": "one"})

    assert [(one.label, one.value) for one in lines] == [
        ("Mode (below Incoming)", "Incoming"),
        ("Mode (below Outgoing)", "Outgoing"),
    ]


def test_a_list_of_lines_is_handed_over_as_a_list() -> None:
    controls = {
        "lines": {"label": ["X", "Y"], "type": "list"},
        "commas": {"label": "Z", "type": "list", "separator": ","},
    }
    two = ("a@x.org", "b@x.org")
    found = by_hand.lines(mapped(controls), {"lines": two, "commas": two})
    assert [(one.label, one.value) for one in found] == [("X", two), ("Z", "a@x.org,b@x.org")]
