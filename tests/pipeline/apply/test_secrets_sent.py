"""Where a secret went is known after its resource or target left the files: a platform in memory, real state."""

from __future__ import annotations

import pytest
from lab.servers import fake
from support.site import Site

from reconciler.errors import InvalidError
from reconciler.model.settings import Applied

MAIN = "dev/crm:mail_servers[main]"
ROUTE = "port: 2525, encryption: none, auth: basic, username: u, verify: {from: nowhere}"


def declared(host: str) -> str:
    return f"mail_servers: {{main: {{host: {host}, {ROUTE}, password: {{env: PW, version: 1}}}}}}"


@pytest.fixture
def applied(site: Site, world: fake.World) -> Site:
    site.stage("dev")
    site.target("dev/crm", declared("localhost"), "crm")
    site.apply()
    return site


def entry(site: Site) -> Applied:
    (found,) = site.state.load(["fake:crm"])["fake:crm"]
    return found


def risks(site: Site) -> set[str]:
    (change,) = site.plan().changes
    return {risk.rule for risk in change.risks}


def gone(site: Site) -> Site:
    """Without its resource, applied."""
    site.target("dev/crm", "mail_servers: {}", "crm")
    assert {str(one.status) for one in site.apply().values()} == {"archived"}
    assert (entry(site).settings, entry(site).secrets) == ({}, {})
    assert site.plan().changes == ()
    return site


def test_a_secret_is_known_when_its_resource_comes_back_at_another_host(applied: Site) -> None:
    gone(applied).target("dev/crm", declared("127.0.0.1"), "crm")
    assert "secret-to-new-host" in risks(applied)
    with pytest.raises(InvalidError, match=r"this password has not been sent to 127\.0\.0\.1 before"):
        applied.events(allow=["archive", "unverified"])
    applied.apply()
    assert [one.place for one in entry(applied).sent] == ["localhost"]
    assert entry(applied).settings["host"] == "127.0.0.1"


def test_it_may_come_back_to_its_host(applied: Site) -> None:
    gone(applied).target("dev/crm", declared("localhost"), "crm")
    assert "secret-to-new-host" not in risks(applied)


def test_a_secret_whose_whole_target_left_the_files_is_known_at_the_next(applied: Site) -> None:
    (applied.root / "dev/crm.yaml").unlink()
    applied.target("dev/shop", "mail_servers: {}", "shop")
    assert {str(one.status) for one in applied.apply().values()} == {"released"}
    assert applied.plan().changes == ()
    applied.target("dev/shop", declared("127.0.0.1"), "shop")
    assert "secret-to-new-host" in risks(applied)
