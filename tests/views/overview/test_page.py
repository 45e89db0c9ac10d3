"""The page of `report` as a text: what stands where, that words of others stay words, and that it has an end."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from support import overviews

from reconciler.model.answers.overview import Overview
from reconciler.views.overview import head, page, states
from reconciler.views.overview.picture import Picture
from reconciler.views.overview.sections import ROOM
from reconciler.views.overview.states import State

MOST = 3_000_000  # bytes of a page, whatever it is about


class Read(HTMLParser):
    """Elements with the names of their attributes, in order; and the text below each `id` of a section."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.made: list[tuple[str, ...]] = []
        self.said: dict[str, str] = {}
        self._section = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.made.append((tag, *(name for name, _ in attrs)))
        if tag == "section":
            self._section = str(dict(attrs)["id"])

    def handle_data(self, data: str) -> None:
        self.said[self._section] = " ".join(f"{self.said.get(self._section, '')} {data}".split())


ONE = page.text(overviews.OVERVIEW)
SAID = Read(ONE).said


def test_the_sections_in_the_order_of_questions() -> None:
    wanted = "needs matrix relays senders drift changes accepted runs resources"
    assert list(SAID)[1:] == wanted.split()


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("", "1 of 4 relays fails: 1 resource cannot send; 1 relay inconclusive. 5 of 9 resources as declared;"),
        ("", "3 days to the next certificate's end (prod/internal)"),
        ("needs", "× failed platform-test : 550 5.7.1 relay access denied prod/openspp:mail_servers[bulk]"),
        ("needs", "? not readable platform-denied : the API client lacks"),
        ("needs", "≠ drifted 2 resources changed on the platform, and not in git"),
        ("needs", "! risk secret-to-new-host : this password has not been sent to smtp.example.com before"),
        ("needs", "! cut off run 8123 was cut off"),
        ("matrix", "openspp openspp ✓ in sync ✓ in sync × failed 1/2 × relay fails"),
        ("matrix", "odc openspp – – ? not readable"),
        ("relays", "Certificate: 60 days left, until 2027-01-20 Handshake: 50 ms tcp 12 ms TLS 30 ms AUTH 8.0 ms"),
        ("senders", "as no-reply@prod.example.com logs in as prod@example.com with mail/shared#password"),
        (
            "senders",
            "prod/submission smtp.prod.example.com:587 ✓ accepts our mail If it stops, 3 resources of 3 platforms",
        ),
        ("senders", "used by nobody: dev/submission"),
        (
            "senders",
            "Shared credentials Credential Resources Stages Relays mail/shared#password 4 resources prod, test",
        ),
        ("drift", "prod/shop:settings 4 days at least, 18 days at most applied by run 8100 port 587 → 25"),
        ("changes", "Plan: 1 to create, 2 to update; 1 not readable; 5 in sync"),
        ("changes", "password v3 → v4, rotated in Vault 2026-11-20 08:44 UTC mail/prod/submission#password"),
        ("accepted", "no-active-server : no server is active dev/openspp:mail_servers[main] switched on in December"),
        ("accepted", "2026-12-01 ! 11 days left"),
        ("runs", "2026-11-18 08:00 8123 ben@ci ! was cut off 2026-11-02 08:00 8100 ana@ci commit 0123456789ab"),
        ("resources", "≠ drifted prod/shop 1 resource ≠ drifted settings 1 setting"),
    ],
)
def test_what_a_section_says(section: str, words: str) -> None:
    assert words in SAID[section]


def test_an_accepted_warning_needs_no_attention() -> None:
    assert "no-active-server" not in SAID["needs"]
    assert "weak-tls" in SAID["needs"]


def test_without_documents_it_says_that_there_is_nothing() -> None:
    said = Read(page.text(overviews.EMPTY)).said
    assert list(said) == ["", "needs"]
    assert "Nothing to report." in said[""]
    assert "Nothing needs attention." in said["needs"]


@pytest.mark.parametrize("text", overviews.HOSTILE)
def test_words_of_others_make_no_element_and_no_attribute(text: str) -> None:
    """Neither do they hide anything: the page has the elements and lines of harmless words."""
    spoiled = page.text(overviews.hostile(overviews.OVERVIEW, text))
    assert Counter(Read(spoiled).made) == Counter(Read(ONE).made)
    assert spoiled.replace("\n", "").isprintable()
    assert spoiled.count("\n") == ONE.count("\n")
    assert "::error::" not in {line.strip()[:9] for line in spoiled.splitlines()}


def test_no_two_places_have_one_name() -> None:
    named = re.findall(r' id="([^"]*)"', ONE)
    assert len(named) > 20
    assert len(named) == len(set(named))


def test_nothing_is_loaded_and_only_our_script_may_run() -> None:
    made = Counter(tag for tag, *_ in Read(ONE).made)
    assert (made["script"], made["style"]) == (1, 1)
    assert not made.keys() & {"img", "link", "iframe", "object", "embed", "form", "base", "b", "i"}
    policy = ONE.partition('Content-Security-Policy" content="')[2].partition('"')[0]
    assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "http:" not in ONE
    assert "https:" not in ONE


@pytest.mark.parametrize("alike", [True, False])
def test_a_page_of_five_thousand_resources_has_an_end(alike: bool) -> None:
    """With all of them in its list; what is told of each setting is cut, and says so."""
    made = page.text(overviews.large(alike=alike))
    assert len(made.encode()) <= MOST
    assert made.count("mailers[mailer-") >= 5_000
    assert "not shown, for want of room" in made


def test_the_room_of_all_sections_is_that_of_the_page() -> None:
    frame = len(page.text(overviews.EMPTY).encode())
    assert sum(ROOM.values()) + frame < MOST - 20_000  # what is outside of the rooms: heads, tiles, links


def test_the_worst_state_stands_for_a_target() -> None:
    assert [one.rank for one in State] == sorted(one.rank for one in State)
    picture = Picture(overview=overviews.OVERVIEW)
    assert picture.states["prod/openspp:mail_servers[bulk]"] is State.FAILED
    assert picture.states["prod/openspp:mail_servers[main]"] is State.DRIFT
    assert states.of(overviews.NEW) is State.CHANGE


def test_a_resource_with_a_route_of_its_own_fails_with_that_alone() -> None:
    """It is among the users of the relay that it takes its other settings from."""
    main, _, other, *_ = overviews.PROOFS
    mine = overviews.REFUSED
    from dataclasses import replace

    route = replace(overviews.PROOFS[1], handshake=replace(mine, relay=overviews.USERS[0]), used_by=overviews.USERS[:1])
    assert set(Picture(overview=Overview(at=overviews.AT, proofs=(main, route, other))).silenced) == {
        overviews.USERS[0]
    }


def test_all_is_well_in_a_sentence() -> None:
    well = Overview(at=overviews.AT, proofs=overviews.PROOFS[:1], plans=(overviews.plan(*overviews.MINE[4:]),))
    assert head.sentence(Picture(overview=well)) == "The relay works. 5 resources as declared."
    two = Overview(at=overviews.AT, proofs=overviews.PROOFS[:1] * 2)
    assert head.sentence(Picture(overview=two)) == "Both relays work."
