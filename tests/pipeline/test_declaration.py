"""From files to a judged landscape: one stage's findings do not hide another's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab.servers import fake
from support.site import Site

from reconciler.model.finding import Finding, Severity, by_place
from reconciler.model.settings import Desired
from reconciler.model.source import Position

REFUSED = "host: evil.example.net is not among policy.relay_hosts"


@pytest.mark.parametrize("what", ["read as YAML 1.1", REFUSED], ids=["another text", "the same text"])
def test_a_platforms_note_hides_no_error_of_policy(site: Site, world: fake.World, what: str) -> None:
    def a_note_on_the_host(desired: Desired) -> Iterator[Finding]:
        where = desired.origin["host"].position
        yield Finding(severity=Severity.NOTE, rule="yaml-like", what=what, where=where, field="host")

    site.write("reconciler.yaml", "version: 1\npolicy: {relay_hosts: [mail.example.com]}\n")
    site.stage("dev")
    route = "host: evil.example.net, port: 587, encryption: starttls, auth: none"
    site.target("dev/crm", f"mail_servers: {{main: {{{route}}}}}", "crm")
    world.of("crm").limits = a_note_on_the_host

    judged = site.judged()

    assert judged.landscape is None
    assert ("relay-host", REFUSED, Severity.ERROR) in [(one.rule, one.what, one.severity) for one in judged.findings]


def test_what_an_alias_repeats_is_told_once_and_an_error_beside_a_note_of_its_words() -> None:
    where = Position(file="dev/crm.yaml", line=3, column=1)
    error = Finding(severity=Severity.ERROR, rule="relay-host", what=REFUSED, where=where)
    note = Finding(severity=Severity.NOTE, rule="yaml-like", what=REFUSED, where=where)
    assert set(by_place([error, note, error])) == {error, note}
    assert len(by_place([error, note, error])) == 2
