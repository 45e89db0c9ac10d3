"""Which secrets reading a platform may open: those of its connection, whatever its reader asks for."""

from __future__ import annotations

import pytest
from lab.servers.fake import World
from support.site import Site

from reconciler.model.secret import ENV_STORE, SecretRef

LOGIN = SecretRef(store=ENV_STORE, path="LOGIN")
MAIL = SecretRef(store=ENV_STORE, path="PW")


@pytest.fixture
def declared(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A target with a secret for its connection, and one that is to be written."""
    monkeypatch.setenv("LOGIN", "l0gin-canary")
    site.stage("dev")
    site.write(
        "dev/crm.yaml",
        """\
        platform: fake
        connection: {name: crm, token: {env: LOGIN}}
        farm: {host: localhost, port: 1, encryption: none, auth: basic, username: app, password: {env: PW}}
        """,
    )
    return site


def test_a_reader_opens_the_secret_of_its_connection(declared: Site, world: World) -> None:
    world.of("crm").asks = (LOGIN,)
    assert [str(change.action) for change in declared.plan().changes] == ["create"]
    assert world.of("crm").told == ["l0gin-canary"]


def test_a_reader_cannot_open_a_mail_secret(declared: Site, world: World) -> None:
    world.of("crm").asks = (MAIL,)
    [change] = declared.plan().changes
    assert (str(change.action), world.of("crm").told) == ("blocked", [])
    assert [finding.what for finding in change.findings if finding.address] == ["env PW was refused"]


def test_an_apply_that_reads_again_cannot_open_a_mail_secret_to_read(declared: Site, world: World) -> None:
    todo = declared.plan()
    world.of("crm").asks = (MAIL,)
    [outcome] = declared.apply(todo).values()
    assert (str(outcome.status), world.of("crm").told, world.of("crm").opened) == ("not attempted", [], {})
