"""One look says no more than a trial would: what is plain can be written, with every key that is there."""

from __future__ import annotations

from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.drivers.textfile import plain as plain_text
from reconciler.drivers.textfile import yaml as yaml_text

LINES = {
    "dotenv": st.sampled_from(["A=1", "export B=x y", "# it's", "", "C=", "D='a b'", 'E="open', "F", "G=a#b", "H=\\"]),
    "yaml": st.sampled_from(
        ["a: 1", "b:", "  c: x y", "  d: on # it's", "# x", "", "e: &x 1", "f: *x", "g: |", "h: [1]", "i: 'q'", "  j:"]
    ),
}


@pytest.mark.parametrize("name", LINES)
@given(data=st.data())
def test_what_is_plain_can_be_written(name: str, data: st.DataObject) -> None:
    text = "\n".join(data.draw(st.lists(LINES[name], max_size=6, unique=True))) + "\n"
    form = import_module(f"reconciler.drivers.textfile.{name}")
    if not plain_text.plain(name, text):
        return
    try:
        found = form.entries(text)
    except Exception:  # noqa: BLE001  # no reading, so nothing is asked
        return
    keys = [key for key, _ in found]
    changes = {key: "new" for key in keys if keys.count(key) == 1}
    assert dict(form.entries(form.changed(text, changes))) == dict(found) | changes


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("dotenv", "A=1\n# it's\nexport B=c d\n", True),
        ("dotenv", "A='1'\n", False),
        ("dotenv", "A\n", False),
        ("dotenv", "A=1\r\n", False),
        ("yaml", "mail:\n  host: a.example  # main\n  port: 25\n", True),
        ("yaml", "mail: &x\n  host: a\n", False),
        ("json", "{}", False),
    ],
)
def test_plain_texts(name: str, text: str, said: bool) -> None:
    assert plain_text.plain(name, text) is said


@pytest.mark.parametrize(
    ("name", "key", "said"),
    [
        ("dotenv", "SMTP_HOST", True),
        ("dotenv", "a/b", False),
        ("yaml", "mail.smtp.port", True),
        ("yaml", "mail.smtp.host.name", False),
        ("yaml", "other.port", False),
        ("json", "mail.smtp.port", False),
    ],
)
def test_added_keys(name: str, key: str, said: bool) -> None:
    assert plain_text.added(name, key, {"mail.smtp"}) is said


def test_a_key_of_a_plain_mapping_can_be_added() -> None:
    text = 'mail:\n  smtp:\n    host: a  # main\n  other: "x"\n'
    assert plain_text.plain("yaml", text)
    assert yaml_text.entries(yaml_text.changed(text, {"mail.smtp.port": 25}))[1] == ("mail.smtp.port", 25)
