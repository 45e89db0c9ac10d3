"""Many changes of one file: one replacement, one reading, and still each its own outcome and way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from reconciler.drivers.textfile.file import Edit, WritableFile
from reconciler.errors import PlatformRefused
from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.handshake import Handshake
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Reading
from reconciler.pipeline.write import together
from reconciler.platforms import file

KEYS = {"host": "SMTP_{MAILER}_HOST", "username": "SMTP_{MAILER}_USER", "password": "SMTP_{MAILER}_PASSWORD"}


class Vault:
    def open(self, ref: SecretRef) -> SecretValue:
        return SecretValue(ref.path)


def writer(path: Path) -> file.FileWriter:
    connection = {"path": str(path), "format": "dotenv", "keys": KEYS}
    return file.writer("dev/shop", connection, Vault())


def change(name: str, **after: object) -> Change:
    address = Address(environment="dev", target="shop", resource=Resource(collection="mailers", key=name))
    fields = tuple(
        FieldChange(field=key, kind=FieldKind.SET, before=None, after=value, cause=Cause.GIT)
        for key, value in after.items()
    )
    return Change(address=address, kind="file", installation="file:x", action=Action.UPDATE, fields=fields)


def secret(text: str) -> SecretRef:
    return SecretRef(store="default", path=text, key="password")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(WritableFile):
    writes: list[int]

    def write(self, changes: Mapping[str, Edit]) -> None:
        self.writes.append(len(changes))
        WritableFile.write(self, changes)


def test_changes_of_one_file_replace_it_once(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("SMTP_A_HOST=old\nSMTP_B_HOST=old\n")
    counted = Counted(path=str(path), format="dotenv", writes=[])
    target = replace(writer(path), file=counted)
    assert target.write_together([change("a", host="x"), change("b", host="y", password=secret("p"))]) == {}
    assert path.read_text() == "SMTP_A_HOST=x\nSMTP_B_HOST=y\nSMTP_B_PASSWORD=p\n"
    assert counted.writes == [3]


def test_what_cannot_be_written_does_not_stop_its_neighbours(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("SMTP_A_HOST=old\n")
    refused = writer(path).write_together([change("a", host="x"), change("b", password=secret("a'b$(c)"))])
    assert [(str(address), type(error)) for address, error in refused.items()] == [
        ("dev/shop:mailers[b]", PlatformRefused)
    ]
    assert path.read_text() == "SMTP_A_HOST=x\n"


@dataclass
class Counting:
    """Writes nowhere, and counts what is asked of it."""

    asked: list[str] = field(default_factory=list)
    refused: dict[Address, Exception] = field(default_factory=dict)
    broken: Exception | None = None

    def write_together(self, changes: list[Change]) -> dict[Address, Exception]:
        self.asked.append(f"together {len(changes)}")
        if self.broken:
            raise self.broken
        return self.refused

    def write(self, change: Change) -> None:
        self.asked.append(f"write {change.address.resource}")

    def read(self) -> Reading:
        self.asked.append("read")
        return Reading(unit="dev/shop", resources={})

    def test(self, resource: Resource) -> Handshake | None:
        return None

    def close(self) -> None:
        pass


def test_each_change_finds_its_write_done_and_the_reading_known() -> None:
    platform, changes = Counting(), [change("a"), change("b")]
    done = together.once(platform, changes)
    for one in changes:
        done.write(one)
        done.read()
    assert platform.asked == ["together 2", "read"]


def test_who_waits_for_the_platform_reads_anew() -> None:
    platform, changes = Counting(), [change("a"), change("b")]
    done = together.once(platform, changes)
    done.write(changes[0])
    done.read()
    done.read()
    assert platform.asked == ["together 2", "read", "read"]


def test_what_takes_a_change_back_is_written_and_read_anew() -> None:
    platform, changes = Counting(), [change("a"), change("b")]
    done = together.once(platform, changes)
    done.write(changes[0])
    done.read()
    done.write(change("a"))  # another change with the same address
    done.read()
    assert platform.asked == ["together 2", "read", "write mailers[a]", "read"]


def test_what_was_refused_is_told_of_its_change_only() -> None:
    first, second = change("a"), change("b")
    done = together.once(Counting(refused={first.address: PlatformRefused("no")}), [first, second])
    with pytest.raises(PlatformRefused, match="no"):
        done.write(first)
    done.write(second)


def test_an_error_of_the_one_write_is_that_of_each_change() -> None:
    changes = [change("a"), change("b")]
    done = together.once(Counting(broken=PlatformRefused("held")), changes)
    for one in changes:
        with pytest.raises(PlatformRefused, match="held"):
            done.write(one)


def test_a_single_change_is_written_as_ever() -> None:
    platform = Counting()
    assert together.once(platform, [change("a")]) is platform


def test_what_the_reader_cannot_be_told_is_known_before_anything_is_written(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("SMTP_A_HOST=old\n")
    changes = [change("a", host="x"), change("b", password=secret("a'b$(c)"))]
    refused = writer(path).refused(changes)
    assert [str(address) for address in refused] == ["dev/shop:mailers[b]"]
    assert "a'b" not in str(next(iter(refused.values())))
    assert writer(path).refused(changes[:1]) == {}
    assert path.read_text() == "SMTP_A_HOST=old\n"
