"""Which hosts a unit would contact, and which of its connections a file could not have."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.engine.zone import contacts, form
from reconciler.model.handshake import Encryption, OAuth2, Relay
from reconciler.model.secret import SecretRef

HOSTS = {
    "https://a.example.com": "a.example.com",
    "https://A.example.com.:8443/x/y?z=1": "a.example.com",
    "https://a.example.com@b.example.com/": "b.example.com",
    "ssh://root@b.example.com:22": "b.example.com",
    "socks5://10.0.0.1:1080": "10.0.0.1",
    "deploy@host:22": "host",
    "[::1]:53": "::1",
    "::1": "::1",
    "http://[::1]:80/": "::1",
    "https://a.example.com\\@b.example.com/": "?",
    "https://a.example.com#@b.example.com": "?",
    "//b.example.com/": "?",
    "https://a.example.com\n": "?",
    "-oProxyCommand=x": "?",
    "a b": "?",
}


@pytest.mark.parametrize("text", HOSTS)
def test_a_host_is_told_or_unknown(text: str) -> None:
    assert contacts.told(text) == HOSTS[text]


def hosts(kind: str, connection: dict[str, Any], *, elsewhere: bool = True) -> list[str]:
    return [one.host for one in contacts.of_connection(kind, connection, elsewhere=elsewhere)]


def test_the_platforms_here_name_their_hosts_by_known_keys() -> None:
    o11 = {"url": "https://o11.example.com", "lifetime": {"url": "https://lifetime.example.com"}, "version": "11.43.0"}
    assert hosts("outsystems-o11", o11) == ["o11.example.com", "lifetime.example.com"]
    odc = {"portal": "https://acme.outsystems.dev", "token_host": "login.example.com", "keys": {"host": "a.b.c"}}
    assert hosts("outsystems-odc", odc) == ["acme.outsystems.dev", "login.example.com"]
    farm = {"host": "sp01.example.com", "servers": ("sp01.example.com", "sp02.example.com")}
    assert hosts("sharepoint", farm) == ["sp01.example.com", "sp01.example.com", "sp02.example.com"]
    assert hosts("postfix", {"host": "local"}) == ["local"]
    assert hosts("file", {"path": "shop.env", "keys": {"host": "spring.mail.host"}}, elsewhere=False) == []


def test_of_other_packages_all_that_looks_like_a_host_counts() -> None:
    there = {"node": "db01.example.com:8443", "at": "10.0.0.7", "key": {"x": "see https://docs.example.com"}, "n": "eu"}
    assert hosts("acme", there) == ["db01.example.com", "10.0.0.7", "?"]
    assert hosts("acme", {"region": "eu-west-1"}) == ["?"]


def test_only_a_glob_for_everything_allows_a_host_that_cannot_be_told() -> None:
    unknown = [contacts.Contact("connection", "?")]
    assert contacts.not_allowed(unknown, ["*.example.com", "10.*"]) is not None
    assert contacts.not_allowed(unknown, ["*"]) is None


def test_a_relay_contacts_its_way_its_resolver_and_its_token_server() -> None:
    oauth2 = OAuth2(provider="entra", client_id="x", proxy="http://proxy.example.com:3128")
    relay = Relay(
        name="x",
        host="SMTP.example.com",
        port=587,
        encryption=Encryption.STARTTLS,
        via="ssh://bastion",
        resolver="192.0.2.1:53",
        oauth2=oauth2,
    )
    found = {one.place: one.host for one in contacts.of_relay(relay)}
    assert found == {
        "host": "smtp.example.com",
        "verify.via": "bastion",
        "verify.resolver": "192.0.2.1",
        "oauth2.proxy": "proxy.example.com",
        "oauth2.authority_host": "login.microsoftonline.com",
    }


KEY = SecretRef(store="default", path="a", key="b", zone="dmz")
ODOO = {"url": "https://odoo.example.com", "database": "prod", "username": "x", "api_key": KEY}


def test_a_connection_as_a_file_has_it_is_well() -> None:
    assert form.wrong("openspp", ODOO) is None
    assert form.wrong("file", {"path": "a", "format": "dotenv", "ca_file": "sha256:ab", "keys": {"host": "A"}}) is None


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"url": "http://odoo.example.com"}, "connection.url"),
        ({"url": "https://x@odoo.example.com"}, "connection.url"),
        ({"more": 1}, "connection"),
        ({"api_key": "hunter2"}, "connection.api_key"),
    ],
    ids=["clear text", "login in the URL", "unknown key", "no reference"],
)
def test_a_connection_that_no_file_could_have_is_told(more: dict[str, Any], place: str) -> None:
    assert form.wrong("openspp", {**ODOO, **more}) == place


def test_a_page_map_is_held_to_its_schema_too() -> None:
    content = {"page_map": 1, "product": "x", "pages": {"mail": {"address": "@evil.example.com/", "controls": {}}}}
    given = {"url": "https://console.example.com", "page_map": {"page_map_file": "x.yaml", "content": content}}
    assert str(form.wrong("admin-page", given)).startswith("connection.page_map")
