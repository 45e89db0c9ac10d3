"""What is there becomes the least YAML that keeps it; a plan after that shows no change but the secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lab.servers import fake
from lab.servers.odoo import OdooStandIn
from support.adopting import UNIT, Adopted, Made, adopted, subjects
from support.commandline import inside
from support.site import Site

from reconciler.model.change import Action
from reconciler.pipeline.adopt.objects import slug
from reconciler.pipeline.review import pull_request

SUBJECTS = dict(subjects())
SECRET = "c4nary-w0rd"  # every run of a command looks for it in what it prints
LOGIN = {"encryption": "starttls", "auth": "basic", "username": "it", "password": SECRET}
RELAYS = """\
relays:
  submission: {host: smtp.example.com, port: 587, encryption: starttls, auth: basic, username: it,
               password: {env: PW, version: 1}}
  other: {host: other.example.com, port: 587, encryption: starttls, auth: none}
sender: {address: no-reply@example.com}
"""


@pytest.fixture(autouse=True)
def not_a_pull_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever runs these tests: adopt refuses to run for a pull request."""
    monkeypatch.setattr(pull_request, "_not_trusted", lambda: None)


@pytest.fixture
def there(world: fake.World) -> fake.Installation:
    return world.of("crm")


def crm(site: Site, **more: str) -> Adopted:
    return adopted(site, "fake", {"name": "crm"}, **more)


def servers(found: Adopted) -> Any:
    return found.content["mail_servers"]


# every platform


@pytest.mark.parametrize("made", SUBJECTS.values(), ids=SUBJECTS.keys())
def test_a_plan_after_adopt_shows_no_change_but_secrets(made: Made, fake_site: Site, monkeypatch: Any) -> None:
    with made(fake_site.folder / "it") as subject:
        for name, value in subject.environ.items():
            monkeypatch.setenv(name, value)
        subject.foreign()
        before, written = subject.unmanaged(), subject.writes()
        found = adopted(fake_site, subject.kind, subject.connection)

        assert found.found["resources"]
        assert found.changed == set()
        assert found.actions <= {Action.NONE, Action.ADOPT, Action.UPDATE}
        assert subject.writes() == written
        assert subject.unmanaged() == before
        assert not [value for value in subject.environ.values() if value in found.text]


