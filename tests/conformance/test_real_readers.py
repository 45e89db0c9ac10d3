"""What is written is what the program reads that the file is for: asked of these programs, value by value.

A reader that is not installed here is skipped with the reason; `.ci/readers` brings them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from reconciler.drivers.textfile import dotenv
from reconciler.drivers.textfile.changes import changed
from reconciler.drivers.textfile.format import Unwritable
from reconciler.drivers.textfile.readers import CARRIERS, READERS
from reconciler.model.text.yaml_scalar import Quoted
from tests.conformance.cases import CARRIED, CASES, REAL, Case
from tests.conformance.readers import REAL as PROGRAMS
from tests.conformance.readers import values
from tests.conformance.values import VALUES

pytestmark = pytest.mark.long

PAIRS = [pytest.param(case, real, id=f"{case.name}-{case.format}-{real}") for case in CASES for real in case.real]


def test_there_are_enough_hard_values() -> None:
    assert len(VALUES) >= 150


def test_no_reader_of_ours_is_without_a_real_one() -> None:
    assert all(REAL[name] for name in READERS if name != "environment")
    assert CARRIED.keys() == CARRIERS


@pytest.mark.parametrize(("case", "real"), PAIRS)
def test_what_is_written_is_what_the_reader_reads(case: Case, real: str, tmp_path: Path) -> None:
    if PROGRAMS[real].command is None:
        pytest.skip(f"{real} is not installed here: {PROGRAMS[real].missing}")
    befores = _read_today(case, real, tmp_path) if case.reader == "any" else case.befores()
    written = list(_written(case, befores, tmp_path))
    found = values(real, [(str(path), case.key) for path, _ in written])
    wrong = [(value, got, path.read_text()) for (path, value), got in zip(written, found, strict=True) if got != value]
    assert wrong == []
    assert len(written) > len(VALUES) * len(befores) // 2


def _read_today(case: Case, real: str, folder: Path) -> Sequence[str]:
    """`any` leaves the shape of a line as it is: it counts for those that read it today."""
    paths = [folder / f"before-{number}" for number in range(len(case.befores()))]
    for path, before in zip(paths, case.befores(), strict=True):
        path.write_bytes(before.encode())
    found = values(real, [(str(path), case.key) for path in paths])
    befores = zip(case.befores(), found, strict=True)
    return [before for before, got in befores if case.key not in before or got in ("old", "", "a\nb")]


def _written(case: Case, befores: Sequence[str], folder: Path) -> Iterator[tuple[Path, str]]:
    """Each value over each style; what is refused is left out."""
    for style, before in enumerate(befores):
        for number, value in enumerate(VALUES):
            path = folder / f"{style}-{number}"
            try:
                text = changed(case.format, case.reader, before, {case.key: Quoted(value)})
            except Unwritable:
                continue
            path.write_bytes(text.encode())
            yield path, value


def _is_word(reader: str, value: object) -> bool:
    """A number or a word to this reader: it is compared as it is written."""
    return isinstance(value, str) and not READERS[reader].is_text(value)


# what stands behind `KEY=` (with what is before it) in files that people wrote
LINES = (
    "KEY=a", "KEY=a b", "KEY=a # c", "KEY=a #c", "KEY=a#c", "KEY=#c", "KEY= # c", "KEY=", "KEY=''", 'KEY=""',
    "KEY='a' # c", 'KEY="a" # c',
    "KEY='a'#c", "KEY= a", "KEY = a", "KEY =a", "export KEY=a", "  KEY=a", "KEY=a  ", "KEY='a b'", 'KEY="a b"',
    "KEY=a\\b", "KEY='a\\b'",
    'KEY="a\\\\b"', 'KEY="a\\nb"', "KEY='a\\nb'", 'KEY="a\\tb"', 'KEY="a\\"b"', "KEY='a\"b'", "KEY=\"a'b\"",
    "KEY=a=b", "KEY=true", "KEY=null",
    "KEY=587", 'KEY="a\\$b"', "KEY='a$b'", "KEY=it's", "KEY='a'b", "KEY=`a`", "KEY='null'", "KEY=\"'a'\"",
)  # fmt: skip
READ = [
    pytest.param(reader, real, id=f"{reader}-{real}")
    for reader, programs in REAL.items()
    if READERS[reader].format == "dotenv" and reader != "any"
    for real in programs
]


@pytest.mark.parametrize(("reader", "real"), READ)
def test_what_is_compared_is_what_the_reader_reads(reader: str, real: str, tmp_path: Path) -> None:
    if PROGRAMS[real].command is None:
        pytest.skip(f"{real} is not installed here: {PROGRAMS[real].missing}")
    key = "key" if reader == "discourse" else "KEY"  # it reads small letters only
    paths = [tmp_path / str(number) for number in range(len(LINES))]
    for path, line in zip(paths, LINES, strict=True):
        path.write_text(f"B=1\n{line.replace('KEY', key)}\nC=2\n")
    texts = [path.read_text() for path in paths]
    ours = [dict(dotenv.entries(text, reader)).get(key) for text in texts]
    said = ["true" if got is True else got for got in values(real, [(str(path), key) for path in paths])]
    replaced = [bool(dotenv.variables(text, reader)) for text in texts]  # shown as it is written
    # None: not taken for a value, so that it is written anew
    found = [one for one in zip(LINES, ours, said, replaced, strict=True) if not _is_word(reader, one[1])]
    assert [one for one in found if one[1] is not None and one[1] != one[2] and not one[3]] == []
    assert sum(got is None for got in ours) <= 10
