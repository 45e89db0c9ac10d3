"""Both consoles, hostile in each way of the lab: the exact finding, and nothing written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab.servers.console import browser
from lab.servers.console.variation import Variation
from support.consoles import CONSOLES, Console
from support.site import Site

from reconciler.model.finding import Severity
from reconciler.model.outcome import OutcomeStatus

EMAIL, PAGE = "/ServiceCenter/Email_Configuration.aspx", "/admin.html"
ENDED = "the login page came instead of the page asked for: the session has ended"

pytestmark = pytest.mark.consoles


@pytest.fixture(scope="module", autouse=True)
def _browser() -> None:
    browser.needed()


@pytest.fixture(params=CONSOLES)
def console(request: pytest.FixtureRequest, fake_site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    with CONSOLES[request.param](fake_site, monkeypatch) as found:
        yield found


# the words of each console, where they are unlike
UNREADABLE = {
    Variation.DUPLICATE_LABEL: {
        "outsystems-o11": f"{EMAIL}: the label 'SMTP Port' leads to 2 controls (text, text)",
        "netbrain": f"{PAGE}: the label 'SMTP Port' leads to 2 controls (text, text)",
    },
    Variation.RENAMED_LABEL: {
        "outsystems-o11": f"{EMAIL}: the label 'SMTP Server' leads to no control",
        "netbrain": f"{PAGE}: the label 'SMTP Server' leads to no control",
    },
    Variation.SECOND_LOGIN: {
        "outsystems-o11": (
            "/ServiceCenter/Login.aspx: after the login, the console asks to sign in again; nothing was saved"
        ),
        "netbrain": (
            f"{PAGE}: after the login, the console shows nothing to press with the text 'Email Settings'; "
            "nothing was saved"
        ),
    },
}
NOT_SAVED = {
    Variation.CUT_VALUE: {
        "outsystems-o11": (
            f"{EMAIL}: 'SMTP Server' was given 'smtp.example.com' and holds 'smtp.exa'; nothing was saved"
        ),
        "netbrain": f"{PAGE}: 'SMTP Server' was given '192.0.2.25' and holds '192.0.2.'; nothing was saved",
    },
    Variation.FIELD_CHANGES_ANOTHER: {
        "outsystems-o11": (
            f"{EMAIL}: while SMTP Server, SMTP Port, Authentication, Username, Password was typed, "
            "the page changed sender too; nothing was saved"
        ),
        "netbrain": (
            f"{PAGE}: while Authentication, SMTP Server, SMTP Port, Encryption, SMTP Authentication, Username, "
            "Password was typed, the page changed Sender Email Address too; nothing was saved"
        ),
    },
    Variation.SESSION_ENDS: {
        "outsystems-o11": f"/ServiceCenter/Login.aspx: {ENDED}",
        "netbrain": f"{PAGE}: {ENDED}",
    },
    Variation.SAVE_DOES_NOTHING: {
        "outsystems-o11": (
            f"{EMAIL} was saved without an error, but shows other values when reopened: "
            "'SMTP Server' shows 'old.example.com' instead of 'smtp.example.com'; "
            "'SMTP Port' shows 25 instead of 587; 'Username' shows None instead of 'mail'"
        ),
        "netbrain": (
            f"{PAGE} was saved without an error, but shows other values when reopened: "
            "'SMTP Server' shows '192.0.2.1' instead of '192.0.2.25'; 'SMTP Port' shows 25 instead of 587; "
            "'Encryption' shows 'none' instead of 'starttls'; 'SMTP Authentication' shows False instead of True; "
            "'Username' shows None instead of 'mail'"
        ),
    },
    Variation.ERROR_WITH_200: {
        "outsystems-o11": f"{EMAIL} shows no sign that it was saved",
        "netbrain": f"{PAGE} refused to save: Save failed. Contact your system administrator.",
    },
}
MOVED = {
    "outsystems-o11": f"{EMAIL}: saving changed other settings too: "
    "'Default Sender Name' went from 'Old' to 'Changed by the page'",
    "netbrain": f"{PAGE}: saving changed other settings too: 'Email Signature' went from None to 'Changed by the page'",
}


@pytest.mark.parametrize("variation", UNREADABLE)
def test_a_page_that_is_not_the_mapped_one_is_unreadable(variation: Variation, console: Console) -> None:
    with console.there.hostile(variation):
        todo = console.target.plan()
        console.target.apply()
    told = [finding.what for finding in todo.findings] + [one.what for c in todo.changes for one in c.findings]
    assert UNREADABLE[variation][console.target.kind] in told
    assert not todo.complete
    assert console.nothing_written()


@pytest.mark.parametrize("variation", NOT_SAVED)
def test_a_save_that_is_none_fails_and_nothing_is_written(variation: Variation, console: Console) -> None:
    with console.there.hostile(variation):
        told = console.target.refusal()
    assert told == NOT_SAVED[variation][console.target.kind]
    assert console.nothing_written()


def test_a_save_that_changes_another_field_is_told(console: Console) -> None:
    with console.there.hostile(Variation.SAVE_CHANGES_ANOTHER):
        told = console.target.refusal()
    assert told == MOVED[console.target.kind]


def test_a_slow_page_is_waited_for(console: Console) -> None:
    with console.there.hostile(Variation.SLOW_PAGE, slow=0.3):
        assert console.target.apply().status is OutcomeStatus.UPDATED


def test_a_page_that_sends_in_the_background_reaches_nobody_while_it_is_read(console: Console) -> None:
    with console.there.hostile(Variation.SENDS_IN_BACKGROUND):
        told = console.target.told()
    assert [one.path for one in console.there.seen if one.path.startswith("/sent/")] == []
    assert told["page-request-refused"].severity in (Severity.WARNING, Severity.NOTE)
    assert console.nothing_written()


def test_every_variation_of_the_lab_is_tried() -> None:
    others = {Variation.SAVE_CHANGES_ANOTHER, Variation.SLOW_PAGE, Variation.SENDS_IN_BACKGROUND}
    assert {*UNREADABLE, *NOT_SAVED, *others} == set(Variation)
