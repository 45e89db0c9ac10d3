"""The sample of every preset, written and read by the application's own reader: each key says what was meant."""

from __future__ import annotations

import re

import pytest

from reconciler.drivers.textfile.file import ReadOnlyFile
from reconciler.model.text.scalar import as_text
from reconciler.platforms.file import presets
from reconciler.platforms.file.layout import layout
from tests.conformance.cases import ALSO, REAL
from tests.conformance.readers import REAL as PROGRAMS
from tests.conformance.readers import values
from tests.platforms.file.test_presets import FOLDERS, SECRET, SECRETS, copied, declared, write

pytestmark = pytest.mark.long

PAIRS = [
    pytest.param(name, real, id=f"{name}-{real}")
    for name in presets.names()
    for real in (*REAL[presets.preset(name).reader], *ALSO.get(name, ()))
]
LOGIN = {"ehlo_name": "app.example.com", "timeouts.connect": 10, "timeouts.read": 60}


@pytest.mark.parametrize(("name", "real"), PAIRS)
@pytest.mark.parametrize("way", [("starttls", 587), ("tls", 465), ("none", 25)], ids=["starttls", "tls", "none"])
def test_every_key_of_a_preset_is_read_as_it_was_meant(name: str, real: str, way: tuple[str, int], tmp_path) -> None:
    if PROGRAMS[real].command is None:
        pytest.skip(f"{real} is not installed here: {PROGRAMS[real].missing}")
    path = copied(next(folder for folder in FOLDERS if folder.name == name), tmp_path)
    write(path, name, declared(name, encryption=way[0], port=way[1], **LOGIN))
    there = layout({"path": str(path), "preset": name})
    mapped = dict.fromkeys(key for one in there.keys for key in one.at(None).names)
    content = ReadOnlyFile(path=str(path), format=there.format, reader=there.reader).read(lambda key: key in mapped)
    assert content is not None
    meant = {key: value for key, value in content.values.items() if value is not None}
    assert len(meant) >= 6
    found = dict(zip(meant, values(real, [(str(path), key) for key in meant]), strict=True))
    assert {key: _text(value) for key, value in found.items()} == {key: _text(value) for key, value in meant.items()}
    password = next(key for key in there.keys if key.setting == "password").template
    assert found[password] == SECRETS.get(name, SECRET)


def _text(value: object) -> str:
    """`true` is true, however the reader shows it."""
    return (
        re.sub(r" \((boolean|integer)\)$", "", as_text(value).lower()) if isinstance(value, str | int) else repr(value)
    )
