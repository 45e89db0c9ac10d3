"""A file on another host, through a real sshd."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from lab.servers import sshd
from lab.servers.sshd import SshServer

from reconciler.drivers.shell import connections
from reconciler.errors import PlatformBusy, PlatformDenied, PlatformMissing, PlatformUnreachable, WriteForbidden
from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Absent, Present
from reconciler.platforms import file

pytestmark = pytest.mark.skipif(not sshd.AVAILABLE, reason=sshd.MISSING)
RESOURCE = Resource(collection="settings")
KEYS = {"host": "SMTP_HOST", "port": "SMTP_PORT", "password": "SMTP_PASSWORD"}
BUSYBOX = shutil.which("busybox")
PASSWORD = "c4nary 'with\\ $igns"


class Vault:
    def open(self, ref: SecretRef) -> SecretValue:
        return SecretValue(PASSWORD)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    connections.close()
    with SshServer(tmp_path / "sshd") as found:
        yield found
    connections.close()


@pytest.fixture
def env(tmp_path: Path) -> Path:
    path = tmp_path / "app" / ".env"
    path.parent.mkdir()
    path.write_text("# shop\nSMTP_HOST=old\nÄ=ü\n", encoding="utf-8")
    path.chmod(0o644)
    return path


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Where the state is a folder."""
    return tmp_path / "state" / "files"


def connection(server: SshServer, path: Path, **more: object) -> Mapping[str, object]:
    keys = {"identity_file": str(server.folder / "user"), "known_hosts": str(server.folder / "known_hosts")}
    place = {"ssh": f"root@127.0.0.1:{server.port}", "path": str(path), **keys}
    return {**place, "format": "dotenv", "reader": "compose", "keys": KEYS, **more}


def change(**after: object) -> Change:
    address = Address(environment="dev", target="shop", resource=RESOURCE)
    fields = tuple(
        FieldChange(field=name, kind=FieldKind.SET, before=None, after=value, cause=Cause.GIT)  # type: ignore[arg-type]
        for name, value in after.items()
    )
    return Change(address=address, kind="file", installation="x", action=Action.UPDATE, fields=fields)


def read(there: Mapping[str, object], notes: Path | None = None) -> Present:
    reader = file.reader("dev/shop", there, Vault())  # type: ignore[arg-type]
    if notes:
        reader.notes_in(notes)
    live = reader.read().live(RESOURCE)
    assert isinstance(live, Present)
    return live


SECRET = SecretRef(store="default", path="x", key="y")


def test_read_and_write_go_through_one_connection(server: SshServer, env: Path, notes: Path) -> None:
    there = connection(server, env)
    before = read(there, notes)
    assert before.settings == {"host": "old", "port": None, "password": None}
    writer = file.writer("dev/shop", there, Vault())  # type: ignore[arg-type]
    writer.notes_in(notes)
    writer.write(change(host="smtp.example.com", port=587, password=SECRET))
    assert env.read_text(encoding="utf-8").startswith("# shop\nSMTP_HOST=smtp.example.com\nÄ=ü\n")
    assert env.stat().st_mode & 0o777 == 0o640
    after = read(there, notes)
    assert after.settings == {"host": "smtp.example.com", "port": 587}
    assert after.write_only == {"password"}
    assert after.marker == before.marker  # our own write is nobody's edit
    assert server.log().count("Accepted publickey") == 1
    assert PASSWORD not in server.log()
    assert sorted(one.name for one in env.parent.iterdir()) == [".env"]


def test_a_file_is_made_and_an_edit_by_hand_moves_the_mark(server: SshServer, env: Path) -> None:
    there = connection(server, env.with_name("new"))
    assert isinstance(file.reader("dev/shop", there, Vault()).read().live(RESOURCE), Absent)  # type: ignore[arg-type]
    file.writer("dev/shop", there, Vault()).write(change(password=SECRET))  # type: ignore[arg-type]
    assert env.with_name("new").stat().st_mode & 0o777 == 0o600
    marker = read(there).marker
    env.with_name("new").write_text("SMTP_PASSWORD=by-hand\n")
    assert read(there).marker != marker


def test_in_place_keeps_the_other_name(server: SshServer, env: Path) -> None:
    os.link(env, env.with_name("other"))
    there = connection(server, env, replace="in-place")
    file.writer("dev/shop", there, Vault()).write(change(host="new"))  # type: ignore[arg-type]
    assert "SMTP_HOST=new" in env.with_name("other").read_text(encoding="utf-8")


def test_what_changed_meanwhile_is_left_alone(server: SshServer, env: Path) -> None:
    writer = file.writer("dev/shop", connection(server, env), Vault())  # type: ignore[arg-type]
    assert writer.file.place is not None
    place = writer.file.place(None)

    def edited_meanwhile(data: bytes | None) -> bytes:
        env.write_text("SMTP_HOST=by-hand\n")
        return b"SMTP_HOST=ours\n"

    with pytest.raises(PlatformBusy, match="somebody has changed it"):
        place.replace(edited_meanwhile, secret=False, mode=None, in_place=False)
    assert env.read_text() == "SMTP_HOST=by-hand\n"
    assert sorted(one.name for one in env.parent.iterdir()) == [".env"]


