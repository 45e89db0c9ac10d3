"""What a file is beside its text: modes, access lists, mounts, hard links, git."""

from __future__ import annotations

import os
import struct
import subprocess
import threading
from pathlib import Path

import pytest

from reconciler.drivers.textfile.file import ReadOnlyFile, WritableFile
from reconciler.drivers.textfile.place import mounts
from reconciler.drivers.textfile.place import replace as replacing
from reconciler.drivers.textfile.place.facts import ACCESS_LIST, Facts, listed, lost, mode_after
from reconciler.drivers.textfile.place.git_index import is_tracked
from reconciler.errors import PlatformBusy
from reconciler.model.secret import SecretValue

SECRET = {"PASSWORD": SecretValue("s3cret")}


def access_list(group: int = 4, mask: int = 4, user: int = 33) -> bytes:
    """`user::rw-,user:33:r--,group::r--,mask::r--,other::---`, as the kernel keeps it."""
    entries = ((1, 6, 0xFFFFFFFF), (2, 4, user), (4, group, 0xFFFFFFFF), (16, mask, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF))
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


@pytest.fixture
def env(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_text("HOST=old\nPASSWORD=old\n")
    return path


def facts(path: Path) -> Facts:
    content = ReadOnlyFile(path=str(path), format="dotenv").read(lambda name: True)
    assert content is not None
    return content.facts


def write(path: Path, **more: object) -> None:
    WritableFile(path=str(path), format="dotenv", **more).write(SECRET)  # type: ignore[arg-type]


def test_an_access_list_is_kept_with_a_password(env: Path) -> None:  # F2
    env.chmod(0o640)
    try:
        os.setxattr(env, ACCESS_LIST, access_list())
    except OSError as error:
        pytest.skip(f"this file system keeps no access lists: {error.strerror}")
    assert facts(env).listed == ("user 33",)
    write(env)
    assert (facts(env).mode, facts(env).listed) == (0o640, ("user 33",))
    assert os.getxattr(env, ACCESS_LIST) == access_list()


def test_an_access_list_names_its_readers_within_its_mask() -> None:
    assert listed(access_list(user=1001)) == ("user 1001",)
    assert listed(access_list(mask=0)) == ()
    assert listed(b"") == ()


MODES = [
    pytest.param(0o644, None, 0o640, ("everybody else",), id="F2-others-lose"),
    pytest.param(0o640, None, 0o640, (), id="F2-group-stays"),
    pytest.param(0o644, 0o600, 0o600, ("group www-data", "user 33", "everybody else"), id="F2-declared"),
]


@pytest.mark.parametrize(("now", "declared", "after", "readers"), MODES)
def test_who_could_not_read_it_any_more(now: int, declared: int | None, after: int, readers: tuple[str, ...]) -> None:
    file = Facts(mode=now, owner="root", group="www-data", listed=("user 33",))
    assert mode_after(now, secret=True, declared=declared) == after
    assert lost(file, after) == readers


def test_in_place_keeps_the_file_itself_and_its_other_names(env: Path) -> None:  # F13
    env.chmod(0o644)
    other = env.with_name("other")
    os.link(env, other)
    assert facts(env).names == 2
    write(env, in_place=True)
    assert "PASSWORD=s3cret" in other.read_text()
    assert facts(env).mode == 0o640
    write(env.with_name("new"), in_place=True)  # made as any other
    assert env.with_name("new").read_text() == "PASSWORD=s3cret\n"


def test_a_whole_replacement_leaves_the_other_name_behind(env: Path) -> None:
    other = env.with_name("other")
    os.link(env, other)
    write(env)
    assert "s3cret" not in other.read_text()


def test_mounts_are_known_by_place_and_by_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:  # F13
    """Two namespaces as the kernel tells them: ours, and that of a container with one file mounted alone."""
    ours = tmp_path / "ours"
    theirs = tmp_path / "theirs"
    ours.write_text(
        "21 1 8:1 / / rw - ext4 /dev/a rw\n"
        "22 21 8:2 / /srv rw - ext4 /dev/b rw\n"
        "23 21 8:1 /x\\040y /etc/app.ini rw - ext4 /dev/a rw\n"
    )
    theirs.write_text("31 30 8:2 /shop/.env /app/.env rw - ext4 /dev/b rw\n")
    real = mounts._entries
    monkeypatch.setattr(mounts, "_entries", lambda path: real(ours if "self" in str(path) else theirs))
    monkeypatch.setattr(mounts, "_namespace", lambda process: "a" if process == "self" else "b")
    mounts._read.cache_clear()
    assert mounts.is_mounted("/etc/app.ini")
    assert not mounts.is_mounted("/srv/shop/.env")
    assert mounts.is_mounted_alone("/srv/shop/.env")
    assert mounts.is_mounted_alone("/x y")
    assert not mounts.is_mounted_alone("/shop/.env")
    mounts._read.cache_clear()


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


@pytest.mark.parametrize("version", ["2", "3"])
def test_git_tracks_what_is_in_its_index(tmp_path: Path, version: str) -> None:  # F15
    git(tmp_path, "init", "-q")
    for name in ("a/.env", "b/a/.env", ".env-2"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("A=1\n")
    git(tmp_path, "add", "b/a/.env")
    git(tmp_path, "update-index", "--index-version", version)
    assert is_tracked(str(tmp_path / "b/a/.env"))
    assert not is_tracked(str(tmp_path / "a/.env"))
    assert not is_tracked(str(tmp_path / ".env-2"))


def test_git_is_found_in_a_worktree(tmp_path: Path) -> None:
    main, tree = tmp_path / "main", tmp_path / "tree"
    git(tmp_path, "init", "-q", str(main))
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    (main / ".env").write_text("A=1\n")
    git(main, "add", ".")
    git(main, *who, "commit", "-qm", "x")
    git(main, "worktree", "add", "-q", str(tree))
    assert is_tracked(str(tree / ".env"))


OTHERS = [
    pytest.param("dotenv", "[smtp]\nhost = x\n", "this is INI", id="F14-ini-as-dotenv"),
    pytest.param("dotenv", "platform: file\nconnection: {path: x}\n", "no line of it is NAME=value", id="F14-yaml"),
    pytest.param("dotenv", '{"host": "a=b"}\n', "this is JSON", id="F14-json-as-dotenv"),
    pytest.param("ini", "SMTP_HOST=x\n", r"it has no \[section\]", id="F14-dotenv-as-ini"),
    pytest.param("ini", "platform: file\n", r"it has no \[section\]", id="F14-yaml-as-ini"),
    pytest.param("ini", '{"a": 1}\n', "this is JSON", id="F14-json-as-ini"),
    pytest.param("ruby", "[smtp]\nhost = x\n", "this is INI", id="F14-ini-as-ruby"),
]


@pytest.mark.parametrize(("form", "text", "what"), OTHERS)
def test_a_text_of_another_format_is_refused(form: str, text: str, what: str, tmp_path: Path) -> None:
    from reconciler.errors import PlatformAnswer

    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(PlatformAnswer, match=what):
        ReadOnlyFile(path=str(path), format=form).read(lambda name: True)
    with pytest.raises(PlatformAnswer, match=what):
        WritableFile(path=str(path), format=form).write({"smtp.host" if form != "dotenv" else "A": "x"})
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("form", "text"), [("dotenv", ""), ("dotenv", "# only\n"), ("ini", "; x\n"), ("dotenv", "A=[x]\n")]
)
def test_a_text_that_says_nothing_is_of_any_format(form: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    assert ReadOnlyFile(path=str(path), format=form).read(lambda name: True) is not None


def test_threads_that_write_in_one_folder_wait_for_each_other_and_do_not_look_again_and_again(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    polled = threading.Event()
    monkeypatch.setattr(replacing.time, "sleep", lambda seconds: polled.set())
    other = threading.Thread(target=write, args=(env,))
    with replacing.locked(str(env)):
        other.start()
        assert not polled.wait(0.2)
        assert "s3cret" not in env.read_text()
    other.join()
    assert "s3cret" in env.read_text()


def test_a_thread_that_holds_a_folder_too_long_is_told_as_another_run_is(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replacing, "LOCK_WAIT", 0.05)
    with (
        replacing.locked(str(env)),
        pytest.raises(PlatformBusy, match="another write has held the lock of this folder"),
    ):
        write(env)
    write(env)
