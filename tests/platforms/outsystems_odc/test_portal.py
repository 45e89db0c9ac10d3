"""Calls to OutSystems Developer Cloud: token, rate limits, refusals, passing failures, what a reader may not do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from lab.servers.odc import OdcStandIn

from reconciler.drivers.http import rate_limit
from reconciler.errors import (
    PlatformAnswer,
    PlatformBusy,
    PlatformDenied,
    PlatformError,
    PlatformMissing,
    PlatformUnreachable,
    WriteForbidden,
)
from reconciler.model.address import Resource
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Present, Unreadable
from reconciler.platforms import outsystems_odc
from reconciler.platforms.outsystems_odc import login, portal

STAGE = Resource(collection="stage")
ODC = SecretRef(store="env", path="ODC")


@dataclass(frozen=True)
class Secrets:
    values: Mapping[str, str]

    def open(self, ref: SecretRef) -> SecretValue:
        return SecretValue(self.values[ref.path])


class Lab:
    def __init__(self, odc: OdcStandIn) -> None:
        self.odc, self.secret = odc, odc.secret
        self.connection: dict[str, Any] = odc.connection(client_secret=ODC)
        self.open: list[Any] = []

    def reader(self) -> outsystems_odc.OdcReader:
        self.open.append(outsystems_odc.reader("prod/odc", self.connection, Secrets({"ODC": self.secret})))
        return self.open[-1]

    def live(self) -> Present | Unreadable:
        found = self.reader().read().live(STAGE)
        assert isinstance(found, Present | Unreadable)
        return found


@pytest.fixture
def lab() -> Iterator[Lab]:
    with OdcStandIn() as odc:
        made = Lab(odc)
        yield made
        for one in made.open:
            one.close()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was waited for, without waiting."""
    told: list[float] = []
    monkeypatch.setattr(rate_limit, "pause", lambda seconds, why: told.append(seconds))
    return told


def count(lab: Lab, path: str) -> int:
    return sum(path in found for _, found in lab.odc.calls)


def test_the_token_comes_from_the_discovery_document_and_serves_all_readers(lab: Lab) -> None:
    lab.live()
    lab.live()
    assert [path for _, path in lab.odc.calls[:2]] == [login.DISCOVERY, "token"]
    assert lab.odc.tokens.issued == 1


def test_a_token_is_fetched_anew_when_it_is_about_to_end(lab: Lab) -> None:
    lab.odc.tokens.expires_in = 0
    lab.live()
    lab.live()
    assert lab.odc.tokens.issued == 2


def test_a_refused_token_is_fetched_anew_once(lab: Lab) -> None:
    reader = lab.reader()
    reader.read()
    lab.odc.tokens.revoke()
    assert isinstance(reader.read().live(STAGE), Present)
    assert lab.odc.tokens.issued == 2


def test_a_new_token_that_is_refused_too_ends_it(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.odc.tokens, "knows", lambda header: False)
    with pytest.raises(PlatformDenied) as caught:
        lab.reader().read()
    assert caught.value.why == "a fresh token was refused too"
    assert lab.odc.tokens.issued == 2


def test_a_wrong_secret_names_its_reference_and_not_its_value(lab: Lab) -> None:
    lab.secret = "c4n4ry-wrong"
    with pytest.raises(PlatformDenied) as caught:
        lab.reader().read()
    assert "env ODC" in str(caught.value.fix)
    assert "c4n4ry" not in f"{caught.value.what}{caught.value.why}{caught.value.fix}"


def test_many_readers_ask_once_for_a_token_that_is_refused(lab: Lab) -> None:
    lab.secret = "wrong"
    for _ in range(5):
        with pytest.raises(PlatformDenied):
            lab.reader().read()
    assert count(lab, "token") == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example.com/token",
        "http://acme.outsystems.example/token",
        "https://a:b@127.0.0.1/token",
        "ftp://127.0.0.1/token",
        "https://127.0.0.1.example.com/token",
        "https://",
        "https://[::1/token",
    ],
)
def test_the_client_secret_goes_to_no_host_that_is_not_declared(lab: Lab, endpoint: str) -> None:
    lab.odc.server.endpoint = endpoint
    with pytest.raises(PlatformDenied, match="names a token endpoint at"):
        lab.reader().read()
    assert count(lab, "token") == 0


def test_a_declared_token_host_is_taken(lab: Lab) -> None:
    lab.odc.server.endpoint = lab.odc.url.replace("127.0.0.1", "localhost") + lab.odc.server.token_path
    lab.connection["token_host"] = "localhost"
    assert isinstance(lab.live(), Present)


def test_a_discovery_document_without_an_endpoint_is_no_reason_to_guess(lab: Lab) -> None:
    lab.odc.fail_next("not json", login.DISCOVERY)
    with pytest.raises(PlatformAnswer):
        lab.reader().read()
    assert count(lab, "token") == 0


def test_a_permission_that_is_missing_is_named(lab: Lab) -> None:
    lab.odc.deny("View configurations")
    found = lab.live()
    assert isinstance(found, Unreadable)
    assert 'lacks "Configuration management > View configurations"' in found.finding.what