@pytest.mark.parametrize("host", ["server", "busybox"])
def test_a_write_waits_for_the_lock_of_the_folder_that_a_write_on_that_host_holds(
    host: str, request: pytest.FixtureRequest, env: Path
) -> None:
    there = connection(request.getfixturevalue(host), env)
    writer = file.writer("dev/shop", there, Vault())  # type: ignore[arg-type]
    folder = os.open(env.parent, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    released = threading.Event()
    threading.Timer(0.5, lambda: (released.set(), os.close(folder))).start()
    writer.write(change(host="new"))
    assert released.is_set()
    assert "SMTP_HOST=new" in env.read_text(encoding="utf-8")


def test_an_access_list_stays(server: SshServer, env: Path) -> None:
    listed(env)
    file.writer("dev/shop", connection(server, env), Vault()).write(change(host="new"))  # type: ignore[arg-type]
    assert b"nobody" in subprocess.run(["getfacl", "-p", str(env)], capture_output=True, check=True).stdout


def listed(path: Path) -> None:
    if (
        not shutil.which("setfacl")
        or subprocess.run(["setfacl", "-m", "u:nobody:r", str(path)], check=False).returncode
    ):
        pytest.skip("this machine has no setfacl, or this file system no access lists")


# util-linux/flock.c of BusyBox 1.36, as Alpine has it: FLAGS FD, or FLAGS FILE PROG
FLOCK = """
import fcntl, sys
flags, words = [word for word in sys.argv[1:] if word[0] == "-"], [word for word in sys.argv[1:] if word[0] != "-"]
if set("".join(flags)) - set("-sxun") or len(words) != 1:
    sys.exit("flock: usage")
try:
    fcntl.flock(int(words[0]), fcntl.LOCK_EX | (fcntl.LOCK_NB if "-n" in flags else 0))
except BlockingIOError:
    sys.exit(1)
"""


@pytest.fixture
def busybox(tmp_path: Path) -> Iterator[SshServer]:
    """Alpine, routers and small containers: a flock that cannot wait, and no GNU cp. Debian's has no flock."""
    if not BUSYBOX:
        pytest.skip("there is no busybox: apt-get install busybox")
    tools = tmp_path / "tools"
    tools.mkdir()
    subprocess.run([BUSYBOX, "--install", "-s", str(tools)], check=True)
    (tools / "flock").unlink(missing_ok=True)
    (tools / "flock").write_text(f"#!{sys.executable}\n{FLOCK}")
    (tools / "flock").chmod(0o755)
    if getfacl := shutil.which("getfacl"):
        (tools / "getfacl").symlink_to(getfacl)
    connections.close()
    with SshServer(tmp_path / "sshd", path=str(tools)) as found:
        yield found
    connections.close()


def test_busybox_is_enough_there(busybox: SshServer, env: Path, notes: Path) -> None:
    there = connection(busybox, env)
    before = read(there, notes)
    writer = file.writer("dev/shop", there, Vault())  # type: ignore[arg-type]
    writer.notes_in(notes)
    writer.write(change(host="smtp.example.com", password=SECRET))
    assert read(there, notes).marker == before.marker
    assert env.read_text(encoding="utf-8").startswith("# shop\nSMTP_HOST=smtp.example.com\nÄ=ü\n")
    assert env.stat().st_mode & 0o777 == 0o640
    assert sorted(one.name for one in env.parent.iterdir()) == [".env"]


def test_busybox_cannot_keep_an_access_list_so_nothing_is_written(busybox: SshServer, env: Path) -> None:
    listed(env)
    writer = file.writer("dev/shop", connection(busybox, env), Vault())  # type: ignore[arg-type]
    with pytest.raises(PlatformDenied, match="its access list cannot be kept there"):
        writer.write(change(host="new"))
    assert "SMTP_HOST=old" in env.read_text(encoding="utf-8")


def test_a_reader_cannot_write(server: SshServer, env: Path) -> None:
    reader = file.reader("dev/shop", connection(server, env), Vault())  # type: ignore[arg-type]
    assert reader.file.place is not None
    place = reader.file.place(None)
    with pytest.raises(WriteForbidden):
        place.replace(lambda data: b"", secret=False, mode=None, in_place=False)


def test_what_is_wrong_there_is_told(server: SshServer, env: Path) -> None:
    with pytest.raises(PlatformMissing, match="the folder does not exist"):
        read(connection(server, env.parent / "none" / ".env"))
    for key, wrong, what in (
        ("known_hosts", "/dev/null", "host key verification failed"),
        ("identity_file", str(server.folder / "other"), "the ssh login is refused"),
    ):
        with pytest.raises(PlatformDenied, match=what):
            read(connection(server, env, **{key: wrong}))


def test_a_host_that_is_not_there_is_told_once(tmp_path: Path, env: Path) -> None:
    with SshServer(tmp_path / "sshd") as gone:
        there = connection(gone, env)
    for _ in range(2):
        with pytest.raises(PlatformUnreachable, match="no ssh connection"):
            read(there)
    connections.close()


def test_the_host_is_part_of_the_identity() -> None:
    def of(ssh: str) -> str:
        return file.installation({"ssh": ssh, "path": "/etc/grafana/grafana.ini"})

    assert of("root@App01:22") == of("deploy@app01") == "file:app01:/etc/grafana/grafana.ini"
    assert of("app02") != of("app01") != file.installation({"path": "/etc/grafana/grafana.ini"})
