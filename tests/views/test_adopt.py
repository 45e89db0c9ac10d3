"""An adoption as text: YAML that says what was found, and nothing that could be read as something else."""

from __future__ import annotations

import pytest
import yaml

from reconciler.model.address import Resource
from reconciler.model.adoption import Adoption, Found
from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Adopt, Value
from reconciler.views import adopt as view

PASSWORD = SecretRef(store="default", path="mail/prod/crm/main", key="password")
MAIN = Found(
    resource=Resource(collection="mail_servers", key="main"),
    title="Main Relay (id 7)",
    settings={"tags": ("a", "b, c"), "password": PASSWORD, "host": "smtp.example.com", "sender.address": None},
    relay="submission",
    adopt=Adopt(name="Main Relay"),
    suggested=frozenset({"password"}),
    notes={"password": "to fill in", "host": "not used yet"},
    remarks=("certificate-not-verified: starttls without a check",),
)
CLEAR = Found(
    resource=Resource(collection="mail_servers", key="clear"),
    title="clear",
    settings={"host": "old.example.com"},
    refused=(Finding(severity=Severity.ERROR, rule="r", what="port: missing", fix="port: 25"),),
)
FARM = Found(resource=Resource(collection="farm"), title="farm", settings={"priority": 5})
ADOPTION = Adoption(
    unit="prod/crm",
    installation="crm.example.com",
    found=(FARM, MAIN, CLEAR),
    left_out=("old (id 3): archived",),
    unread=(Finding(severity=Severity.ERROR, rule="r", address="prod/crm:x", what="no permission"),),
)
BLOCKS = """\
farm:
  priority: 5
# Main Relay (id 7)
# certificate-not-verified: starttls without a check
main:
  relay: submission
  adopt: {name: Main Relay}
  host: smtp.example.com   # not used yet
  password: {vault: mail/prod/crm/main#password}   # to fill in
  tags: [a, 'b, c']
  sender: {address: null}
# not declared: port: missing (fix: port: 25)
# clear:
#   host: old.example.com"""


def test_resources_are_yaml_with_what_is_worth_knowing_beside_them() -> None:
    found = view.blocks(ADOPTION)
    assert "\n".join(line for block in found for line in block.lines) == BLOCKS
    assert [(block.collection, block.many, block.declares) for block in found] == [
        ("farm", False, True),
        ("mail_servers", True, True),
    ]


def test_the_header_says_what_is_not_below() -> None:
    assert view.header(ADOPTION, "2026-11-20") == [
        "# crm.example.com, read on 2026-11-20 by reconciler adopt",
        "# not readable: prod/crm:x no permission",
        "# left out: old (id 3): archived",
    ]


def test_the_summary_lists_what_to_fill_in_and_what_comes_next() -> None:
    assert view.summary(ADOPTION, written=None, next_commands=["a", "b"]) == [
        "prod/crm: 2 resources found and not declared; 1 only as a comment: a rule forbids declaring it; "
        "1 left out; 1 not readable.",
        "To fill in (no secret was read):",
        "  mail_servers[main]  password: {vault: mail/prod/crm/main#password}",
        "Next: a, then b",
    ]


@pytest.mark.parametrize("sign", ["\n", "\r", "\x85", "\u2028", "\x00", "\x1b[31m", "\t"], ids=ascii)
def test_no_name_ends_a_comment(sign: str) -> None:
    evil = Found(resource=FARM.resource, title=f"x{sign}relay: evil", settings={}, notes={}, remarks=(f"y{sign}- z",))
    lines = view.blocks(Adoption(unit="a/b", installation="c", found=(evil,)))[0].lines
    assert yaml.safe_load("\n".join(lines)) == {"farm": {}}
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize(
    "value",
    ["yes", "0600", "12:30", "1e3", "~", "", " a ", "a#b", "a #b", "x: y", "{a}",
     "é → 日 😀", "a\nb", "\x07", "'", '"',
     "a\\b", "mail/x#y", "-", "!a", "\u202ea", "##[error]a", "a\u2028\xa0b", "\U000e0041",
     "it's ##vso[a]", "&a", True, 5, 2.5, None],
    ids=ascii,
)  # fmt: skip
@pytest.mark.parametrize("ascii_only", [True, False], ids=["ascii", "unicode"])
def test_every_value_comes_back_as_it_was(value: Value, ascii_only: bool) -> None:
    text = view.flow({"a": value, "b": [value]}, ascii_only=ascii_only)
    assert yaml.safe_load(text) == {"a": value, "b": [value]}
    assert text.isascii() or not ascii_only
