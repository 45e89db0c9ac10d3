"""The platform `file`: settings to keys and back, in real files."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from support.site import Site

from reconciler.drivers.textfile.file import ReadOnlyFile
from reconciler.errors import PlatformAnswer, PlatformMissing, PlatformRefused, SecretRefused, WriteForbidden
from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Holds, Severity
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Absent, Desired, Origin, Shape, Unreadable
from reconciler.model.source import Position
from reconciler.platforms import file, load
from reconciler.platforms.file.reading import FileReader

SETTINGS = Resource(collection="settings")
MAIN = Resource(collection="mailers", key="main")
PASSWORD = SecretRef(store="default", path="mail/dev/shop", key="password")
TLS = {"key": "SMTP_TLS", "values": {"starttls": "true", "none": "false"}}
KEYS = {
    "host": "SMTP_HOST",
    "port": "SMTP_PORT",
    "encryption": TLS,
    "username": "SMTP_USER",
    "password": "SMTP_PASSWORD",
    "sender": {"address": "SMTP_FROM", "name": None},
}
ENV = "APP=shop\nSMTP_HOST=old\nSMTP_PORT=25\nSMTP_TLS=false\nSMTP_PASSWORD=hunter2\n"


class Vault:
    """Opens the one password."""

    def open(self, ref: SecretRef) -> SecretValue:
        assert ref == PASSWORD
        return SecretValue("s3 cret")


class Refusing:
    """As in plan: mail secrets stay closed."""

    def open(self, ref: SecretRef) -> SecretValue:
        raise SecretRefused(f"{ref} is not needed here")


@pytest.fixture
def env(tmp_path):
    path = tmp_path / ".env"
    path.write_text(ENV)
    return path


def connection(path, keys=KEYS, form="dotenv", **more):
    return {"path": str(path), "format": form, "keys": keys, **more}


def read(path, **more):
    reader = file.reader("dev/shop", connection(path, **more), Refusing())
    reader.notes_in(notes(path))
    return reader.read()


def notes(path):
    """Where the state is a folder."""
    return path.parent.with_name(f"{path.parent.name}-state")


def write(path, after, resource=SETTINGS, action=Action.UPDATE, **more) -> None:
    fields = tuple(
        FieldChange(
            field=name,
            kind=FieldKind.UNSET if value is None else FieldKind.SET,
            before=None,
            after=value,
            cause=Cause.GIT,
        )
        for name, value in after.items()
    )
    address = Address(environment="dev", target="shop", resource=resource)
    change = Change(address=address, kind="file", installation="file:x", action=action, fields=fields)
    writer = file.writer("dev/shop", connection(path, **more), Vault())
    writer.notes_in(notes(path))
    writer.write(change)


def desired(settings, resource=SETTINGS) -> Desired:
    place = Position(file="shop.yaml", line=9, column=3)
    return Desired(
        address=Address(environment="dev", target="shop", resource=resource),
        kind="file",
        installation="file:x",
        settings=settings,
        handshake={},
        origin={name: Origin(position=place, through="here") for name in settings},
        position=place,
    )


def rules(settings, resource=SETTINGS, **more):
    found = file.limits.findings(desired(settings, resource), connection("/x/.env", **more))
    return [(finding.rule, finding.severity, finding.field) for finding in found]


def test_file_is_a_platform() -> None:
    assert load("file") is file.PLATFORM
    assert file.PLATFORM.collections == {"settings": Shape.ONE, "mailers": Shape.MANY}


def test_installation_is_the_file_behind_links(env, tmp_path) -> None:
    (tmp_path / "link").symlink_to(env.name)
    assert file.installation(connection(tmp_path / "link")) == file.installation(connection(env)) == f"file:{env}"


def test_read_gives_our_words_and_leaves_out_the_password(env) -> None:
    reading = read(env)
    live = reading.live(SETTINGS)
    expected = {"host": "old", "port": 25, "encryption": "none", "username": None, "sender.address": None}
    assert live.settings == expected
    assert (live.write_only, live.mark) == ({"password"}, False)
    assert "hunter2" not in repr(reading)


def test_read_does_not_even_ask_the_driver_for_secrets(env) -> None:
    asked = {}

    class Watched(ReadOnlyFile):
        def read(self, wanted):
            asked.update({name: wanted(name) for name in ("SMTP_HOST", "SMTP_PASSWORD", "APP")})

    watched = Watched(path=str(env), format="dotenv")
    FileReader(unit="dev/shop", file=watched, connection=connection(env)).read()
    assert asked == {"SMTP_HOST": True, "SMTP_PASSWORD": False, "APP": False}


def test_read_shows_a_value_without_a_word_as_it_is(env) -> None:
    env.write_text(ENV.replace("false", "${TLS}"))
    assert read(env).live(SETTINGS).settings["encryption"] == "${TLS}"


def test_read_reports_a_key_that_is_defined_twice(env) -> None:
    env.write_text(ENV + "SMTP_HOST=newer\n")
    live = read(env).live(SETTINGS)
    assert live.settings["host"] == "newer"
    assert [(found.rule, found.field, found.holds) for found in live.findings] == [
        ("defined-twice", "host", Holds.UNTIL_DECIDED)
    ]


def test_read_of_a_missing_file_is_absent(tmp_path) -> None:
    assert read(tmp_path / "none.env").live(SETTINGS) == Absent()


def test_read_of_a_missing_folder_is_an_error_and_not_absent(tmp_path) -> None:
    with pytest.raises(PlatformMissing, match="none"):
        read(tmp_path / "none" / ".env")


def test_reader_has_no_way_to_write(env) -> None:
    reader = file.reader("dev/shop", connection(env), Refusing())
    assert not hasattr(reader, "write")
    with pytest.raises(WriteForbidden):
        reader.file.write({"SMTP_HOST": "x"})


def test_write_sets_and_clears_exactly_the_fields_of_the_change(env) -> None:
    write(env, {"host": "new", "port": 587, "encryption": "starttls", "password": PASSWORD, "sender.address": None})
    expected = "APP=shop\nSMTP_HOST=new\nSMTP_PORT=587\nSMTP_TLS=true\nSMTP_PASSWORD='s3 cret'\n"
    assert env.read_text() == expected
    assert env.stat().st_mode & 0o777 == 0o640


def test_write_drops_what_the_application_does_not_have(env) -> None:
    write(env, {"auth": "basic", "sender.name": "Shop"})
    assert env.read_text() == ENV


WRONG = [
    pytest.param({"oauth2.scope": "x"}, Action.UPDATE, "has no key", id="no-key"),
    pytest.param({"encryption": "tls"}, Action.UPDATE, "no word", id="no-word"),
    pytest.param({}, Action.ARCHIVE, "cannot archive", id="archive"),
]


@pytest.mark.parametrize(("after", "action", "what"), WRONG)
def test_write_refuses_what_a_file_cannot_say(env, after, action, what) -> None:
    with pytest.raises(PlatformRefused, match=what):
        write(env, after, action=action)
    assert env.read_text() == ENV


DECLARED = {
    "host": "new",
    "port": 587,
    "encryption": "starttls",
    "auth": "basic",
    "username": "shop",
    "password": PASSWORD,
    "sender.address": "a@example.com",
    "sender.name": "Shop",
}
YAML_KEYS = {
    "host": "mail.host",
    "port": "mail.port",
    "encryption": {"key": "mail.tls", "values": {"starttls": True, "none": False}},
    "username": "mail.login.user",
    "password": "mail.login.password",
    "sender.address": "mail.from",
    "sender.name": None,
}


@pytest.mark.parametrize(("form", "keys"), [("dotenv", KEYS), ("yaml", YAML_KEYS)])
@pytest.mark.parametrize("there", [True, False], ids=["file", "no-file"])
def test_what_is_written_reads_back_as_declared(tmp_path, form, keys, there) -> None:
    path = tmp_path / "app"
    if there:
        path.write_text("# only this\n")
    write(path, DECLARED, keys=keys, form=form)
    expected = file.normalised(SETTINGS, DECLARED, connection(path, keys, form))
    assert {**read(path, keys=keys, form=form).live(SETTINGS).settings, "password": PASSWORD} == expected
    assert "auth" not in expected


def test_normalised_follows_words_that_the_file_cannot_tell_apart() -> None:
    keys = {"encryption": {"key": "TLS", "values": {"starttls": "true", "tls": "true", "none": None}}}
    found = file.normalised(SETTINGS, {"encryption": "tls"}, connection("/x", keys))
    assert found == {"encryption": "starttls"}


def test_null_word_takes_the_key_out(env) -> None:
    keys = {"encryption": {"key": "SMTP_TLS", "values": {"starttls": "true", "none": None}}}
    write(env, {"encryption": "none"}, keys=keys)
    assert "SMTP_TLS" not in env.read_text()
    assert read(env, keys=keys).live(SETTINGS).settings == {"encryption": "none"}


def test_fields_are_what_has_a_key_and_what_is_left_out_on_purpose() -> None:
    found = file.fields("settings", connection("/x"))
    assert found == {"host", "port", "encryption", "username", "password", "sender.address", "sender.name", "auth"}
    assert "auth" not in file.fields("settings", connection("/x", {"host": "H"}))


MAILERS = {"host": "{MAILER}_SMTP_HOST", "password": "{MAILER}_SMTP_PASSWORD"}
IN_YAML = {"host": "mailers.{mailer}.host", "password": "mailers.{mailer}.password"}
MANY = [
    pytest.param("dotenv", MAILERS, "MAIN_SMTP_HOST=a\nBULK_NEWS_SMTP_PASSWORD=x\nDB=1\n", id="dotenv"),
    pytest.param("yaml", IN_YAML, "mailers:\n  main: {host: a}\n  bulk-news: {password: x}\n", id="yaml"),
]


@pytest.mark.parametrize(("form", "keys", "text"), MANY)
def test_a_mailer_is_there_when_any_of_its_keys_is(tmp_path, form, keys, text) -> None:
    path = tmp_path / "app"
    path.write_text(text)
    found = read(path, keys=keys, form=form).resources
    assert {str(name): live.settings for name, live in found.items()} == {
        "mailers[bulk-news]": {"host": None},
        "mailers[main]": {"host": "a", "password": None},
    }


@pytest.mark.parametrize(("form", "keys", "text"), MANY)
def test_mailers_are_written_beside_each_other_and_keep_one_marker(tmp_path, form, keys, text) -> None:
    path = tmp_path / "app"
    path.write_text(text)
    third = Resource(collection="mailers", key="third-one")
    write(path, {"host": "b", "password": PASSWORD}, resource=MAIN, keys=keys, form=form)
    before = read(path, keys=keys, form=form)
    write(path, {"host": "c"}, resource=third, action=Action.CREATE, keys=keys, form=form)
    after = read(path, keys=keys, form=form)
    assert [after.live(name).settings["host"] for name in (MAIN, third)] == ["b", "c"]
    assert after.live(MAIN).marker == before.live(MAIN).marker


def test_example_reads_as_it_stands_in_its_file() -> None:
    folder = Path(__file__).parents[3] / "examples" / "file"
    target = yaml.safe_load((folder / "environments/dev/shop.yaml").read_text())
    declared = target["connection"] | {"path": str(folder / target["connection"]["path"])}
    live = file.reader("dev/shop", declared, Refusing()).read().live(SETTINGS)
    expected = {"host": "localhost", "port": 25, "encryption": "none", "username": None}
    assert live.settings == expected | {"sender.address": "${APP_NAME}@localhost", "password": None}
    assert list(file.limits.findings(desired(DECLARED), declared)) == []


@pytest.mark.parametrize("keys", [{"sender": {"name": None}}, {"sender.name": None}, {"sender.name": {"key": None}}])
def test_keys_may_be_nested_or_dotted(keys) -> None:
    assert file.fields("settings", connection("/x", keys)) == {"sender.name"}


def test_findings_of_the_sample_are_none() -> None:
    assert rules(DECLARED) == []


ERROR, WARNING = Severity.ERROR, Severity.WARNING
BULK = Resource(collection="mailers", key="bulk.news")
FINDINGS = [
    pytest.param({"encryption": "tls"}, {}, ("value-not-mapped", ERROR, "encryption"), id="no-word"),
    pytest.param({"host": ("a", "b")}, {}, ("value-not-mapped", ERROR, "host"), id="list"),
    pytest.param({}, {"mode": "0644"}, ("secret-readable-by-others", WARNING, "password"), id="open-mode"),
    pytest.param({}, {"mode": "rw"}, ("file-mode", ERROR, None), id="no-mode"),
    pytest.param({}, {"keys": MAILERS}, ("no-keys", ERROR, None), id="no-keys"),
]


@pytest.mark.parametrize(("settings", "more", "finding"), FINDINGS)
def test_findings_name_the_limit(settings, more, finding) -> None:
    assert rules(settings, **more) == [finding]


def test_findings_of_two_settings_with_one_key() -> None:
    found = rules({}, keys={"host": "A", "port": "A"})
    assert found == [("key-not-unique", ERROR, "host"), ("key-not-unique", ERROR, "port")]


def test_findings_of_a_mailer_that_its_keys_do_not_tell() -> None:
    found = list(file.limits.findings(desired({}, BULK), connection("/x", MAILERS)))
    assert [(finding.rule, finding.fix) for finding in found] == [("mailer-name", "call it bulk-news")]
    assert rules({}, MAIN, keys=MAILERS) == []


def test_findings_point_at_the_value_and_say_what_to_do() -> None:
    (found,) = file.limits.findings(desired({"encryption": "tls"}), connection("/x"))
    assert str(found.where) == "shop.yaml:9:3"
    assert found.fix == "add tls: … there, or use starttls, none"


def test_platform_has_no_test_of_its_own(env) -> None:
    assert file.writer("dev/shop", connection(env), Vault()).test(SETTINGS) is None


IN_ALIAS = {"host": "spring.mail.host", "password": "spring.mail.password"}
REFUSED = [
    pytest.param("yaml", IN_ALIAS, "x: &x\n  mail: {host: a}\nspring: *x\n", "alias", id="yaml-alias"),
    pytest.param("yaml", IN_ALIAS, "spring: {mail: text}\n", "not a mapping", id="yaml-scalar"),
    pytest.param("json", IN_ALIAS, '{"spring": {"mail": [1]}}', "not an object", id="json-list"),
    pytest.param("ini", {"host": "smtp.host"}, '[smtp]\nhost = """a\nb"""\n', "several lines", id="ini-lines"),
    pytest.param("ruby", {"host": "a.host"}, "a['host'] = ENV['X']\n", "computed", id="ruby-computed"),
    pytest.param("ruby", {"host": "a.host"}, "if x\n  a['host'] = 'b'\nend\n", "block", id="ruby-block"),
]


@pytest.mark.parametrize(("form", "keys", "text", "what"), REFUSED)
def test_what_no_write_could_change_is_told_at_reading(tmp_path, form, keys, text, what) -> None:
    path = tmp_path / "app"
    path.write_text(text)
    live = read(path, keys=keys, form=form).live(SETTINGS)
    told = {found.field: found for found in live.findings if found.severity is Severity.ERROR}
    assert set(told) == set(keys)
    assert {found.holds for found in told.values()} == {Holds.UNTIL_DECIDED}
    assert what in told["host"].what
    with pytest.raises(PlatformRefused, match=what):
        write(path, {"host": "new"}, keys=keys, form=form)


def test_a_quote_that_is_not_closed_is_read_as_it_would_be_written(env) -> None:
    env.write_text('SMTP_HOST="unclosed\nSMTP_PORT=25\n')
    with pytest.raises(PlatformAnswer, match=r"line 1 does not parse") as reading:
        read(env)
    with pytest.raises(PlatformAnswer) as writing:
        write(env, {"host": "new"})
    assert str(reading.value) == str(writing.value)
    assert "unclosed" not in str(reading.value)


def test_a_broken_line_of_others_is_none_of_our_business(env) -> None:
    env.write_text(ENV + 'OTHER="unclosed\n')
    assert read(env).live(SETTINGS).findings == ()


@pytest.mark.parametrize("text", ["x: &x {}\nmailers: *x\n", "mailers: [1]\n"], ids=["alias", "list"])
def test_a_declared_mailer_that_cannot_be_put_there_is_not_just_absent(tmp_path, text) -> None:
    path = tmp_path / "app"
    path.write_text(text)
    reader = file.reader("dev/shop", connection(path, IN_YAML, "yaml"), Refusing())
    reader.about([MAIN])
    assert isinstance(reader.read().live(MAIN), Unreadable)


def test_a_variable_that_would_be_replaced_is_told_of_the_password_too(tmp_path) -> None:
    path = tmp_path / "grafana.ini"
    path.write_text("[smtp]\nhost = %(name)s:25\nuser = plain\npassword = $__file{/run/secrets/smtp}\n")
    keys = {"host": "smtp.host", "username": "smtp.user", "password": "smtp.password"}
    found = read(path, keys=keys, form="ini").live(SETTINGS).findings
    expected = [("replaces-a-variable", Holds.IF_CHANGED, name) for name in ("host", "password")]
    assert [(one.rule, one.holds, one.field) for one in found] == expected
    assert "/run/secrets" not in repr(found)


def test_a_mistake_of_the_connection_is_told_once_for_all_mailers(fake_site: Site) -> None:
    fake_site.stage("dev")
    keys = "{host: '{MAILER}_HOST', port: null, encryption: null, auth: null}"
    server = "{host: localhost, port: 25, encryption: none, auth: none}"
    text = f"connection: {{path: .env, ssh: 'a@b:99999', format: dotenv, keys: {keys}}}\n"
    fake_site.write("dev/shop.yaml", f"platform: file\n{text}mailers: {{a: {server}, b: {server}}}\n")
    told = [(one.rule, one.address, str(one.where)) for one in fake_site.judged().findings]
    place = ("dev/shop", "environments/dev/shop.yaml:2:1")
    assert told == [("path-relative", *place), ("connection-ssh", *place)]