def test_a_stage_that_may_not_be_viewed_is_missing_and_the_permission_is_named(lab: Lab) -> None:
    lab.odc.deny("View stage")
    with pytest.raises(PlatformMissing) as caught:
        lab.reader().read()
    assert '"Stage > View stage"' in str(caught.value.why)


def test_a_stage_that_goes_away_meanwhile_is_missing(lab: Lab) -> None:
    lab.live()
    lab.odc.tenant.stages.pop(lab.odc.stage().key)
    found = lab.live()
    assert isinstance(found, Unreadable)
    assert found.finding.rule == "platform-missing"


@pytest.mark.parametrize("asked", [None, 7], ids=["by itself", "Retry-After"])
def test_a_429_is_waited_out(lab: Lab, naps: list[float], asked: int | None) -> None:
    lab.odc.server.retry_after = asked
    lab.odc.fail_next("429", "default-system", times=3)
    assert isinstance(lab.live(), Present)
    if asked:
        assert naps == [7, 7, 7]
    else:
        assert [low <= nap <= low * 2 for low, nap in zip((0.5, 1.0, 2.0), naps, strict=True)] == [True] * 3


def test_a_429_that_does_not_end_ends_the_call(lab: Lab, naps: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal, "PATIENCE", 0.0)
    lab.odc.fail_next("429", "default-system", times=9)
    found = lab.live()
    assert isinstance(found, Unreadable)
    assert found.finding.rule == PlatformBusy.rule


@pytest.mark.parametrize("kind", ["html503", "dropped"])
def test_a_passing_failure_changes_the_time_and_not_the_result(lab: Lab, kind: Any) -> None:
    for path in ("openid", "token", "environments", "default-system"):
        lab.odc.fail_next(kind, path)
    assert isinstance(lab.live(), Present)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("html500", "500: 'Service"),
        ("json500", "a database is away; trace id"),
        ("not json", "answered 200 with text/html"),
        ("truncated", ""),
    ],
)
def test_an_answer_that_is_none_is_unreadable_and_never_absent(lab: Lab, kind: Any, says: str) -> None:
    lab.odc.fail_next(kind, "default-system", times=3)
    lab.connection["timeout"] = 0.5
    found = lab.live()
    assert isinstance(found, Unreadable)
    assert says in found.finding.what


def test_nobody_there_is_unreachable(lab: Lab) -> None:
    lab.connection["portal"] = "http://127.0.0.1:9"
    with pytest.raises(PlatformUnreachable):
        lab.reader().read()


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("PATCH", f"{portal.CONFIGURATIONS}/environments/k/default-system-configurations"),
        ("POST", f"{portal.DEPLOYMENTS}/deployment-operations"),
        ("PATCH", f"{portal.ENVIRONMENTS}/environments/k/default-domain"),
        ("GET", f"{portal.PORTFOLIOS}/libraries"),
    ],
)
def test_a_reader_cannot_write(lab: Lab, verb: str, path: str) -> None:
    reader = lab.reader()
    with pytest.raises(WriteForbidden):
        reader.portal.send(portal.Call(verb=verb, path=path, permission="", about=""))
    assert lab.odc.writes == 0


def test_all_stages_of_an_organisation_share_its_limits_and_no_call_is_over_them(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portal, "WINDOW", 0.4)
    monkeypatch.setattr(portal, "LIMITS", dict.fromkeys(portal.LIMITS, 4))
    with lab.odc.limited(calls=4, seconds=0.3):
        for stage in ("Development", "Production") * 4:
            lab.connection["stage"] = stage
            lab.live()
        assert lab.odc.limits.refused == 0
    assert 0.3 < rate_limit.waited() < 2


def test_apply_posts_have_a_bucket_of_their_own() -> None:
    post = portal.Call(verb="POST", path=f"{portal.DEPLOYMENTS}/deployment-operations", permission="", about="")
    found = {bucket.name: bucket.calls for bucket in portal._buckets("https://acme.outsystems.dev", post)}
    assert found == {"acme.outsystems.dev (deployments)": 100, "acme.outsystems.dev (deployments, POST)": 10}


@pytest.mark.parametrize(
    "broken", [{}, {"systemConfigurations": "x"}, {"systemConfigurations": ["x"]}, [], None], ids=str
)
def test_an_answer_of_another_shape_is_told(lab: Lab, broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = lab.odc.routes.answer
    replaced: Callable[..., Any] = lambda verb, path, *rest: (  # noqa: E731
        (200, broken) if path.endswith("default-system-configurations") else answer(verb, path, *rest)
    )
    monkeypatch.setattr(lab.odc.routes, "answer", replaced)
    found = lab.live()
    assert isinstance(found, Unreadable) or (broken == {} and isinstance(found, Present))


def test_no_client_secret_is_an_error_in_words(lab: Lab) -> None:
    del lab.connection["client_secret"]
    with pytest.raises(PlatformError, match="no client_secret"):
        lab.reader()
