"""The two scripts in a Postfix 3.10 of Debian 13: its database types, and what is left of an earlier one.

`.ci/debian13` makes the root; without it these are skipped.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.platforms.postfix import reading_findings, spelling
from reconciler.platforms.postfix.access import script
from reconciler.platforms.postfix.observed import EFFECTIVE, OVERRIDES, SET_HERE, Observed, observed

ROOT = Path(os.environ.get("RECONCILER_DEBIAN13", Path(__file__).resolve().parents[3] / ".readers/debian13"))
pytestmark = [
    pytest.mark.skipif(not (ROOT / "usr/sbin/postconf").exists(), reason=f"there is no {ROOT} (.ci/debian13)"),
    pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root"),
]
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


def inside(*words: str, stdin: str = "") -> str:
    command = ["chroot", str(ROOT), *words]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout


def script_inside(name: str, *words: str, stdin: str = "") -> str:
    return inside("sh", "-c", script(name).text, "sh", DIR, *words, stdin=stdin)


def seen() -> Observed:
    return observed(script_inside("read", *(" ".join(some) for some in (SET_HERE, EFFECTIVE, OVERRIDES)), ""))


def rules(found: Observed) -> list[str]:
    return [one.rule for one in reading_findings.findings(found, "dev/mta:settings", DIR)]


def log_in(password: str) -> str:
    kind = inside("postconf", "-c", DIR, "-h", "default_database_type").strip()
    maps, on = f"smtp_sasl_password_maps={kind}:{MAP}", "smtp_sasl_auth_enable=yes"
    words = ("[one.example.com]:587", "shop", "set", "leave", "", "leave", "", "no", "", maps, on)
    return script_inside("write", *words, stdin=password).strip()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A Postfix that runs, with no listener."""
    there = ROOT / DIR.lstrip("/")
    inside("rm", "-rf", DIR)
    for name in ("queue", "data"):
        (there / name).mkdir(parents=True, exist_ok=True)
    (there / "main.cf").write_text(MAIN)
    (there / "master.cf").write_text("\n".join(SERVICES) + "\n")
    inside("chown", "postfix", f"{DIR}/data")
    inside("postfix", "-c", DIR, "start")
    yield there
    inside("postfix", "-c", DIR, "stop")
    inside("rm", "-rf", DIR)


def holders(folder: Path, password: str) -> list[str]:
    """The files in which it stands."""
    return sorted(path.name for path in folder.iterdir() if path.is_file() and password.encode() in path.read_bytes())


@pytest.mark.parametrize("kind", ["hash", "btree", "lmdb", "cdb"])
def test_each_type_of_database_holds_the_login(folder: Path, kind: str) -> None:
    inside("postconf", "-c", DIR, "-e", f"default_database_type = {kind}")
    assert log_in("first") == "done"
    found = seen()
    assert (found.user, rules(found)) == ("shop", [])
    assert len(holders(folder, "first")) == 2


def test_no_earlier_password_is_left_where_the_type_is_another_one_now(folder: Path) -> None:
    inside("postconf", "-c", DIR, "-e", "default_database_type = hash")
    assert log_in("first") == "done"
    inside("postconf", "-c", DIR, "-e", "default_database_type = cdb")
    assert rules(seen()) == ["map-type-differs"]
    assert log_in("second") == "done"
    assert holders(folder, "first") == []
    assert holders(folder, "second") == ["reconciler_sasl_passwd", "reconciler_sasl_passwd.cdb"]
    assert rules(seen()) == []


def test_a_database_that_is_left_is_told(folder: Path) -> None:
    inside("postconf", "-c", DIR, "-e", "default_database_type = cdb")
    assert log_in("first") == "done"
    (folder / "reconciler_sasl_passwd.db").write_bytes(b"old")
    assert rules(seen()) == ["old-map-left"]


def test_a_type_that_is_not_there_hides_the_user_and_is_told(folder: Path) -> None:
    inside("postconf", "-c", DIR, "-e", f"smtp_sasl_password_maps = dbm:{DIR}/other")
    found = seen()
    assert (found.user, found.user_hidden) == (None, True)
    assert "map-type-missing" in rules(found)


def test_an_inline_policy_and_a_transport_for_all_mail_are_looked_up(folder: Path) -> None:
    inside("postconf", "-c", DIR, "-e", "smtp_tls_policy_maps = inline:{ {[one.example.com]:587 = none} }, hash:/x")
    inside("postconf", "-c", DIR, "-e", "transport_maps = inline:{ {* = smtp:[two.example.com]} }")
    found = seen()
    assert (found.policy, found.everything) == ("none", "smtp:[two.example.com]")
    assert rules(found) == ["overridden", "overridden"]


def test_an_unset_level_is_what_this_version_goes_by(folder: Path) -> None:
    assert spelling.settings(seen(), DIR)["encryption"] is None
    inside("postconf", "-c", DIR, "-e", "smtp_use_tls = yes")
    assert spelling.settings(seen(), DIR)["encryption"] == "may"
