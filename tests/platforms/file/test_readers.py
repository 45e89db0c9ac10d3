"""What each reader would take otherwise. That the spelling is right, `tests/conformance` asks the readers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.drivers.textfile import dotenv, yaml
from reconciler.drivers.textfile.file import TRIALS, ReadOnlyFile, changed, unsayable
from reconciler.drivers.textfile.readers import CARRIERS, DEFAULTS, READERS
from reconciler.errors import SecretRefused
from reconciler.model.address import Address, Resource
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Desired
from reconciler.model.source import Position
from reconciler.model.text.yaml_scalar import Quoted
from reconciler.platforms import file, schema
from reconciler.platforms.file import presets

SETTINGS = Resource(collection="settings")


class Refusing:
    def open(self, ref: SecretRef) -> SecretValue:
        raise SecretRefused(f"{ref} is not needed here")


def live(path: Path, preset: str) -> dict[str, object]:
    connection = {"path": str(path), "preset": preset}
    return dict(file.reader("dev/app", connection, Refusing()).read().live(SETTINGS).settings)


def test_every_preset_and_every_format_names_its_reader() -> None:
    assert all(READERS[presets.preset(name).reader].format == presets.preset(name).format for name in presets.names())
    own = {form: reader for form, reader in DEFAULTS.items() if form not in CARRIERS}
    assert {form: READERS[reader].format for form, reader in own.items()} == {form: form for form in own}
    assert {READERS[DEFAULTS[form]].format for form in CARRIERS} == {"environment"}
    there = json.loads(schema("file").read_text())  # type: ignore[union-attr]
    assert there["properties"]["connection"]["properties"]["reader"]["enum"] == list(READERS)


SPELLED = [
    # phpdotenv 5.4.1 knows no \\' in single quotes, and rejects the whole file
    pytest.param("laravel", "a'b$c", '"a\'b\\$c"', id="laravel-quote-and-dollar"),
    # Illuminate\\Support\\Env, 11.36: these words are no text, and quotes at both ends go
    pytest.param("laravel", "null", "\"'null'\"", id="laravel-null"),
    pytest.param("laravel", "'abc'", "\"''abc''\"", id="laravel-quotes"),
    # npm dotenv and Node 20: no escapes in double quotes
    pytest.param("npm-dotenv", "it's", "`it's`", id="npm-quote"),
    pytest.param("node", "it's", "`it's`", id="node-quote"),
    # bash 5.2, dash 0.5.12
    pytest.param("shell", "it's `id`", '"it\'s \\`id\\`"', id="shell-backtick"),
]


@pytest.mark.parametrize(("reader", "value", "text"), SPELLED)
def test_a_value_is_spelled_for_its_reader(reader: str, value: str, text: str) -> None:
    assert dotenv.changed("", {"A": value}, reader) == f"A={text}\n"


def test_a_backslash_is_not_put_into_double_quotes_that_do_not_decode_it() -> None:
    for reader in ("npm-dotenv", "node", "decouple"):
        value = "DOMAIN\\user"
        assert dict(dotenv.entries(dotenv.changed('A="old"\n', {"A": value}, reader), reader)) == {"A": value}


def test_an_erb_tag_stays_text() -> None:  # ERB runs before Psych 4 parses the file
    text = yaml.changed("", {"production.password": "<%= 1+1 %>"}, "psych-erb")
    assert "<%" not in text
    assert dict(yaml.entries(text)) == {"production.password": "<%= 1+1 %>"}


@pytest.mark.parametrize("text", ["secret", "1_0e5", "2024-1-5", "true"])
def test_a_secret_in_yaml_is_always_quoted(text: str) -> None:
    assert yaml.changed("", {"password": Quoted(text)}) == f"password: '{text}'\n"


@pytest.mark.parametrize("text", ["1_0e5", "2024-1-5", "0_1"])
def test_what_a_yaml_reader_takes_for_a_number_or_a_date_is_quoted(text: str) -> None:
    assert yaml.changed("", {"name": text}) == f"name: '{text}'\n"


REFUSED = [
    ("yaml", "spring", "x${HOME}y"),  # Spring 4.3 to 6.1 have no escape
    ("json", "keycloak", "${HOME}"),
    ("ini", "go-ini", "$__file{/etc/hostname}"),
    ("dotenv", "grafana", "$__env{HOME}"),
    ("dotenv", "python-dotenv", "a${HOME}"),  # python-dotenv 1.2.4, in any quotes
    ("dotenv", "django-environ", "$x"),  # django-environ 0.14: the name of another variable
    ("dotenv", "any", "a'b$(c)"),
]


@pytest.mark.parametrize(("form", "reader", "value"), REFUSED)
def test_what_a_reader_cannot_be_told_is_refused(form: str, reader: str, value: str) -> None:
    problem = unsayable(form, reader, value)
    assert problem is not None
    assert value not in problem.what


PLAIN = ["smtp.example.com", "25", "587", "1e5", "0x1f", "1_000", "010", "1.10", "12-31", "a@b.example.com", "true"]
PLAIN += ["True", "no", "null", "Null", "empty", "on", "N", "none", "nan", "ACME Mail 2", "x  y", "a_b", "false"]


@pytest.mark.parametrize("value", PLAIN)
@pytest.mark.parametrize("reader", READERS)
def test_every_reader_can_be_told_a_plain_value(reader: str, value: str) -> None:
    """So that such values need no trial, which is most of a thousand files' time."""
    own = READERS[reader].format
    for form in CARRIERS if own == "environment" else (own,):
        key, text = TRIALS.get(form, ("section.key", ""))
        assert unsayable(form, reader, value) is None
        assert changed(form, reader, text, {key: value})


