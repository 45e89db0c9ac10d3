"""An opt-in check that nothing declared can try is told where somebody might think that it was."""

from __future__ import annotations

import pytest
from support.commandline import inside
from support.site import Site

STAGE = "relays: {dead: {host: 127.0.0.1, port: 1, encryption: tls, auth: none}}\nverify: {checks: {SMTP305: fail}}"
WARNING = "environments/dev/environment.yaml:3:19: warning: verify.checks: SMTP305 never runs: there is no sender"


@pytest.fixture
def declared(fake_site: Site) -> Site:
    fake_site.stage("dev", text=STAGE)
    return fake_site


@pytest.mark.parametrize("command", ["validate", "verify"])
def test_it_is_told_with_the_place_of_its_key(declared: Site, command: str) -> None:
    assert WARNING in inside(command).text


def test_a_level_of_the_command_line_is_another_question(declared: Site) -> None:
    assert "never tried" not in inside("verify", "--level", "envelope").text


def test_in_another_stage_it_is_not_told(declared: Site) -> None:
    declared.stage("prod", text="relays: {other: {host: 127.0.0.1, port: 1, encryption: tls, auth: none}}")
    assert "never tried" not in inside("verify", "--select", "prod").text
