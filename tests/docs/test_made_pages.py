"""Pages and the schema of all targets are what the code says; `make docs` makes them anew."""

from __future__ import annotations

import pytest
from support.made_pages import made_page


@pytest.mark.parametrize("name", ["rules_page", "commands_page", "schema_page"])
def test_the_page_is_that_of_the_code(name: str) -> None:
    found = made_page(name)
    assert found.PAGE.read_text("utf-8") == found.text(), "make docs"


def test_every_key_of_a_relay_is_in_the_reference() -> None:
    found = made_page("schema_page").text()
    assert all(f"`relays.<name>.{key}`" in found for key in ("host", "oauth2.client_secret", "timeouts.read"))


def test_the_site_has_a_page_for_each_rule_and_check() -> None:
    pages = dict(made_page("site_rules").pages())
    assert "| means | Nobody knows this platform. |" in pages["rules/unknown-platform.md"]
    assert pages["rules/open-relay.md"].count("| told by |") == 2
    assert pages["checks/SMTP206.md"].startswith("# SMTP206: ")


def test_the_schema_of_all_targets_is_that_of_the_others() -> None:
    found = made_page("target_schema")
    assert found.FILE.read_text("utf-8") == found.text(), "make docs"


@pytest.mark.parametrize(
    "rule", ["literal-secret", "trust-changed", "secret-to-new-host", "unknown-key", "usage", "stale"]
)
def test_rules_of_each_way_to_make_one_are_found(rule: str) -> None:
    assert rule in made_page("rules_page").rules()
