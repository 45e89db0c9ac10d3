"""Back to what a run found, by an ordinary plan."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lab.servers import fake
from support.site import Site

from reconciler.errors import SecretError, UsageError
from reconciler.model.landscape import Landscape
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import AppliedSecret
from reconciler.pipeline import rollback
from reconciler.pipeline.apply import earlier_secret

MAIN = "dev/crm:mail_servers[main]"
ROUTE = "host: localhost, port: 2525, encryption: none, auth: basic, username: u, verify: {from: nowhere}"
REF = SecretRef(store="default", path="mail/x", key="password")
WRITTEN = "2026-11-20T11:02:38.371586478Z"


class Store:
    """Versions of one secret; what it does not have was destroyed."""

    def __init__(self, **versions: str) -> None:
        self.versions = versions

    def version(self, ref: SecretRef) -> SecretVersion:
        if (created := self.versions.get(f"v{ref.version}")) is None:
            raise SecretError(f"mail/x: version {ref.version} was destroyed")
        return SecretVersion(number=ref.version, created_time=created)


@pytest.fixture
def crm(site: Site, world: fake.World) -> fake.Installation:
    site.stage("dev")
    site.target("dev/crm", "mail_servers: {main: {priority: 10}}", "crm")
    site.apply()
    return world.of("crm")


def undone(site: Site, run: str) -> rollback.Undone:
    state = site.state
    return rollback.undone(site.land(), state, rollback.journal_of(state, run), Store())


def declared(land: Landscape) -> dict[str, dict[str, object]]:
    return {str(one.address): dict(one.settings) for one in land.desired}


def test_what_a_run_found_is_declared_again(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", "mail_servers: {main: {priority: 20, tags: [a]}}", "crm")
    site.apply()
    found = undone(site, "run-2")
    assert declared(found.landscape) == {MAIN: {"priority": 10, "tags": None}}
    assert (found.addresses, found.findings) == ((MAIN,), ())


def test_what_a_run_created_is_not_declared_so_that_it_is_archived(site: Site, crm: fake.Installation) -> None:
    assert declared(undone(site, "run-1").landscape) == {}


def test_what_failed_stays_as_it_is(site: Site, crm: fake.Installation) -> None:
    def refuse(change) -> None:
        raise ValueError("no")

    crm.on_write = refuse
    site.target("dev/crm", "mail_servers: {main: {priority: 20}}", "crm")
    site.apply()
    assert undone(site, "run-2").addresses == ()


def test_a_secret_that_nobody_can_bring_back_is_named_and_left_alone(site: Site, crm: fake.Installation) -> None:
    site.target("dev/crm", f"mail_servers: {{main: {{{ROUTE}, password: {{env: PW, version: 1}}}}}}", "crm")
    site.apply()
    found = undone(site, "run-2")
    assert "password" not in declared(found.landscape)[MAIN]
    [told] = found.findings
    assert (told.rule, told.field) == ("secret-not-restored", "password")
    assert told.what == "password cannot come back: reconciler had not written the earlier one, and no copy is kept"


def test_a_run_that_nobody_knows_is_wrong_usage(site: Site, crm: fake.Installation) -> None:
    with pytest.raises(UsageError, match="there is no such run"):
        rollback.journal_of(site.state, "nobody")


APPLIED = AppliedSecret(ref=REF, version=SecretVersion(number=3, created_time=WRITTEN))


def test_the_earlier_version_is_pinned() -> None:
    assert earlier_secret.pinned(APPLIED) == replace(REF, version=3)
    assert earlier_secret.why_gone(APPLIED, Store(v3=WRITTEN)) is None


@pytest.mark.parametrize(
    ("applied", "store", "why"),
    [
        pytest.param(APPLIED, Store(), "version 3 was destroyed", id="destroyed"),
        pytest.param(APPLIED, Store(v3="2026-11-29T00:00:00Z"), "deleted and made again", id="made again"),
        pytest.param(None, Store(), "had not written the earlier one", id="never applied"),
        pytest.param(
            AppliedSecret(ref=REF, version=SecretVersion(number=1)), Store(), "without versions", id="no versions"
        ),
    ],
)
def test_why_a_secret_cannot_come_back(applied: AppliedSecret | None, store: Store, why: str) -> None:
    assert why in (earlier_secret.why_gone(applied, store) or "")
