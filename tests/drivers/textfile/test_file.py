"""The file itself: locks, replacement, modes, links, and everything that can be wrong with it."""

from __future__ import annotations

import errno
import fcntl
import functools
import gc
import inspect
import multiprocessing
import os
import stat
import threading
from typing import Any

import pytest

from reconciler.drivers.textfile.file import ReadOnlyFile, WritableFile
from reconciler.drivers.textfile.place import replace as file_replace
from reconciler.errors import (
    PlatformAnswer,
    PlatformBusy,
    PlatformDenied,
    PlatformMissing,
    PlatformRefused,
    WriteForbidden,
)
from reconciler.model.secret import SecretValue

ENV = "# shop\nHOST=old\nPASSWORD=hunter2\n"


@pytest.fixture
def env(tmp_path):
    path = tmp_path / ".env"
    path.write_text(ENV)
    path.chmod(0o640)
    return path


def dotenv(path, **more) -> WritableFile:
    return WritableFile(path=str(path), format="dotenv", **more)


def noted(path) -> WritableFile:
    """Where the state is a folder; each call is another run."""
    file = dotenv(path)
    file.notes_in(path.parent.with_name(f"{path.parent.name}-state"))
    return file


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def everything(name: str) -> bool:
    return True


def test_read_keeps_the_values_that_were_asked_for_only(env) -> None:
    content = ReadOnlyFile(path=str(env), format="dotenv").read(lambda name: name == "HOST")
    assert content.values == {"HOST": "old"}
    assert content.keys == {"HOST", "PASSWORD"}
    assert "hunter2" not in repr(content)


@pytest.mark.parametrize("name", ["dotenv", "yaml"])
def test_nothing_that_parses_a_text_keeps_it_after_the_end(tmp_path, name) -> None:
    path = tmp_path / "app"
    path.write_text({"dotenv": "PASSWORD=hunter2\n", "yaml": "password: hunter2\n"}[name])
    file = WritableFile(path=str(path), format=name)
    file.read(everything)
    file.write({key: "hunter3" for key in ("PASSWORD", "password") if key in path.read_text()})
    assert any(one.cache_info().currsize for one in of_texts())
    file.close()
    assert not any(one.cache_info().currsize for one in of_texts())
    assert "hunter" not in repr(file._seen)


def of_texts() -> list[Any]:
    """Every cache of these modules whose key is a text."""
    kind = functools._lru_cache_wrapper
    caches = (one for one in gc.get_objects() if isinstance(one, kind))
    mine = [one for one in caches if one.__module__.startswith("reconciler.drivers.textfile")]
    return [one for one in mine if "text" in inspect.signature(one).parameters]


def test_read_only_file_refuses_to_write(env) -> None:
    with pytest.raises(WriteForbidden, match=r"refused to write HOST"):
        ReadOnlyFile(path=str(env), format="dotenv").write({"HOST": "new"})
    assert env.read_text() == ENV


def test_write_changes_all_keys_at_once(env) -> None:
    dotenv(env).write({"HOST": "new", "PASSWORD": SecretValue("s3 cret"), "PORT": 587})
    assert env.read_text() == "# shop\nHOST=new\nPASSWORD='s3 cret'\nPORT=587\n"


def test_write_keeps_the_byte_order_mark(tmp_path) -> None:
    path = tmp_path / "app.yaml"
    path.write_bytes(b"\xef\xbb\xbfhost: old\r\n")
    WritableFile(path=str(path), format="yaml").write({"host": "new"})
    assert path.read_bytes() == b"\xef\xbb\xbfhost: new\r\n"


