from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from reconciler.errors import LockedError, StateError
from reconciler.model.runs.lease import Holder
from reconciler.state import whole_file
from reconciler.state.folder import FileState


@pytest.fixture
def kept(folder: Path, installation: str, entry) -> Path:
    """The file of a state that was saved."""
    FileState(folder).save(installation, (entry(),))
    return next(folder.glob("*.json"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_can_read_it(kept: Path, installation: str) -> None:
    state = FileState(kept.parent)
    with state.lock(installation, "ana") as lease:
        state.journal.begin(lease.nonce, {"event": "begin"})
        files = {mode(path) for path in kept.parent.rglob("*") if path.is_file()}
        folders = {mode(path) for path in (kept.parent, *kept.parent.rglob("*")) if path.is_dir()}
    assert (files, folders) == ({0o600}, {0o700})


def test_save_leaves_nothing_else_behind(kept: Path) -> None:
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_save_that_fails_keeps_the_old_file(kept: Path, installation: str, entry, monkeypatch) -> None:
    before = kept.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_file.os, "fsync", full)
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


def killed(folder: Path, installation: str) -> None:
    """A run that is gone while it held the lease."""
    script = (
        "import os, pathlib, sys; from reconciler.state.folder import FileState;"
        "lock = FileState(pathlib.Path(sys.argv[1])).lock(sys.argv[2], 'killed'); lock.__enter__(); os._exit(9)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script, str(folder), installation], cwd=root, check=False, timeout=30)
    assert done.returncode == 9


def test_a_run_that_was_killed_holds_nobody_and_the_next_one_hears_of_it(folder: Path, installation: str) -> None:
    killed(folder, installation)
    state = FileState(folder)
    assert [(one.held.owner, one.alive) for one in state.locks()] == [("killed", False)]
    with state.lock(installation, "ana") as lease:
        assert [one.owner for one in lease.cut_off] == ["killed"]
        lease.settled([installation])
    assert state.locks() == ()
    assert {path.name for path in (folder / "leases").iterdir()} == {"lock", "leases.json"}


def test_a_killed_run_is_heard_of_until_somebody_has_dealt_with_it(folder: Path, installation: str) -> None:
    killed(folder, installation)
    state = FileState(folder)
    with state.lock(installation, "ana"):
        pass
    with state.lock(installation, "ben") as lease:
        assert [one.owner for one in lease.cut_off] == ["killed"]


def test_unlock_ends_what_a_killed_run_left_and_no_lock_of_a_process_that_lives(
    folder: Path, installation: str
) -> None:
    killed(folder, installation)
    state = FileState(folder)
    [left] = state.locks()
    state.unlock(left.held.nonce, "nothing to repair")
    assert state.locks() == ()
    with state.lock(installation, "ana") as lease, pytest.raises(LockedError, match=f"pid {os.getpid()}"):
        state.unlock(lease.nonce, "hurry")
    with pytest.raises(StateError, match="there is no such lock"):
        state.unlock("nonsense", "why")


def test_a_lease_whose_file_is_gone_is_lost_and_the_state_keeps_what_it_has(
    folder: Path, installation: str, entry
) -> None:
    state = FileState(folder)
    with state.lock(installation, "ana") as lease:
        state.save(installation, [entry()])
        lease.check()
        next((folder / "leases").glob("*.run")).unlink()
        with pytest.raises(LockedError, match="this run has lost its lease"):
            lease.check()
        with pytest.raises(LockedError):
            state.save(installation, [])
    assert state.load([installation])


def test_a_run_cannot_write_what_a_later_one_has_written(folder: Path, installation: str, entry) -> None:
    early, late = FileState(folder), FileState(folder)
    with early.lock(installation, "slow"):
        own = next((folder / "leases").glob("*.run"))
        own.rename(own.with_suffix(".aside"))  # it counts as dead
        with late.lock(installation, "quick"):
            late.save(installation, [entry()])
        own.with_suffix(".aside").rename(own)
        early.load([installation])
        with pytest.raises(StateError, match="a later run has written it"):
            early.save(installation, [])


def test_the_number_of_leases_goes_on_when_their_document_is_lost(folder: Path, installation: str, entry) -> None:
    state = FileState(folder)
    for _ in range(2):
        with state.lock(installation, "ana"):
            state.save(installation, [entry()])
        (folder / "leases/leases.json").unlink()
        (folder / "leases/leases.json").write_text("null")
        time.sleep(1.1)


def test_a_lease_waits_for_another_one(folder: Path, installation: str) -> None:
    first, second = FileState(folder), FileState(folder)
    holding = first.lease([installation], Holder(owner="ana"))
    holding.__enter__()
    threading.Timer(0.3, lambda: holding.__exit__(None, None, None)).start()
    with second.lease([installation, "other"], Holder(owner="ben"), wait=5) as lease:
        assert lease.refused == {}


@pytest.mark.parametrize("kind", ["text", "link", "json"])
def test_not_a_byte_goes_into_a_file_of_somebody_else(folder: Path, installation: str, kind: str) -> None:
    with FileState(folder).lock(installation, "ana"):
        path = folder / "leases/leases.json"
    other = folder / "other"
    other.write_text("mine")
    path.unlink()
    content = '{"mine": true}' if kind == "json" else "mine"
    if kind == "link":
        path.symlink_to(other)
    else:
        path.write_text(content)
    with pytest.raises(StateError, match="has no leases of reconciler"), FileState(folder).lock(installation, "ana"):
        pass
    assert (path.read_text(), other.read_text()) == (content, "mine")


def test_the_file_that_is_locked_is_never_written_and_never_a_link(folder: Path, installation: str) -> None:
    (folder / "leases").mkdir(parents=True)
    (folder / "leases/lock").write_text("mine")
    with FileState(folder).lock(installation, "ana"):
        pass
    assert (folder / "leases/lock").read_text() == "mine"
    (folder / "leases/lock").unlink()
    (folder / "leases/lock").symlink_to(folder / "precious")
    with pytest.raises(StateError, match="not usable"), FileState(folder).lock(installation, "ana"):
        pass
    assert not (folder / "precious").exists()


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
