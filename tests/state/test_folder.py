from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.errors import StateError
from reconciler.state import folder as files
from reconciler.state.folder import FileState


@pytest.fixture
def kept(folder: Path, installation: str, entry) -> Path:
    """The file of a state that was saved."""
    FileState(folder).save(installation, (entry(),))
    return next(folder.glob("*.json"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_can_read_it(kept: Path, installation: str) -> None:
    with FileState(kept.parent).lock(installation, "ana"):
        modes = {path.suffix: mode(path) for path in kept.parent.iterdir()}
    assert modes == {".json": 0o600, ".lock": 0o600}
    assert mode(kept.parent) == 0o700


def test_save_leaves_nothing_else_behind(kept: Path) -> None:
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_save_that_fails_keeps_the_old_file(kept: Path, installation: str, entry, monkeypatch) -> None:
    before = kept.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(StateError) as caught:
        FileState(kept.parent).save(installation, (entry("farm"),))
    assert caught.value.why == "No space left on device"
    assert kept.read_bytes() == before
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]"], ids=["empty", "cut", "binary", "list"])
@pytest.mark.parametrize("question", ["load", "installations"])
def test_corrupted_file_is_named(kept: Path, installation: str, content: bytes, question: str) -> None:
    kept.write_bytes(content)
    state = FileState(kept.parent)
    with pytest.raises(StateError, match="is corrupted") as caught:
        state.load([installation]) if question == "load" else state.installations()
    assert str(kept) in caught.value.what
    assert "backup" in (caught.value.fix or "")


def test_folder_that_cannot_be_is_a_state_error(tmp_path: Path, installation: str, entry) -> None:
    (tmp_path / "file").write_text("not a folder")
    state = FileState(tmp_path / "file/state")
    with pytest.raises(StateError, match="not usable"):
        state.save(installation, (entry(),))
    with pytest.raises(StateError), state.lock(installation, "ana"):
        pass


@pytest.mark.skipif(not Path("/proc/sys").is_dir(), reason="needs a file system that root cannot write to")
def test_read_only_file_system_is_a_state_error(installation: str, entry) -> None:
    with pytest.raises(StateError) as caught:
        FileState(Path("/proc/sys/reconciler")).save(installation, (entry(),))
    assert caught.value.why
    assert "state.path" in (caught.value.fix or "")


def test_lock_says_process_and_host(folder: Path, installation: str) -> None:
    state = FileState(folder)
    with state.lock(installation, "ana"), pytest.raises(StateError) as caught, state.lock(installation, "ben"):
        pass
    assert f"ana, pid {os.getpid()} on " in caught.value.what


def test_lock_left_by_a_run_that_was_killed_holds_nobody(folder: Path, installation: str) -> None:
    """The file with its text is still there; the lock itself ended with the process."""
    script = (
        "import os, pathlib, sys; from reconciler.state.folder import FileState;"
        "lock = FileState(pathlib.Path(sys.argv[1])).lock(sys.argv[2], 'killed'); lock.__enter__(); os._exit(9)"
    )
    root = Path(files.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script, str(folder), installation], cwd=root, check=False, timeout=30)
    assert done.returncode == 9
    assert "killed" in next(folder.glob("*.lock")).read_text()
    with FileState(folder).lock(installation, "ana"):
        pass


@pytest.mark.parametrize("kind", ["text", "link"])
def test_not_a_byte_goes_into_a_file_of_somebody_else(folder: Path, installation: str, kind: str) -> None:
    with FileState(folder).lock(installation, "ana"):
        path = next(folder.glob("*.lock"))
    other = folder / "other"
    other.write_text("mine")
    path.unlink()
    if kind == "link":
        path.symlink_to(other)
    else:
        path.write_text("mine")
    with pytest.raises(StateError), FileState(folder).lock(installation, "ana"):
        pass
    assert (path.read_text(), other.read_text()) == ("mine", "mine")


def test_what_a_killed_run_left_is_removed_by_the_next_one(folder: Path, installation: str, entry) -> None:
    state = FileState(folder)
    state.save(installation, [entry()])
    path = next(folder.glob("*.json"))
    left, others = folder / f".{path.name}.a1b2c3d4", folder / ".other.json.a1b2c3d4"
    left.touch()
    others.touch()
    with state.lock(installation, "ana"):
        assert (left.exists(), others.exists(), path.exists()) == (False, True, True)


def test_a_folder_that_cannot_be_flushed_does_not_deny_what_was_written(
    folder: Path, installation: str, entry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    flush = os.fsync

    def broken(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "Input/output error")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", broken)
    FileState(folder).save(installation, [entry()])
    assert installation in FileState(folder).load([installation])
    assert "is written; a power failure now could lose it" in caplog.text