def test_lines_that_end_in_crlf_are_told_in_the_plan_where_the_reader_keeps_the_carriage_return(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"H=old\r\n")
    for reader, rules in (("shell", ["not-writable"]), ("compose", [])):
        where = {"path": str(path), "format": "dotenv", "reader": reader, "keys": {"host": "H"}}
        read = file.reader("dev/shop", where, Refusing()).read().live(SETTINGS)
        assert [one.rule for one in read.findings] == rules


VARIABLES = [
    ("yaml", "psych-erb", "a: <%= ENV['P'] %>\n"),
    ("yaml", "spring", "a: ${SMTP_PASSWORD}\n"),
    ("json", "keycloak", '{"a": "${SMTP_PASSWORD}"}'),
    ("dotenv", "laravel", 'a="${APP_NAME}"\n'),
    ("dotenv", "compose", "a=$NAME\n"),
]


@pytest.mark.parametrize(("form", "reader", "text"), VARIABLES)
def test_a_variable_is_known_in_every_format_whose_reader_replaces_it(
    form: str, reader: str, text: str, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    content = ReadOnlyFile(path=str(path), format=form, reader=reader).read(lambda name: True)
    assert content is not None
    assert content.variables == {"a"}


@pytest.mark.parametrize("word", ["True", "1", "on", "yes"])
def test_django_needs_one_switch_and_knows_many_words(word: str, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(f"EMAIL_HOST=h\nEMAIL_USE_TLS={word}\n")
    assert live(path, "django")["encryption"] == "starttls"


def test_django_environ_takes_a_comment_into_the_value_and_drops_a_spaced_line(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("EMAIL_HOST=smtp.example.com # main relay\nEMAIL_PORT = 465\n")
    found = live(path, "django")
    assert (found["host"], found["port"]) == ("smtp.example.com # main relay", None)


def test_a_reader_of_another_format_is_an_error() -> None:
    desired = Desired(
        address=Address(environment="dev", target="app", resource=SETTINGS),
        kind="file",
        installation="file:x",
        settings={"host": "h"},
        handshake={"timeouts.read": 60},
        origin={},
        position=Position(file="app.yaml", line=1, column=1),
    )
    found = file.limits.findings(desired, {"path": "x", "preset": "django", "reader": "psych-erb"})
    assert [one.rule for one in found] == ["reader-format"]