def test_write_moves_the_time_even_of_a_file_that_becomes_empty(tmp_path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n")
    os.utime(path, (1, 1))
    dotenv(path).write({"A": None})
    assert path.read_text() == ""
    assert path.stat().st_mtime > 1


def test_write_of_what_is_there_already_leaves_the_file_alone(env) -> None:
    before = env.stat()
    dotenv(env).write({"HOST": "old"})
    assert (env.stat().st_ino, env.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_write_makes_a_missing_file(tmp_path) -> None:
    dotenv(tmp_path / "new.env").write({"HOST": "x"})
    assert (tmp_path / "new.env").read_text() == "HOST=x\n"
    assert mode(tmp_path / "new.env") == 0o644


MODES = [
    pytest.param(None, "secret", None, 0o600, id="new"),
    pytest.param(None, "secret", 0o640, 0o640, id="new-declared"),
    pytest.param(0o644, "secret", None, 0o640, id="open-to-others"),
    pytest.param(0o644, "secret", 0o640, 0o640, id="open-to-others-declared"),
    pytest.param(0o640, "secret", None, 0o640, id="open-to-its-group"),
    pytest.param(0o400, "secret", 0o640, 0o400, id="stricter-stays"),
    pytest.param(0o644, "plain", None, 0o644, id="no-secret"),
]


@pytest.mark.parametrize(("before", "kind", "declared", "after"), MODES)
def test_write_sets_the_mode_by_what_the_file_holds(tmp_path, before, kind, declared, after) -> None:
    path = tmp_path / ".env"
    if before is not None:
        path.write_text("A=1\n")
        path.chmod(before)
    dotenv(path, mode=declared).write({"A": SecretValue("x") if kind == "secret" else "x"})
    assert mode(path) == after


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_write_keeps_the_owner(env) -> None:
    os.chown(env, 1234, 2345)
    dotenv(env).write({"HOST": "new"})
    assert (env.stat().st_uid, env.stat().st_gid) == (1234, 2345)


def test_write_refuses_when_the_owner_cannot_be_kept(env, monkeypatch) -> None:
    real = os.fstat

    def foreign(descriptor):
        found = real(descriptor)
        return (
            os.stat_result((*found[:4], found.st_uid + 1, *found[5:]))
            if stat.S_IMODE(found.st_mode) == 0o600
            else found
        )

    monkeypatch.setattr(file_replace.os, "fstat", foreign)
    monkeypatch.setattr(file_replace.os, "fchown", raising(errno.EPERM))
    with pytest.raises(PlatformDenied, match="permission denied"):
        dotenv(env).write({"HOST": "new"})
    assert env.read_text() == ENV


def test_write_follows_a_link_and_keeps_it(env, tmp_path) -> None:
    link = tmp_path / "link"
    link.symlink_to(env.name)
    dotenv(link).write({"HOST": "new"})
    assert link.is_symlink()
    assert "HOST=new" in env.read_text()


def raising(number):
    def fail(*_args, **_more):
        raise OSError(number, os.strerror(number))

    return fail


def leftovers(folder):
    return sorted(path.name for path in folder.iterdir() if path.name.endswith("tmp"))


FAILURES = [
    pytest.param("replace", errno.EROFS, PlatformDenied, "read-only file system", id="read-only"),
    pytest.param("replace", errno.EBUSY, PlatformRefused, "cannot be replaced", id="mounted-file"),
    pytest.param("fsync", errno.ENOSPC, PlatformBusy, "no space left", id="full"),
    pytest.param("fchmod", errno.EPERM, PlatformDenied, "permission denied", id="mode"),
    pytest.param("replace", errno.EIO, PlatformAnswer, "cannot be read or written", id="disk"),
]


@pytest.mark.parametrize(("call", "number", "kind", "what"), FAILURES)
def test_write_that_fails_leaves_the_old_file_whole(env, monkeypatch, call, number, kind, what) -> None:
    monkeypatch.setattr(file_replace.os, call, raising(number))
    with pytest.raises(kind, match=what) as caught:
        dotenv(env).write({"PASSWORD": SecretValue("s3cret")})
    assert env.read_text() == ENV
    assert leftovers(env.parent) == []
    assert str(env) in str(caught.value)
    assert caught.value.why
    assert caught.value.fix


def test_write_in_a_read_only_folder_names_the_file(env, monkeypatch) -> None:
    monkeypatch.setattr(file_replace.tempfile, "mkstemp", lambda **_: raising(errno.EROFS)())
    with pytest.raises(PlatformDenied, match=r"\.env: read-only file system"):
        dotenv(env).write({"HOST": "new"})


def test_a_folder_that_cannot_be_flushed_does_not_deny_what_was_written(env, monkeypatch, caplog) -> None:
    flush = os.fsync

    def broken(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "Input/output error")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", broken)
    dotenv(env).write({"HOST": "new"})
    assert "HOST=new" in env.read_text()
    assert "is written; a power failure now could lose it" in caplog.text


def killed_before_rename(path) -> None:
    file_replace.os.replace = lambda *_: os._exit(9)
    dotenv(path).write({"HOST": "new"})


def test_killed_before_the_rename_leaves_the_old_file_and_the_next_write_cleans_up(env) -> None:
    process = multiprocessing.get_context("fork").Process(target=killed_before_rename, args=(env,))
    process.start()
    process.join(5)
    assert process.exitcode == 9
    assert env.read_text() == ENV
    assert len(leftovers(env.parent)) == 1
    dotenv(env).write({"HOST": "newer"})
    assert leftovers(env.parent) == []


def writes(path, name) -> None:
    for number in range(20):
        dotenv(path).write({f"{name}_{number}": str(number), "SHARED": name})


@pytest.mark.parametrize("start", ["process", "thread"])
def test_two_writers_at_once_lose_nothing(env, start) -> None:
    kind = multiprocessing.get_context("fork").Process if start == "process" else threading.Thread
    both = [kind(target=writes, args=(env, name)) for name in ("A", "B")]
    for one in both:
        one.start()
    for one in both:
        one.join(10)
    lines = env.read_text().splitlines()
    assert {f"{name}_{number}={number}" for name in "AB" for number in range(20)} <= set(lines)
    assert len(lines) == 3 + 40 + 1


def test_write_gives_up_when_the_lock_is_held(env, monkeypatch) -> None:
    monkeypatch.setattr(file_replace, "LOCK_WAIT", 0.1)
    held = os.open(env.parent, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(PlatformBusy, match=f"{env.parent}: another write has held the lock"):
            dotenv(env).write({"HOST": "new"})
    finally:
        os.close(held)


def test_write_leaves_nothing_beside_the_file_and_touches_nothing_that_looks_like_a_lock(env) -> None:
    others = env.parent / ".env.lock"
    others.write_text("somebody else's")
    dotenv(env).write({"HOST": "new"})
    assert others.read_text() == "somebody else's"
    assert {path.name for path in env.parent.iterdir()} == {".env", ".env.lock"}


@pytest.mark.parametrize("error", [errno.EBADF, errno.ENOLCK])
def test_a_file_system_that_cannot_lock_a_folder_is_written_all_the_same(env, monkeypatch, error) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda *_: raising(error)())
    dotenv(env).write({"HOST": "new"})
    assert "HOST=new" in env.read_text()


def test_without_notes_our_own_modification_moves_the_marker_too(env) -> None:
    before = dotenv(env).read(everything).marker
    dotenv(env).write({"HOST": "new"})
    assert dotenv(env).read(everything).marker != before


def test_recover_removes_what_a_killed_write_left_and_nothing_else(env) -> None:
    left, others = (env.parent / f".{name}.a1b2.reconciler-tmp" for name in (".env", ".other"))
    for path in (left, others):
        path.write_text("s3cret")
    assert dotenv(env).recover() == 1
    assert not left.exists()
    assert others.exists()
    assert dotenv(env).recover() == 0
    assert env.read_text() == ENV


def unfit(tmp_path, kind):
    path = tmp_path / "app.yaml"
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "large":
            path.write_bytes(b"#" * (1024 * 1024 + 1))
        case "latin-1":
            path.write_bytes(b"a: 1\nname: Caf\xe9\n")
        case "broken":
            path.write_text("a: 1\npassword: @secret\n")
        case "no-folder":
            return tmp_path / "none" / "app.yaml"
        case "loop":
            path.symlink_to(path.name)
    return path


UNFIT = [
    ("folder", PlatformAnswer, "not a regular file"),
    ("pipe", PlatformAnswer, "not a regular file"),
    ("large", PlatformAnswer, "larger than 1 MiB"),
    ("latin-1", PlatformAnswer, "line 2: not UTF-8"),
    ("broken", PlatformAnswer, "line 2: not valid YAML"),
    ("no-folder", PlatformMissing, "folder"),
    ("loop", PlatformAnswer, "an unexpected link"),
]


@pytest.mark.parametrize(("kind", "error", "what"), UNFIT, ids=[case[0] for case in UNFIT])
@pytest.mark.parametrize("verb", ["read", "write"])
def test_unfit_file_is_an_error_with_a_fix(tmp_path, kind, error, what, verb) -> None:
    file = WritableFile(path=str(unfit(tmp_path, kind)), format="yaml")
    with pytest.raises(error, match=what) as caught:
        file.read(everything) if verb == "read" else file.write({"a": 2})
    assert "app.yaml" in caught.value.what
    assert caught.value.fix
    assert "secret" not in caught.value.what


def test_write_that_would_touch_another_value_is_not_made(tmp_path) -> None:
    path = tmp_path / "app.yaml"
    path.write_text("? a\n: 1\nb: |\n  text")  # a new key would give `b` the line end that it lacks
    with pytest.raises(PlatformAnswer, match="cannot be changed here"):
        WritableFile(path=str(path), format="yaml").write({"c": "s3cret"})
    assert path.read_text() == "? a\n: 1\nb: |\n  text"


def test_marker_moves_with_the_edits_of_others_only(env) -> None:
    first = noted(env).read(everything).marker
    noted(env).write({"HOST": "new"})
    assert noted(env).read(everything).marker == first
    env.write_text(ENV + "# by hand\n")
    second = noted(env).read(everything).marker
    noted(env).write({"HOST": "newer"})
    assert second != first
    assert noted(env).read(everything).marker == second
