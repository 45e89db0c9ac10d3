"""What a comparison is made of: who is asked for it, and which secrets may be opened on the way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from lab.servers import fake
from support.site import TODAY, Site

from reconciler.engine import local
from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.pipeline.observe import observe, targets

LOGIN = SecretRef(store="env", path="LOGIN")
MAIL = SecretRef(store="env", path="PW", version=1)
ROUTE = "host: localhost, port: 2525, encryption: none, auth: basic, username: u, verify: {from: nowhere}"
WHY = Finding(severity=Severity.ERROR, rule="not-reviewed", what="not contacted")


@dataclass
class Counting:
    """Stands for all secret stores: remembers what it was asked for."""

    zone: str | None = None
    allowed: list[set[SecretRef]] = field(default_factory=list)
    versions: list[SecretRef] = field(default_factory=list)

    def opener(self, allowed: Collection[SecretRef]) -> None:
        self.allowed.append(set(allowed))

    def version(self, ref: SecretRef) -> SecretVersion:
        self.versions.append(ref)
        return SecretVersion(number=3)


def two_targets(site: Site) -> None:
    site.stage("dev")
    for name in ("crm", "erp"):
        site.target(f"dev/{name}", f"mail_servers: {{main: {{{ROUTE}, password: {{env: PW, version: 1}}}}}}", name)


def test_who_reads_may_open_the_login_of_the_platform_and_no_mail_secret(site: Site, world: fake.World) -> None:
    two_targets(site)
    (spec,) = targets.specs(site.land(), ["dev/crm"])
    secrets: Any = Counting()

    targets.reading(replace(spec, connection_secrets=frozenset({LOGIN})), secrets)

    assert spec.mail_secrets == {MAIL}
    assert secrets.allowed == [{LOGIN}]


def test_a_secret_of_two_resources_is_looked_up_once(site: Site, world: fake.World) -> None:
    two_targets(site)
    secrets: Any = Counting()

    seen = observe.observed(site.land(), ["dev/crm", "dev/erp"], local.means(secrets), site.state, today=TODAY)

    assert (secrets.versions, seen.versions) == ([MAIL], {MAIL: SecretVersion(number=3)})
    assert [spec.unit for spec in seen.specs] == list(seen.readings) == ["dev/crm", "dev/erp"]


def test_a_closed_target_is_not_contacted(site: Site, world: fake.World) -> None:
    two_targets(site)
    world.of("crm").on_read = fake.unreachable
    secrets: Any = Counting()

    seen = observe.observed(
        site.land(), ["dev/crm", "dev/erp"], local.means(secrets), site.state, today=TODAY, closed={"dev/crm": WHY}
    )

    assert {unit: reading.unreadable for unit, reading in seen.readings.items()} == {"dev/crm": WHY, "dev/erp": None}


def test_what_was_applied_counts_for_the_targets_and_for_what_left_the_files(site: Site, world: fake.World) -> None:
    two_targets(site)
    site.apply()
    (site.root / "dev/erp.yaml").unlink()
    land = site.land()
    secrets: Any = Counting()
    left = observe.gone(land, site.state)

    seen = observe.observed(land, ["dev/crm"], local.means(secrets), site.state, today=TODAY, gone=left)

    assert left == {"fake:erp"}
    assert {installation for installation, _ in seen.applied} == {"fake:crm", "fake:erp"}
