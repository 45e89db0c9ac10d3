"""The journal, in a folder and in Vault: what was written comes back, and what was changed shows."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from reconciler.errors import StateError
from reconciler.model.landscape import StateSpec
from reconciler.state.choose import open_state
from reconciler.state.folder import FileState
from reconciler.state.journal.chain import Chain
from reconciler.state.journal.together import Together

NAME = "20261120T120000.000000Z-00000001"
OTHER = "20261120T120100.000000Z-00000002"


def events(records) -> list[str]:
    return [str(one["event"]) for one in records]


def test_what_was_written_comes_back_in_order_and_the_index_knows_the_run(spec: StateSpec, secrets) -> None:
    state = open_state(spec, secrets)
    journal = state.journal.begin(NAME, {"event": "begin", "run": "7", "owner": "ana"})
    journal.write([{"event": "intent"}, {"event": "result"}])
    journal.close({"event": "end", "counts": {"updated": 1}, "complete": True})
    later = open_state(spec, secrets).journal
    assert events(later.records(NAME)) == ["begin", "intent", "result", "end"]
    begun, ended = later.index()
    assert (begun["run"], begun["owner"], ended["counts"]) == ("7", "ana", {"updated": 1})
    assert later.faults() == ()


def test_runs_that_nobody_ended_are_ended_by_who_finds_them_and_once(spec: StateSpec, secrets) -> None:
    journals = open_state(spec, secrets).journal
    journals.begin(NAME, {"event": "begin"}).write([{"event": "intent"}])
    for _ in range(2):
        journals.cut_off(NAME, OTHER)
    assert events(journals.index()) == ["begin", "cut off"]
    assert journals.faults() == ()


def test_nothing_is_written_under_a_name_twice(spec: StateSpec, secrets) -> None:
    journals = open_state(spec, secrets).journal
    journals.begin(NAME, {"event": "begin"})
    with pytest.raises(StateError, match="journal"):
        journals.begin(NAME, {"event": "begin"})


def test_a_journal_that_is_not_there_has_no_lines(spec: StateSpec, secrets) -> None:
    journals = open_state(spec, secrets).journal
    assert (journals.records(NAME), journals.index(), journals.faults()) == ((), (), ())


@pytest.fixture
def kept(folder: Path) -> Path:
    """The folder of two runs that ended."""
    journals = FileState(folder).journal
    for name in (NAME, OTHER):
        journal = journals.begin(name, {"event": "begin", "run": name})
        journal.write([{"event": "intent"}])
        journal.close({"event": "end"})
    return folder / "journal"


def _edit(path: Path, how) -> None:
    path.write_text("".join(f"{line}\n" for line in how(path.read_text().splitlines())))


@pytest.mark.parametrize(
    ("name", "how"),
    [
        pytest.param(f"{NAME}.jsonl", lambda lines: [lines[0].replace("begin", "began"), *lines[1:]], id="changed"),
        pytest.param(f"{NAME}.jsonl", lambda lines: [lines[0], lines[2]], id="taken out"),
        pytest.param(f"{NAME}.jsonl", lambda lines: lines[:-1], id="the end cut off"),
        pytest.param(f"{NAME}.jsonl", lambda lines: [*lines, lines[-1]], id="added"),
        pytest.param(f"{NAME}.jsonl", lambda lines: [*lines[:2], "nonsense", lines[2]], id="nonsense"),
        pytest.param(f"{NAME}.jsonl", lambda lines: [], id="emptied"),
        pytest.param("index.jsonl", lambda lines: lines[1:], id="a run taken out of the index"),
        pytest.param("index.jsonl", lambda lines: [lines[0], lines[1].replace("end", "and"), *lines[2:]], id="index"),
    ],
)
def test_a_line_that_was_changed_taken_out_or_added_shows(kept: Path, folder: Path, name: str, how) -> None:
    assert FileState(folder).journal.faults() == ()
    _edit(kept / name, how)
    faults = FileState(folder).journal.faults()
    assert faults
    assert {one.journal for one in faults} <= {"", NAME}


def test_a_journal_that_is_gone_shows(kept: Path, folder: Path) -> None:
    (kept / f"{OTHER}.jsonl").unlink()
    assert [one.journal for one in FileState(folder).journal.faults()] == [OTHER]


def test_what_a_crash_cut_is_left_out_and_the_next_run_goes_on_after_it(kept: Path, folder: Path) -> None:
    with (kept / "index.jsonl").open("a") as file:
        file.write('{"event": "beg')
    journals = FileState(folder).journal
    assert events(journals.index()) == ["begin", "end", "begin", "end"]
    journals.begin("third", {"event": "begin"}).close({"event": "end"})
    assert events(journals.index())[-2:] == ["begin", "end"]


def test_a_full_disk_is_a_state_error_and_nothing_is_written_after_it(folder: Path, monkeypatch) -> None:
    journal = FileState(folder).journal.begin(NAME, {"event": "begin"})
    real = os.fsync

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StateError, match="not usable") as caught:
        journal.write([{"event": "intent"}])
    assert caught.value.why == "No space left on device"
    monkeypatch.setattr(os, "fsync", real)
    with pytest.raises(StateError):
        journal.write([{"event": "result"}])


def test_each_line_is_on_disk_when_write_returns(folder: Path, monkeypatch) -> None:
    flushed: list[str] = []
    path = folder / "journal" / f"{NAME}.jsonl"
    real = os.fsync

    def noted(descriptor: int) -> None:
        real(descriptor)
        flushed.append(path.read_text() if path.exists() else "")

    journal = FileState(folder).journal.begin(NAME, {"event": "begin"})
    monkeypatch.setattr(os, "fsync", noted)
    journal.write([{"event": "intent"}])
    assert [json.loads(line)["event"] for line in flushed[-1].splitlines()] == ["begin", "intent"]


def test_those_who_wait_share_a_flush_and_no_line_is_lost() -> None:
    kept: list[str] = []
    flushes: list[int] = []
    slow = threading.Event()

    def flush(lines) -> None:
        slow.wait(0.02)
        flushes.append(len(lines))
        kept.extend(lines)

    together = Together(Chain(), flush)
    threads = [threading.Thread(target=together.write, args=([{"number": number}],)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(json.loads(line)["number"] for line in kept) == list(range(40))
    assert len(flushes) < 20
