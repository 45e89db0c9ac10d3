"""The two scripts in newer Postfixes, 3.10 of Debian 13 and 3.11 of the next: their database types, and what is left of
an earlier one.

`.ci/debian13` makes the roots; without them these are skipped.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.platforms.postfix import reading_findings, spelling
from reconciler.platforms.postfix.access import script
from reconciler.platforms.postfix.observed import EFFECTIVE, OVERRIDES, SET_HERE, Observed, observed

READERS = Path(os.environ.get("RECONCILER_READERS", Path(__file__).resolve().parents[3] / ".readers"))
ROOTS = {"3.10": READERS / "debian13", "3.11": READERS / "debian14"}
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
DIR = "/etc/postfix-reconciler"
MAP = f"{DIR}/reconciler_sasl_passwd"
MAIN = f"""compatibility_level = 3.6
queue_directory = {DIR}/queue
data_directory = {DIR}/data
multi_instance_name = postfix-reconciler
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
relayhost = [one.example.com]:587
smtpd_relay_restrictions = reject
maillog_file = {DIR}/mail.log
maillog_file_prefixes = {DIR}
"""
SERVICES = ("pickup unix n - n 60 1 pickup", "qmgr unix n - n 300 1 qmgr", "cleanup unix n - n - 0 cleanup",
            "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce", "smtp unix - - n - - smtp",
            "postlog unix-dgram n - n - 1 postlogd")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mta:
    """A Postfix that runs in its root, with no listener."""

    root: Path

    @property
    def folder(self) -> Path:
        return self.root / DIR.lstrip("/")

    def run(self, *words: str, stdin: str = "") -> str:
        command = ["chroot", str(self.root), *words]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout.strip()

    def edit(self, parameter: str) -> None:
        self.run("postconf", "-c", DIR, "-e", parameter)

    def script(self, name: str, *words: str, stdin: str = "") -> str:
        return self.run("sh", "-c", script(name).text, "sh", DIR, *words, stdin=stdin)

    def seen(self) -> Observed:
        return observed(self.script("read", *(" ".join(some) for some in (SET_HERE, EFFECTIVE, OVERRIDES)), ""))

    def rules(self) -> list[str]:
        return [one.rule for one in reading_findings.findings(self.seen(), "dev/mta:settings", DIR)]

    def log_in(self, password: str) -> str:
        kind = self.run("postconf", "-c", DIR, "-h", "default_database_type")
        maps, on = f"smtp_sasl_password_maps={kind}:{MAP}", "smtp_sasl_auth_enable=yes"
        words = ("[one.example.com]:587", "shop", "set", "leave", "", "leave", "", "no", "", maps, on)
        return self.script("write", *words, stdin=password)

    def holders(self, password: str) -> list[str]:
        """The files in which it stands."""
        files = (path for path in self.folder.iterdir() if path.is_file())
        return sorted(path.name for path in files if password.encode() in path.read_bytes())


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ROOTS])
def mta(request: pytest.FixtureRequest) -> Iterator[Mta]:
    root = ROOTS[request.param]
    if not (root / "usr/sbin/postconf").exists():
        pytest.skip(f"there is no {root} (.ci/debian13)")
    with (root / ".one-at-a-time").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # pytest -n 2
        found = Mta(root=root)
        found.run("rm", "-rf", DIR)
        for name in ("queue", "data"):
            (found.folder / name).mkdir(parents=True, exist_ok=True)
        (found.folder / "main.cf").write_text(MAIN)
        (found.folder / "master.cf").write_text("\n".join(SERVICES) + "\n")
        found.run("chown", "postfix", f"{DIR}/data")
        found.run("postfix", "-c", DIR, "start")
        yield found
        found.run("postfix", "-c", DIR, "stop")
        found.run("rm", "-rf", DIR)


@pytest.mark.parametrize("kind", ["hash", "btree", "lmdb", "cdb"])
def test_each_type_of_database_holds_the_login(mta: Mta, kind: str) -> None:
    if kind not in mta.seen().types:
        pytest.skip(f"this Postfix has no {kind}: maps")
    mta.edit(f"default_database_type = {kind}")
    assert mta.log_in("first") == "done"
    assert (mta.seen().user, mta.rules()) == ("shop", [])
    assert len(mta.holders("first")) == 2


def test_no_earlier_password_is_left_where_the_type_is_another_one_now(mta: Mta) -> None:
    kinds = mta.seen().types
    former, now = ("hash" if "hash" in kinds else "lmdb"), "cdb"
    mta.edit(f"default_database_type = {former}")
    assert mta.log_in("first") == "done"
    mta.edit(f"default_database_type = {now}")
    assert mta.rules() == ["map-type-differs"]
    assert mta.log_in("second") == "done"
    assert mta.holders("first") == []
    assert mta.holders("second") == ["reconciler_sasl_passwd", "reconciler_sasl_passwd.cdb"]
    assert mta.rules() == []


def test_a_database_that_is_left_is_told(mta: Mta) -> None:
    mta.edit("default_database_type = cdb")
    assert mta.log_in("first") == "done"
    (mta.folder / "reconciler_sasl_passwd.db").write_bytes(b"old")
    assert mta.rules() == ["old-map-left"]


def test_a_type_that_is_not_there_hides_the_user_and_is_told(mta: Mta) -> None:
    mta.edit(f"smtp_sasl_password_maps = dbm:{DIR}/other")
    found = mta.seen()
    assert (found.user, found.user_hidden) == (None, True)
    assert "map-type-missing" in mta.rules()


def test_an_inline_policy_and_a_transport_for_all_mail_are_looked_up(mta: Mta) -> None:
    mta.edit("smtp_tls_policy_maps = inline:{ {[one.example.com]:587 = none} }, static:x")
    mta.edit("transport_maps = inline:{ {* = smtp:[two.example.com]} }")
    found = mta.seen()
    assert (found.policy, found.everything) == ("none", "smtp:[two.example.com]")
    assert mta.rules() == ["overridden", "overridden"]


def test_an_unset_level_is_what_this_version_goes_by(mta: Mta) -> None:
    assert spelling.settings(mta.seen(), DIR)["encryption"] is None
    mta.edit("smtp_use_tls = yes")
    assert spelling.settings(mta.seen(), DIR)["encryption"] == "may"
    newest = mta.root == ROOTS["3.11"]
    mta.edit(f"compatibility_level = {'3.11' if newest else '3.6'}")
    mta.edit("smtp_use_tls = no")
    assert spelling.settings(mta.seen(), DIR)["encryption"] == ("may" if newest else None)
