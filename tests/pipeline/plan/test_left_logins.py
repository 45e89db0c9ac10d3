"""A login that no file declares stays in the application, and follows its host."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.values import MAIN, REF, applied, desired, present, reading, v

from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.settings import Applied, Desired, Present
from reconciler.pipeline.apply import record
from reconciler.pipeline.observe import sent
from reconciler.pipeline.plan import compare, destinations

THERE = {"host": "relay.example.com", "port": 587, "encryption": "starttls", "username": "shop"}
KEY = "mail_servers[main]"


def change(wanted: Desired, live: Present | None = None, last: Applied | None = None) -> Change:
    known = {("crm", last.address.resource): last} if last else {}
    (one,) = compare.changes([wanted], reading({KEY: live or present(THERE)}), known, {REF: v(1)})
    return one


def risks(**declared: object) -> list[str]:
    return [one.what for one in change(desired(**declared)).risks]


def test_it_is_a_risk_when_the_host_changes() -> None:
    assert risks(host="evil.example.net") == [
        "the password that is in the application stays there, and goes to evil.example.net"
    ]


def test_it_is_one_in_clear_text_when_the_encryption_goes() -> None:
    assert risks(encryption="none") == [
        "the password that is in the application stays there, and goes to relay.example.com, in clear text"
    ]


def test_it_is_one_at_another_port() -> None:
    assert len(risks(port=2525)) == 1


@pytest.mark.parametrize(
    "declared",
    [
        {"priority": 1},
        {"encryption": "tls"},
        {"host": "other", "username": None, "password": None},
        {"host": "other", "username": None},
        {"host": "other", "auth": "none"},
        {"host": "other", "auth": "oauth2"},
        {"host": "other", "username": "shop", "password": REF},
    ],
    ids=["the route stays", "more encryption", "cleared", "no user", "no login", "another login", "replaced"],
)
def test_it_is_none_where_the_route_stays_or_the_login_goes(declared: dict[str, object]) -> None:
    assert risks(**declared) == []


def test_it_is_none_where_nobody_logs_in_there() -> None:
    assert change(desired(host="other"), present({**THERE, "username": None})).risks == ()
    assert change(desired(host="other"), Present(settings={**THERE, "password": None})).risks == ()


def test_what_we_wrote_counts_where_the_platform_tells_nothing() -> None:
    (last,) = applied({"host": "relay.example.com"}, secret=REF).values()
    assert len(change(desired(host="other"), Present(settings=THERE), last).risks) == 1


def test_a_login_that_only_the_handshake_gives_up_stays() -> None:
    wanted = desired(host="other")
    wanted = replace(wanted, handshake={**wanted.handshake, "auth": "none", "encryption": "none"})
    assert [one.what for one in change(wanted).risks] == [
        "the password that is in the application stays there, and goes to other, in clear text"
    ]


def test_a_client_secret_follows_its_token_server() -> None:
    there = {"auth": "oauth2", "oauth2.token_url": "https://login.example.com"}
    live = Present(settings=there, write_only=frozenset({"oauth2.client_secret", "password"}))
    moved = desired(oauth2__token_url="https://evil.example.net", host="other")
    assert [one.field for one in change(moved, live).risks] == ["oauth2.client_secret"]


def test_clear_text_is_refused_where_the_stage_is_protected() -> None:
    found = change(replace(desired(encryption="none", priority=1), protected=True))
    assert (found.action, [one.rule for one in found.findings]) == (Action.BLOCKED, ["protected-plaintext"])


# --- where a secret was sent, after it left the files


def applied_again(last: Applied, settings: dict[str, object], live: dict[str, object]) -> Applied:
    wanted = desired(**settings)
    todo = change(wanted, present(live), last)
    where = Address.parse(MAIN).resource
    readings = (reading({KEY: present(live)})["prod/crm"],) * 2
    (entry,) = record.entries([last], [todo], {where: wanted}, readings, {REF: v(1)}, record.Stamp(run="2", at="now"))
    return entry


def test_a_secret_that_left_the_files_and_comes_back_at_another_host_is_a_risk() -> None:
    (last,) = applied({"host": "good"}, secret=REF).values()
    last = applied_again(last, {"host": "evil", "username": None, "password": None}, {"host": "good"})
    assert last.secrets == {}
    back = change(desired(host="evil", username="shop", password=REF), present({"host": "evil"}), last)
    assert [one.what for one in back.risks] == ["this password has not been sent to evil before"]


def test_it_may_come_back_where_it_was() -> None:
    (last,) = applied({"host": "good"}, secret=REF).values()
    last = applied_again(last, {"host": "evil", "username": None, "password": None}, {"host": "good"})
    assert change(desired(host="good", username="shop", password=REF), present({"host": "evil"}), last).risks == ()


def test_it_is_remembered_once() -> None:
    (last,) = applied({"host": "good"}, secret=REF).values()
    for host in ("other", "good", "other", "third"):
        last = applied_again(last, {"host": host, "username": "shop", "password": REF}, {"host": "before"})
    assert sorted(str(one.place) for one in last.sent) == ["good", "other"]
    (places,) = destinations.sent([last]).values()
    assert len(places) == 3


def gone(last: Applied) -> Applied:
    (left,) = sent.released([last], {last.address.resource})
    return left


def test_what_we_gave_a_resource_that_left_the_files_counts_where_the_platform_tells_nothing() -> None:
    (last,) = applied({"host": "relay.example.com"}, secret=REF).values()
    known = {"left": [gone(last)]}
    (there,) = compare.changes([desired(host="x")], reading({KEY: Present(settings=THERE)}), {}, {}, **known)
    assert [one.rule for one in there.risks] == ["secret-to-new-host"]
    (new,) = compare.changes([desired(host="x")], reading({}), {}, {}, **known)
    assert (new.action, new.risks) == (Action.CREATE, ())


def test_where_secrets_went_is_kept_once_and_of_the_latest_only() -> None:
    (last,) = applied({"host": "good"}, secret=REF).values()
    many = [
        replace(last, address=Address.parse(f"prod/crm:mail_servers[a{at}]"), settings={"host": f"h{at // 2}"}, at=at)
        for at in range(sent.MOST_LEFT * 2 + 100)
    ]
    left = sent.released(many, {one.address.resource for one in many})
    places = [place.place for one in left for place in one.sent]
    assert places == [f"h{at}" for at in range(sent.MOST_LEFT + 49, 49, -1)]
    assert sent.released((last, *left), set()) == (last, *left)


def test_a_work_order_for_it_is_kept_as_it_is() -> None:
    (last,) = applied({"host": "good"}, secret=REF).values()
    ordered = replace(gone(last), handed=last)
    assert sent.released([ordered], set()) == (ordered,)


def test_a_run_that_was_cut_off_forgets_versions_and_not_places() -> None:
    (last,) = applied({"host": "good"}, secret=REF).values()
    cut = sent.without_secrets(last, {"password"})
    assert (cut.secrets, [one.place for one in cut.sent]) == ({}, ["good"])