@pytest.fixture(params=[17, 18, 19])
def odoo(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[OdooStandIn]:
    monkeypatch.setenv("ODOO_KEY", "lab-api-key")
    with OdooStandIn(version=request.param) as server:
        yield server


def odoo_connection(server: OdooStandIn) -> dict[str, Any]:
    return {"url": server.url, "database": "lab", "username": "admin", "api_key": {"env": "ODOO_KEY"}}


def odoo_row(server: OdooStandIn, name: str, **more: Any) -> int:
    strict = "starttls_strict" if server.version >= 19 else "starttls"
    return server.add("ir.mail_server", name=name, **{"smtp_encryption": strict, "smtp_port": 587} | more)


def test_odoo_comes_back_as_it_is(odoo: OdooStandIn, site: Site) -> None:
    login = {"smtp_user": "it", "smtp_pass": SECRET}
    odoo_row(odoo, "Main Relay", smtp_host="smtp.example.com", from_filter="Example.com,a@example.org", **login)
    odoo_row(odoo, "bulk", smtp_host="bulk.example.com", sequence=20, smtp_debug=True)
    odoo_row(odoo, "bulk", smtp_host="old.example.com", active=False)
    odoo.forget_calls()

    found = adopted(site, "openspp", odoo_connection(odoo), RELAYS)

    assert servers(found) == {
        "main-relay": {
            "relay": "submission",
            "adopt": {"name": "Main Relay"},
            "name": "Main Relay",
            "from_filter": ["example.com", "a@example.org"],
        },
        "bulk": {
            "adopt": {"id": 2},  # another one has the same name
            "host": "bulk.example.com",
            "port": 587,
            "encryption": "starttls",
            "auth": "none",
            "priority": 20,
            "smtp_debug": True,
        },
    }
    # what has no mark, the parameters, is in sync at once
    assert (found.changed, found.actions, odoo.writes) == (set(), {Action.ADOPT, Action.NONE}, 0)
    assert "not-in-this-version" not in found.text
    assert "# left out: bulk (id 3): archived" in found.text


def test_a_login_of_odoos_own_is_declared_and_proven_as_far_as_tls(site: Site, monkeypatch: Any) -> None:
    monkeypatch.setenv("ODOO_KEY", "lab-api-key")
    with OdooStandIn(version=19) as server:
        login = {"smtp_user": "no-reply@example.com", "smtp_authentication": "gmail", "smtp_encryption": "starttls"}
        odoo_row(server, "main", smtp_host="smtp.gmail.com", **login)
        found = adopted(site, "openspp", odoo_connection(server))
    assert servers(found) == {
        "main": {
            "host": "smtp.gmail.com",
            "port": 587,
            "encryption": "starttls",
            "auth": "oauth2",
            "username": "no-reply@example.com",
            "verify": {"level": "tls"},
        }
    }
    assert "logs in by itself" in found.text


def test_what_cannot_be_declared_as_it_is_says_what_a_plan_will_show(site: Site, monkeypatch: Any) -> None:
    monkeypatch.setenv("ODOO_KEY", "lab-api-key")
    with OdooStandIn(version=19) as server:
        odoo_row(server, "main", smtp_host="smtp.example.com", smtp_encryption="starttls")
        found = adopted(site, "openspp", odoo_connection(server))

    assert servers(found)["main"]["encryption"] == "starttls"
    assert "found: starttls, certificate not verified; a plan will show the difference" in found.text


ENV = """\
# the shop
SMTP_HOST=smtp.example.com
SMTP_PORT=587
SMTP_TLS=true
SMTP_USER=it
SMTP_PASSWORD=c4nary-w0rd
MAIL_FROM=shop@example.com
"""
KEYS: dict[str, Any] = {
    "host": "SMTP_HOST",
    "port": "SMTP_PORT",
    "encryption": {"key": "SMTP_TLS", "values": {"starttls": "true", "none": "false"}},
    "username": "SMTP_USER",
    "password": "SMTP_PASSWORD",
    "sender.address": "MAIL_FROM",
}


def shop(site: Site, text: str = ENV, keys: dict[str, Any] = KEYS, **more: str) -> Adopted:
    (site.folder / "shop.env").write_text(text, encoding="utf-8")
    return adopted(site, "file", {"path": "shop.env", "format": "dotenv", "keys": keys}, **more)


def test_a_file_comes_back_as_it_is(site: Site) -> None:
    found = shop(site)

    assert found.content["settings"] == {
        "host": "smtp.example.com",
        "port": 587,
        "encryption": "starttls",
        "auth": "basic",
        "username": "it",
        "password": {"env": "PROD_IT_SETTINGS_PASSWORD", "version": 1},
        "sender": {"address": "shop@example.com"},
    }
    assert (found.changed, found.actions) == (set(), {Action.UPDATE})
    assert (site.folder / "shop.env").read_text("utf-8") == ENV


def test_what_the_relay_and_the_environment_bring_is_left_out(site: Site) -> None:
    found = shop(site, ENV.replace("shop@", "no-reply@"), environment=RELAYS)
    assert found.content["settings"] == {"relay": "submission"}
    assert found.changed == set()


def test_a_sender_that_the_platform_lacks_is_cleared_over_that_of_the_environment(site: Site) -> None:
    found = shop(site, ENV.replace("MAIL_FROM=shop@example.com\n", ""), environment=RELAYS)
    assert found.content["settings"] == {"relay": "submission", "sender": {"address": None}}
    assert found.changed == set()


def test_a_port_that_the_application_does_not_keep_is_assumed_and_said(site: Site) -> None:
    found = shop(site, keys={**KEYS, "port": None})
    assert found.content["settings"]["port"] == 587
    assert "assumed: the platform does not report it" in found.text
    assert found.changed == set()


def test_a_setting_that_no_handshake_can_do_without_and_nobody_knows_leaves_comments_only(site: Site) -> None:
    found = shop(site, ENV.replace("SMTP_TLS=true\n", ""))
    assert "settings" not in found.content
    assert "# not declared: encryption: missing" in found.text
    assert "#   host: smtp.example.com" in found.text


def test_a_file_that_is_not_there_is_said(site: Site) -> None:
    site.stage("prod")
    site.write(f"{UNIT}.yaml", "platform: file\nconnection: {path: none.env, format: dotenv, keys: {host: H}}\n")
    ended = inside("adopt", UNIT)
    assert (ended.code, "# left out: settings: nothing on the platform yet" in ended.out) == (0, True)


# the platform in memory: settings


def test_defaults_are_left_out_but_a_route_is_whole(there: fake.Installation, site: Site) -> None:
    there.put(
        "mail_servers[main]", mark=False, host="a.example.com", port=25, encryption="none", auth="none", tags=None
    )
    assert servers(crm(site)) == {"main": {"host": "a.example.com", "port": 25, "encryption": "none", "auth": "none"}}


def test_without_a_host_there_is_no_route_to_declare(there: fake.Installation, site: Site) -> None:
    there.put("mail_servers[main]", mark=False, port=25, auth="none", priority=3)
    assert servers(crm(site)) == {"main": {"priority": 3}}


def test_beside_a_relay_stands_only_what_differs(there: fake.Installation, site: Site) -> None:
    login = {**LOGIN, "username": "else"}
    there.put("farm", host="smtp.example.com", port=587, sender__address="no-reply@example.com", priority=5, **LOGIN)
    there.put("mail_servers[main]", mark=False, host="smtp.example.com", port=587, **login)
    found = crm(site, environment=RELAYS)
    assert found.content["farm"] == {"relay": "submission", "priority": 5}
    assert servers(found)["main"] == {
        "relay": "submission",
        "username": "else",
        "password": {"env": "PROD_IT_MAIN_PASSWORD", "version": 1},
        "sender": {"address": None},
    }


@pytest.mark.parametrize("different", [{"host": "b.example.com"}, {"port": 2525}, {"auth": "none", "username": None}])
def test_a_relay_that_leads_elsewhere_is_not_used(there: fake.Installation, site: Site, different: Any) -> None:
    there.put("farm", **{"host": "smtp.example.com", "port": 587, **LOGIN, **different})
    found = crm(site, environment=RELAYS)
    assert "relay" not in found.content["farm"]
    assert found.changed == set()


def test_one_login_has_one_reference(there: fake.Installation, site: Site) -> None:
    for name in ("a", "b"):
        there.put(f"mail_servers[{name}]", mark=False, host="c.example.com", port=587, **LOGIN)
    there.put("mail_servers[c]", mark=False, host="c.example.com", port=587, **{**LOGIN, "username": "other"})
    found = servers(crm(site))
    assert found["a"]["password"] == found["b"]["password"] != found["c"]["password"]


def test_the_reference_is_in_the_default_store_where_there_is_one(there: fake.Installation, site: Site) -> None:
    site.write("reconciler.yaml", "version: 1\nsecret_stores: {default: {type: vault}, aaa: {type: vault}}\n")
    there.put("mail_servers[main]", mark=False, host="c.example.com", port=587, **LOGIN)
    site.stage("prod")
    site.write(f"{UNIT}.yaml", "platform: fake\nconnection: {name: crm}\n")
    ended = inside("adopt", UNIT)
    assert "    password: {vault: mail/prod/it/main#password}\n" in ended.out
    assert "mail_servers[main]  password: {vault: mail/prod/it/main#password}" in ended.err


def test_what_breaks_a_rule_stands_there_as_a_comment(there: fake.Installation, site: Site) -> None:
    there.put("mail_servers[clear]", mark=False, host="c.example.com", port=25, **{**LOGIN, "encryption": "none"})
    there.put("mail_servers[good]", mark=False, host="d.example.com", port=587, **LOGIN)
    found = crm(site)
    assert list(servers(found)) == ["good"]
    assert "# not declared: encryption: none would send the password to c.example.com in clear text" in found.text
    assert "  #   host: c.example.com" in found.text


def test_a_value_that_no_file_may_say_is_told(there: fake.Installation, site: Site) -> None:
    there.put("mail_servers[main]", mark=False, host="d.example.com", port=587, priority="high", **LOGIN)
    found = crm(site)
    assert "priority" not in servers(found)["main"]
    assert "priority: found high, which cannot be declared: the lowest number first" in found.text


def test_a_secret_that_a_platform_shows_by_mistake_is_not_printed(
    there: fake.Installation, site: Site, monkeypatch: Any
) -> None:
    monkeypatch.setattr(fake, "WRITE_ONLY", frozenset())
    there.put("mail_servers[main]", mark=False, host="d.example.com", port=587, **LOGIN)
    assert SECRET not in str(crm(site))


# objects, keys and names


NAMES = {
    "spaces": ("Main Relay", "main-relay"),
    "letters of another language": ("Größe Ærø", "grosse-r"),
    "signs": ("  #1: {a}  ", "1-a"),
    "nothing left": ("日本", "id-1"),
    "a number": ("587", "587"),
    "no": ("no", "no"),
    "a colon": ("a: b # c", "a-b-c"),
    "a line break": ("a\nb: c", "a-b-c"),
    "quotes": ("""it's "it" """, "it-s-it"),
    "wide": ("x" * 200, "x" * 60),
}


@pytest.mark.parametrize(("name", "key"), NAMES.values(), ids=NAMES.keys())
def test_any_name_becomes_a_key_and_is_adopted(there: fake.Installation, site: Site, name: str, key: str) -> None:
    there.put("mail_servers[x]", mark=False, host="d.example.com", port=587, **LOGIN).name = name
    found = crm(site)
    assert list(servers(found)) == [key]
    assert found.actions == {Action.ADOPT}


def test_keys_are_unique_and_not_those_that_are_taken(there: fake.Installation, site: Site) -> None:
    there.put("mail_servers[main]", host="a.example.com", port=587, **LOGIN)
    for name in ("MAIN", "Main!", "main"):
        there.put(f"mail_servers[{name}]", mark=False, host="d.example.com", port=587, **LOGIN)
    found = crm(site)
    assert {key: one.get("adopt") for key, one in servers(found).items()} == {
        "main": None,  # ours already
        "main-2": {"name": "MAIN"},
        "main-3": {"name": "Main!"},
        "main-4": {"name": "main"},
    }
    assert found.actions == {Action.ADOPT, Action.UPDATE}


def test_what_is_declared_already_is_left_as_it_is(there: fake.Installation, site: Site) -> None:
    there.put("mail_servers[main]", host="a.example.com", port=587, **LOGIN)
    there.put("mail_servers[Old one]", mark=False, host="b.example.com", port=587, **LOGIN)
    there.put("mail_servers[new]", mark=False, host="c.example.com", port=587, **LOGIN)
    declared = "mail_servers:\n  main: {priority: 1}   # ours\n  old: {adopt: {name: Old one}}\n# the end\n"
    found = crm(site, target=declared)
    text = (site.root / f"{UNIT}.yaml").read_text("utf-8")
    assert list(servers(found)) == ["main", "old", "new"]
    assert servers(found)["main"] == {"priority": 1}
    assert "\n  main: {priority: 1}   # ours\n  old: {adopt: {name: Old one}}\n  # fake:crm, read on " in text
    assert text.endswith("\n# the end\n")


def test_a_second_time_there_is_nothing_left_to_write(there: fake.Installation, site: Site) -> None:
    there.put("mail_servers[main]", mark=False, host="a.example.com", port=587, **LOGIN)
    there.put("mail_servers[clear]", mark=False, host="c.example.com", port=25, **{**LOGIN, "encryption": "none"})
    crm(site)
    before = (site.root / f"{UNIT}.yaml").read_text("utf-8")
    assert inside("adopt", UNIT, "--write").code == 0
    assert (site.root / f"{UNIT}.yaml").read_text("utf-8") == before


def test_what_another_target_of_the_same_installation_declares_is_not_found_again(
    there: fake.Installation, site: Site
) -> None:
    there.put("mail_servers[Main]", mark=False, host="a.example.com", port=587, **LOGIN)
    site.stage("test")
    site.target("test/it", "mail_servers: {main: {adopt: {name: Main}}}\n", "crm")
    site.stage("prod")
    site.target(UNIT, "", "crm")
    ended = inside("adopt", UNIT, "--format", "json")
    assert ended.json["resources"] == []


@pytest.mark.parametrize(
    ("name", "key"),
    [("A.b_c", "a-b-c"), ("--", ""), ("É", "e"), ("ﬁn", "fin")],
    ids=["signs", "none", "accent", "ligature"],
)
def test_slug(name: str, key: str) -> None:
    assert slug(name) == key


# the command


def test_a_wrong_target_gets_the_nearest(site: Site, there: fake.Installation) -> None:
    site.stage("prod")
    site.target("prod/crm", "", "crm")
    ended = inside("adopt", "prod/crn")
    assert (ended.code, ended.out) == (64, "")
    assert "fix: did you mean prod/crm?" in ended.err


def test_a_platform_that_cannot_be_read_is_1_and_says_why(site: Site, there: fake.Installation) -> None:
    there.on_read = fake.unreachable
    site.stage("prod")
    site.target("prod/crm", "", "crm")
    ended = inside("adopt", "prod/crm", "--write")
    assert (ended.code, ended.out) == (1, "")
    assert "no answer from the fake" in ended.err


def test_a_pull_request_cannot_have_a_platform_read(site: Site, there: fake.Installation, monkeypatch: Any) -> None:
    monkeypatch.setattr(pull_request, "_not_trusted", lambda: pull_request._CHANGE)
    there.on_read = fake.unreachable
    site.stage("prod")
    site.target("prod/crm", "", "crm")
    ended = inside("adopt", "prod/crm")
    assert (ended.code, "adopt does not run on pull requests" in ended.err) == (64, True)


LAYOUTS = {
    "empty": ("mail_servers: {}\n", True),
    "empty, and more below": ("mail_servers: {}   # none yet\nfarm: {priority: 1}\n", True),
    "a comment at the end": (
        "mail_servers:\n    a: {priority: 1}\n    # of a\n\n# of the farm\nfarm: {priority: 1}\n",
        True,
    ),
    "no line break at the end": ("mail_servers:\n  a: {priority: 1}", True),
    "windows": ("mail_servers:\r\n  a: {priority: 1}\r\n", True),
    "one line": ("mail_servers: {a: {priority: 1}}\n", False),
    "an end of the document": ("farm: {priority: 1}\n...\n", False),
}


@pytest.mark.parametrize(("layout", "fits"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_what_stands_in_the_file_stays(there: fake.Installation, site: Site, layout: str, fits: bool) -> None:
    there.put("mail_servers[new]", mark=False, host="a.example.com", port=587, **LOGIN)
    site.stage("prod")
    file = site.root / f"{UNIT}.yaml"
    file.write_bytes(f"platform: fake\nconnection: {{name: crm}}\n{layout}".encode())
    before = file.read_bytes()
    ended = inside("adopt", UNIT, "--write")
    after = file.read_bytes()
    kept = [line for line in before.splitlines() if b"mail_servers: {}" not in line]
    assert [line for line in after.splitlines() if line in kept] == kept
    assert (ended.code, after != before) == ((0, True) if fits else (3, False)), ended.text
    assert inside("validate").code == 0


def test_an_ascii_terminal_gets_the_same_data(there: fake.Installation, site: Site) -> None:
    there.put("mail_servers[Größe → 日本]", mark=False, host="a.example.com", port=587, **LOGIN)
    site.stage("prod")
    site.target(UNIT, "", "crm")
    ended = inside("adopt", UNIT, encoding="ascii")
    file = site.root / f"{UNIT}.yaml"
    file.write_text(file.read_text("utf-8") + ended.out, encoding="utf-8")
    assert [change.action for change in site.plan().changes] == [Action.ADOPT]


def test_the_env_that_laravel_comes_with_can_be_adopted(site: Site) -> None:
    (site.folder / ".env").write_text(
        "MAIL_MAILER=smtp\nMAIL_SCHEME=null\nMAIL_HOST=127.0.0.1\nMAIL_PORT=2525\nMAIL_USERNAME=null\n"
        'MAIL_PASSWORD=null\nMAIL_FROM_ADDRESS="hello@example.com"\nMAIL_FROM_NAME="Laravel"\n'
    )
    found = adopted(site, "file", {"path": ".env", "preset": "laravel"})
    assert found.changed == set()
    assert found.content["settings"]["encryption"] == "starttls"


def test_a_variable_in_a_file_is_left_as_it_is(site: Site) -> None:  # F5: every Laravel file has this one
    (site.folder / ".env").write_text(
        "MAIL_MAILER=smtp\nMAIL_SCHEME=null\nMAIL_HOST=127.0.0.1\nMAIL_PORT=2525\n"
        'MAIL_FROM_ADDRESS="hello@example.com"\nMAIL_FROM_NAME="${APP_NAME}"\n'
    )
    found = adopted(site, "file", {"path": ".env", "preset": "laravel"})
    assert "name" not in found.content["settings"]["sender"]
    assert "# sender.name: MAIL_FROM_NAME in" in found.text
    assert found.changed == set()
