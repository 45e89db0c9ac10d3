"""Whom a plan asks about a target that must not be contacted: nobody of its network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from lab.servers import fake
from support.site import TODAY, Site

from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import TargetSpec
from reconciler.model.ports import Engine
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Reading
from reconciler.pipeline.means import Means
from reconciler.pipeline.observe import observe
from reconciler.secrets.stores import Secrets

CENTRAL = """\
version: 1
engine:
  type: celery
  broker: amqps://coordinator@rabbit.example.com/reconciler
  signing_key: {env: KEY}
  zones: {dmz: {key: /etc/dmz.pub}}
secret_stores: {default: {type: vault, address: https://vault.example.com}}
"""
LOGIN = "username: me, password: {vault: m#p}"
ROUTE = f"host: smtp.example.com, port: 587, encryption: starttls, auth: basic, {LOGIN}"


class Asked:
    """An engine that is asked, and has nothing to say."""

    def __init__(self) -> None:
        self.units: list[str] = []
        self.refs: list[str] = []

    def read(self, specs: Sequence[TargetSpec]) -> Mapping[str, Reading]:
        self.units += [spec.unit for spec in specs]
        return {spec.unit: Reading(unit=spec.unit, installation=spec.installation) for spec in specs}

    def versions(self, refs: Sequence[SecretRef]) -> Mapping[SecretRef, SecretVersion | Finding]:
        self.refs += map(str, refs)
        return {ref: SecretVersion(number=1) for ref in refs}


def asked(site: Site, *closed: str) -> Asked:
    land, engine = site.land(), Asked()
    why = Finding(severity=Severity.ERROR, rule="trust-changed", what="not contacted")
    with Secrets(land.stores, base=site.folder) as secrets:
        means = Means(secrets=secrets, engine=cast(Engine, cast(Any, engine)))
        away = dict.fromkeys(closed, why)
        seen = observe.observed(land, land.by_unit, means, site.state, today=TODAY, closed=away)
    assert seen.readings.keys() == land.by_unit.keys()
    return engine


def test_nobody_in_a_zone_is_asked_for_the_versions_of_a_target_that_is_not_contacted(
    fake_site: Site, world: fake.World
) -> None:
    fake_site.write("reconciler.yaml", CENTRAL)
    fake_site.stage("dev")
    for name, zone in (("far", "zone: dmz\n"), ("near", "")):
        fake_site.target(f"dev/{name}", f"mail_servers: {{main: {{{ROUTE}}}}}\n", extra=zone)

    assert asked(fake_site).refs == ["dmz!m#p", "m#p"]
    closed = asked(fake_site, "dev/far", "dev/near")
    assert (closed.units, closed.refs) == ([], ["m#p"])
