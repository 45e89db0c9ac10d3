"""How keys say a setting: several settings in one key, one in several, keys beside it; both ways, and restored."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.drivers.textfile.format import Unwritable
from reconciler.errors import PlatformRefused
from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.platforms import file
from reconciler.platforms.file.forms import One, Part, Several, Split, merged
from reconciler.platforms.file.joined_keys import Joined, parsed, written
from reconciler.platforms.file.raw_keys import shown, unshown

ROUTE = ("{host}:{port}",)
MAILBOX = ('"{sender.name}" <{sender.address}>', "{sender.name} <{sender.address}>", "{sender.address}")
SETTINGS = Resource(collection="settings")
SEVERAL = Several(words={"none": {"A": False, "B": False}, "tls": {"A": False, "B": True}})
OPEN = One(key="HOST", also={"ON": True})
HOST, PORT = (Part(setting=name, key="HOST", templates=ROUTE, also={"ON": True}) for name in ("host", "port"))

TEXTS = [
    pytest.param(ROUTE, "h:25", {"host": "h", "port": "25"}, id="two-parts"),
    pytest.param(ROUTE, "localhost", None, id="one-part-missing"),
    pytest.param(ROUTE, "::1:25", None, id="one-colon-too-many"),
    pytest.param(MAILBOX, "a@b", {"sender.address": "a@b"}, id="address-alone"),
    pytest.param(MAILBOX, "A B <a@b>", {"sender.name": "A B", "sender.address": "a@b"}, id="name"),
    pytest.param(MAILBOX, '"A, B" <a@b>', {"sender.name": "A, B", "sender.address": "a@b"}, id="quoted-name"),
]


@pytest.mark.parametrize(("templates", "text", "parts"), TEXTS)
def test_parsed_takes_a_text_apart(templates, text, parts) -> None:
    assert parsed(templates, text) == parts


@given(name=st.text(max_size=8), address=st.from_regex(r"[a-z]{1,3}@[a-z]{1,3}", fullmatch=True))
def test_a_mailbox_comes_back_or_is_known_not_to(name, address) -> None:
    parts = {"sender.name": name, "sender.address": address}
    back = parsed(MAILBOX, written(MAILBOX, parts))
    assert back == parts or not name or set(name) & {'"', "\\"}


JOINED = [
    pytest.param({"port": 587}, "old:25", "old:587", id="the-other-part-stays"),
    pytest.param({"host": "new", "port": 587}, "localhost", "new:587", id="over-a-text-of-no-form"),
    pytest.param({"host": "new", "port": 587}, None, "new:587", id="new"),
    pytest.param({"host": None, "port": None}, "old:25", None, id="all-parts-go"),
]


@pytest.mark.parametrize(("parts", "old", "new"), JOINED)
def test_joined_changes_its_parts_only(parts, old, new) -> None:
    assert Joined(key="K", templates=ROUTE, parts=parts)(old) == new


@pytest.mark.parametrize(
    ("parts", "old"), [({"port": 587}, None), ({"port": 587}, "localhost"), ({"host": None}, "h:1")]
)
def test_joined_refuses_half_a_text(parts, old) -> None:
    with pytest.raises(Unwritable, match="neither declared nor in the file"):
        Joined(key="K", templates=ROUTE, parts=parts)(old)


def test_a_name_leaves_and_its_address_stays() -> None:
    assert Joined(key="K", templates=MAILBOX, parts={"sender.name": None})('"A" <a@b>') == "a@b"


def test_parts_of_one_change_become_one_text() -> None:
    edit = merged(HOST.said("h")["HOST"], PORT.said(25)["HOST"])
    assert callable(edit)
    assert edit(None) == "h:25"


def test_several_keys_say_one_word() -> None:
    assert SEVERAL.said("tls") == {"A": False, "B": True}
    assert SEVERAL.meant({"A": False, "B": True}) == "tls"
    assert SEVERAL.meant({}) is None
    with pytest.raises(KeyError):
        SEVERAL.said("starttls")


def test_split_divides_and_joins() -> None:
    form = Split(keys=("USER", "DOMAIN"), separator="@")
    assert form.said("a@b") == {"USER": "a", "DOMAIN": "b"}
    assert form.meant({"USER": "a", "DOMAIN": "b"}) == "a@b"
    assert form.meant({"USER": "a"}) == "a@"
    with pytest.raises(ValueError, match="2 parts"):
        form.said("a@b@c")


def test_text_is_text_also_for_a_number() -> None:
    assert One(key="PORT", text=True).said(587) == {"PORT": "587"}


# what a file had before, as it is shown, and as it is restored
BEFORE = [
    pytest.param(SEVERAL, {"A": True, "B": None}, "A = true, B not set", id="several-without-a-word"),
    pytest.param(SEVERAL, {"A": 'x", B = "y', "B": "z"}, 'A = "x\\", B = \\"y", B = "z"', id="several-that-look-alike"),
    pytest.param(OPEN, {"HOST": "h", "ON": False}, "h (ON = false)", id="switched-off"),
    pytest.param(OPEN, {"HOST": "h", "ON": None}, "h (ON not set)", id="not-switched"),
    pytest.param(OPEN, {"HOST": None, "ON": "x"}, 'not set (ON = "x")', id="switched-and-not-set"),
    pytest.param(HOST, {"HOST": "localhost", "ON": True}, "localhost (not {host}:{port})", id="of-no-form"),
    pytest.param(HOST, {"HOST": "localhost", "ON": 1}, "localhost (not {host}:{port}) (ON = 1)", id="no-form-and-off"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "found", "text"), BEFORE)
def test_what_has_no_word_is_shown_as_it_is_and_can_be_restored(form, found, text) -> None:
    assert form.meant(found) == text
    assert {name: edit(None) if callable(edit) else edit for name, edit in form.said(text).items()} == found


SCALAR = st.none() | st.text(max_size=8) | st.booleans() | st.integers()


@given(found=st.fixed_dictionaries({"A": SCALAR, "B.c": SCALAR}))
def test_shown_comes_back(found) -> None:
    assert unshown(("A", "B.c"), shown(("A", "B.c"), found)) == found


def write(path, keys, form="json", **after) -> None:
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
    address = Address(environment="dev", target="app", resource=SETTINGS)
    change = Change(address=address, kind="file", installation="file:x", action=Action.UPDATE, fields=fields)
    where = {"path": str(path), "format": form, "keys": keys}
    file.writer("dev/app", where, None).write(change)  # type: ignore[arg-type]  # no secret is in it


ROUTE_KEYS = {name: {"key": "smtp.host", "template": "{host}:{port}"} for name in ("host", "port")}


def test_a_port_is_changed_beside_its_host_in_the_file(tmp_path) -> None:
    path = tmp_path / "app.json"
    path.write_text('{"smtp": {"host": "old:25"}}')
    write(path, ROUTE_KEYS, port=587)
    assert json.loads(path.read_text()) == {"smtp": {"host": "old:587"}}


def test_half_a_text_is_refused_and_the_file_stays(tmp_path) -> None:
    path = tmp_path / "app.json"
    path.write_text('{"smtp": {"host": "localhost"}}')
    with pytest.raises(
        PlatformRefused, match=r"app.json: smtp.host holds {host}:{port} in one value, and host is neither"
    ):
        write(path, ROUTE_KEYS, port=587)
    assert path.read_text() == '{"smtp": {"host": "localhost"}}'


def test_clearing_takes_the_keys_beside_it_out(tmp_path) -> None:
    path = tmp_path / "app.json"
    path.write_text('{"host": "h", "on": true, "rest": 1}')
    write(path, {"host": {"key": "host", "also": {"on": True}}}, host=None)
    assert json.loads(path.read_text()) == {"rest": 1}


def test_a_file_that_is_not_there_is_noted(tmp_path) -> None:
    where = {"path": str(tmp_path / "typo.env"), "format": "dotenv", "keys": {"host": "HOST"}}
    (found,) = file.reader("dev/app", where, None).read().findings  # type: ignore[arg-type]
    assert (found.rule, str(found.severity), found.address) == ("file-missing", "note", "dev/app")
    assert "typo.env does not exist yet; apply creates it" in found.what


MAILERS = {
    "host": {"key": "m.{mailer}.host", "template": "{host}:{port}"},
    "port": {"key": "m.{mailer}.host", "template": "{host}:{port}"},
    "encryption": {"values": {"tls": {"m.{mailer}.tls": True}, "none": {"m.{mailer}.tls": False}}},
}


def test_every_form_works_for_mailers_too(tmp_path) -> None:
    path = tmp_path / "app.json"
    path.write_text('{"m": {"a": {"host": "h:25", "tls": true}, "b": {"tls": false}}}')
    where = {"path": str(path), "format": "json", "keys": MAILERS}
    found = file.reader("dev/app", where, None).read().resources  # type: ignore[arg-type]
    assert {str(name): live.settings for name, live in found.items()} == {
        "mailers[a]": {"host": "h", "port": 25, "encryption": "tls"},
        "mailers[b]": {"host": None, "port": None, "encryption": "none"},
    }
