"""A key that was renamed: the plan would archive one object and create another, and says how to avoid that."""

from __future__ import annotations

from lab.servers import fake
from support.site import Site

from reconciler.model.plan import Plan

RELAY = "{host: localhost, port: 25, encryption: none, auth: none}"


def fixes(plan: Plan) -> list[str | None]:
    return [finding.fix for change in plan.changes for finding in change.findings if change.action == "archive"]


def there(site: Site, world: fake.World, *names: str) -> None:
    """Marked as ours."""
    site.stage("dev")
    for name in names:
        world.of("dev-crm").put(f"mail_servers[{name}]", host="localhost", name=name)


def declared(site: Site, *names: str) -> None:
    site.target("dev/crm", f"mail_servers: {{{', '.join(f'{name}: {RELAY}' for name in names)}}}\n")


def test_the_way_to_keep_it_is_named(fake_site: Site, world: fake.World) -> None:
    there(fake_site, world, "main", "bulk")
    declared(fake_site, "primary", "bulk")
    fix = "if mail_servers[primary] is the same one renamed, declare moved_from: main there"
    assert fixes(fake_site.plan()) == [fix]


def test_where_it_could_be_any_nothing_is_guessed(fake_site: Site, world: fake.World) -> None:
    there(fake_site, world, "main", "bulk")
    declared(fake_site, "one", "two")
    assert fixes(fake_site.plan()) == [None, None]
    declared(fake_site, "main")
    assert fixes(fake_site.plan()) == [None]
