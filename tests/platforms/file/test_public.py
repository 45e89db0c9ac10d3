"""Files as people publish them, planned, written and compared byte for byte outside the lines that are managed.

`public/sources.toml` names where the structure of each is from.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path

import pytest

from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Present
from reconciler.platforms import file
from reconciler.platforms.file.layout import layout

FOLDER = Path(__file__).parent / "public"
SOURCES = tomllib.loads((FOLDER / "sources.toml").read_text("utf-8"))
NAMES = sorted(SOURCES)
SETTINGS = Resource(collection="settings")
ADDRESS = Address(environment="dev", target="app", resource=SETTINGS)
PASSWORD = SecretRef(store="default", path="mail/app", key="password")
SECRET = "n3w #1; \\ it's"
DECLARED = {
    "host": "relay.example.com", "port": 587, "encryption": "starttls", "auth": "basic",
    "username": "app@example.com", "password": PASSWORD, "ehlo_name": "app.example.com", "timeouts.connect": 10,
    "timeouts.read": 60, "sender.address": "no-reply@example.com", "sender.name": "Example, Inc.",
}  # fmt: skip


class Vault:
    def open(self, ref: SecretRef) -> SecretValue:
        return SecretValue(SECRET)


def connection(name: str, path: Path) -> dict[str, object]:
    return {**SOURCES[name]["connection"], "path": str(path)}


def wanted(where: dict[str, object]) -> dict[str, object]:
    fields = file.fields("settings", where)
    return dict(file.normalised(SETTINGS, {k: v for k, v in DECLARED.items() if k in fields}, where))


def change(settings: dict[str, object]) -> Change:
    fields = tuple(
        FieldChange(field=name, kind=FieldKind.SET, before=None, after=value, cause=Cause.GIT)
        for name, value in settings.items()
    )
    return Change(address=ADDRESS, kind="file", installation="file:x", action=Action.UPDATE, fields=fields)


def managed(where: dict[str, object]) -> re.Pattern[str]:
    """A line that has one of the mapped keys; a mapping or section above them; a blank one."""
    keys = [name for key in layout(where).keys for name in key.at(None).names]
    above = {part for name in keys for part in name.split(".")[:-1]}
    words = "|".join(re.escape(name.rpartition(".")[2]) for name in keys)
    flat = "|".join(re.escape(name) for name in keys)
    parents = "|".join(map(re.escape, above)) or "(?!)"
    return re.compile(
        rf".*(?:\b(?:{words})\b|{flat}).*|\s*-?\s*(?:{parents}):\s*|\[(?:{parents})\]\s*|\s*|[{{}}]", re.DOTALL
    )


def test_there_are_thirty_and_each_names_its_source() -> None:
    assert len(NAMES) == 30
    assert {path.name for path in FOLDER.iterdir()} == {*NAMES, "sources.toml"}
    assert sum(bool(source["repository"]) for source in SOURCES.values()) >= 29


@pytest.mark.parametrize("name", NAMES)
def test_only_the_managed_lines_of_a_public_file_change(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    before = (FOLDER / name).read_bytes()
    path.write_bytes(before)
    where = connection(name, path)
    settings = wanted(where)
    live = file.reader("dev/app", where, Vault()).read().live(SETTINGS)
    assert isinstance(live, Present)
    assert [one.rule for one in live.findings if str(one.severity) == "error"] == []
    assert any(live.settings.get(field) != value for field, value in settings.items())
    file.writer("dev/app", where, Vault()).write(change(settings))
    after = path.read_bytes()
    again = file.reader("dev/app", where, Vault()).read().live(SETTINGS)
    assert {**again.settings, "password": PASSWORD}.items() >= settings.items()
    assert _others(before, managed(where)) == _others(after, managed(where))
    assert _unmanaged_moves(before, after, managed(where)) == []
    file.writer("dev/app", where, Vault()).write(change(settings))
    assert path.read_bytes() == after


def _others(text: bytes, ours: re.Pattern[str]) -> list[str]:
    return [line.rstrip("\n") for line in text.decode().splitlines(keepends=True) if not ours.fullmatch(line)]


def _unmanaged_moves(before: bytes, after: bytes, ours: re.Pattern[str]) -> list[str]:
    old, new = (text.decode().splitlines(keepends=True) for text in (before, after))
    moves = difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()
    changed = [line for kind, a, b, c, d in moves if kind != "equal" for line in (*old[a:b], *new[c:d])]
    # the last line of a file without a line end gets one, where something is put below it
    return [line for line in changed if not ours.fullmatch(line) and line.rstrip("\n") != old[-1].rstrip("\n")]
