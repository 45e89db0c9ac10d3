"""Back to what a run found, by an ordinary plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lab import canary
from lab.servers import fake
from lab.subjects import openspp
from support.site import Site, actions, changed

from reconciler.engine import local
from reconciler.errors import SecretError, UsageError
from reconciler.model.landscape import Landscape
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import AppliedSecret
from reconciler.pipeline.apply import run
from reconciler.pipeline.plan import make
from reconciler.pipeline.rollback import undo
from reconciler.pipeline.write import earlier_secret
from reconciler.testing.trial import Trial

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


def undone(site: Site, run: str) -> undo.Undone:
    state = site.state
    return undo.undone(site.land(), state, undo.journal_of(state, run), Store())


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


BULK = "dev/crm:mail_servers[bulk]"


def archive_bulk(site: Site, settings: str) -> None:
    """Applied by run 2, taken out of use by run 3."""
    for servers in (f"{{main: {{priority: 10}}, bulk: {settings}}}", "{main: {priority: 10}}"):
        site.target("dev/crm", f"mail_servers: {servers}", "crm")
        site.apply()


def test_what_a_run_took_out_of_use_comes_back_as_it_was(site: Site, crm: fake.Installation) -> None:
    archive_bulk(site, "{priority: 7, tags: [a]}")
    assert crm.row("mail_servers[bulk]").archived
    found = undone(site, "run-3")
    assert (found.addresses, found.findings) == ((BULK,), ())
    back = site.planned(found.landscape, BULK)
    assert actions(back) == {BULK: "update"}
    with site.job(landscape=found.landscape) as job:
        assert [one.status for one in run.run(back, job) if isinstance(one, Outcome)] == ["updated"]
    row = crm.row("mail_servers[bulk]")
    assert (row.archived, row.settings) == (False, {"priority": 7, "tags": ("a",)})


def test_its_handshake_is_verified_as_its_stage_says(site: Site, crm: fake.Installation) -> None:
    relay = "host: localhost, port: 2525, encryption: starttls, auth: none"
    relays = f"relays: {{mine: {{{relay}, ca_file: ca.pem}}}}\nverify: {{from: nowhere, level: tls}}"
    archive_bulk(site, f"{{{relay}, verify: {{from: nowhere}}}}")
    site.write("dev/environment.yaml", f"order: 10\n{relays}")
    site.target("dev/crm", "mail_servers: {main: {relay: mine}}", "crm")
    [_, back] = undone(site, "run-3").landscape.desired
    told = {field: back.handshake.get(field) for field in ("verify.level", "ca_file", "host", "encryption")}
    ca_file = str(site.folder / "ca.pem")
    assert told == {"verify.level": "tls", "ca_file": ca_file, "host": "localhost", "encryption": "starttls"}


def test_a_secret_of_what_comes_back_is_named_where_nobody_can_tell_it(
    site: Site, crm: fake.Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PW", canary.token())
    archive_bulk(site, f"{{{ROUTE}, password: {{env: PW, version: 1}}}}")
    [told] = undone(site, "run-3").findings
    assert (told.rule, told.address, told.field) == ("secret-not-restored", BULK, "password")


def test_an_odoo_server_that_left_the_files_comes_back_and_one_that_prune_took_does_not(tmp_path: Path) -> None:
    with openspp.subject(tmp_path / "odoo") as odoo:
        trial = Trial(subject=odoo, folder=tmp_path)
        odoo.foreign()
        trial.declare(odoo.first)
        trial.apply(trial.plan())
        trial.declare({**odoo.first, "mail_servers": {"main": odoo.first["mail_servers"]["main"]}, "prune": True})
        trial.apply(planned(trial, trial.land()))
        with trial.secrets() as secrets:
            found = undo.undone(trial.land(), trial.state, undo.journal_of(trial.state, "run-2"), secrets)
        back = planned(trial, found.landscape, *found.addresses)
    assert actions(back) == {"test/subject:mail_servers[bulk]": "update"}
    assert changed(back.changes[0]) == {"active": (False, True)}
    assert {one.rule: one.fix for one in found.findings} == {
        "not-rolled-back": "put it back into use there, and declare it with adopt: {id: 2}",
        "secret-not-restored": "write the earlier one to the store again, and declare its version",
    }


def planned(trial: Trial, land: Landscape, *select: str) -> Plan:
    with trial.secrets() as secrets:
        return make.plan(land, (), local.means(secrets), select, git=None, now="2026-11-20T08:00:00Z")


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
        undo.journal_of(site.state, "nobody")


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
