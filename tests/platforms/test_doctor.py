"""What `doctor` tells of rights: which are needed, which are there, and which nobody can tell without writing."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.servers.odc import OdcStandIn
from lab.servers.odoo import OdooStandIn, User
from lab.subjects import postfix as postfix_subjects
from support.openspp_site import Secrets, standin_lab
from support.rights import modes_count

from reconciler.drivers.shell.scripts import Host
from reconciler.errors import PlatformUnreachable
from reconciler.model.checkup import Checkup, Examined, examined
from reconciler.model.secret import SecretRef
from reconciler.platforms import file, openspp, outsystems_odc, postfix
from reconciler.platforms.openspp import checkup as openspp_checkup
from reconciler.platforms.postfix import checkup as postfix_checkup

Told = dict[str, tuple[bool | None, str]]


def told(found: Checkup) -> Told:
    return {one.what: (one.ok, one.said) for one in found.examined}


def test_what_fails_is_told_last_by_what_it_stopped_at() -> None:
    def steps() -> Iterator[Examined]:
        yield Examined(what="login", ok=True, said="as x")
        raise PlatformUnreachable("gone", why="no answer", fix="start it")

    assert [(one.what, one.ok, one.said, one.fix) for one in examined(steps())] == [
        ("login", True, "as x", None),
        ("reached", False, "gone (no answer)", "start it"),
    ]


@pytest.mark.parametrize("version", [17, 18, 19])
def test_odoo_is_asked_for_rights(version: int) -> None:
    with OdooStandIn(version) as odoo:
        lab = standin_lab(odoo)
        found = told(openspp.doctor("prod/openspp", lab.connection, lab.secrets, trace=False))
        user, database = lab.connection["username"], lab.connection["database"]
        assert found["login"] == (True, f"as {user}, database {database}")
        assert found["read"] == (True, "mail servers and parameters: allowed (Settings)")
        assert found["write"] == (
            True,
            "ir.mail_server, ir.model.data, ir.config_parameter: allowed, says Odoo",
        )
        assert found["version"] == (True, f"Odoo {version}; tested with 17 to 19")


def test_a_user_of_odoo_without_the_group_cannot_be_read_with() -> None:
    someone = User(login="someone", password="pw", group="erp_manager", api_key="key-of-someone")
    with OdooStandIn(18, users=[someone]) as odoo:
        lab = standin_lab(odoo)
        secrets = Secrets(dict.fromkeys(lab.secrets.values, "key-of-someone"))
        connection = {**lab.connection, "username": "someone"}
        (*_, last) = openspp.doctor("prod/openspp", connection, secrets, trace=False).examined
        assert (last.what, last.ok) == ("login", False)
        assert "base.group_system" in (last.fix or "")


def test_an_odoo_that_may_only_be_read_is_no_fault() -> None:
    found = openspp_checkup._write({"ir.mail_server": False, "ir.model.data": True})
    assert (found.ok, found.said) == (None, "ir.mail_server: not allowed, says Odoo; apply needs it")


def test_the_permissions_of_an_odc_client_are_named() -> None:
    with OdcStandIn(stages=("Production",)) as odc:
        connection = odc.connection(client_secret={"env": "ODC"})
        connection["client_secret"] = SecretRef(store="env", path="ODC")
        found = told(outsystems_odc.doctor("prod/odc", connection, Secrets({"ODC": odc.secret}), trace=False))
    assert found["login"] == (True, f"API client {connection['client_id']}, with a token of the portal's")
    assert '"Stage > View stage" and "Configuration management > View configurations" are there' in found["read"][1]
    assert found["write"][0] is None
    assert "Manage Email SMTP configuration" in found["write"][1]
    assert found["write"][1].endswith("are needed; whether they are there cannot be told without writing")
    assert "asset-configurations/v1" in found["version"][1]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "shop.env"
    path.write_text("SMTP_HOST=a\n", encoding="utf-8")
    path.chmod(0o640)
    yield path
    tmp_path.chmod(0o700)


def of_file(path: Path) -> Told:
    connection = {"path": str(path), "format": "dotenv", "keys": {"host": "SMTP_HOST"}}
    return told(file.doctor("dev/shop", connection, Secrets({}), trace=False))


def test_the_mode_of_a_file_is_told(shop: Path) -> None:
    found = of_file(shop)
    me = pwd.getpwuid(os.geteuid()).pw_name
    assert found["reached"] == (True, f"{shop}, on this host")
    assert found["login"] == (True, f"as {me}")
    assert found["read"] == (True, f"the file, rw-r----- of {me}: allowed")
    assert found["write"] == (True, f"{shop.parent}, where the file is replaced as a whole: allowed")
    assert found["version"][1].startswith("dotenv, as ")


def test_a_folder_that_may_not_be_written_leaves_a_plan_possible(shop: Path) -> None:
    shop.parent.chmod(0o500)
    with modes_count() as begin:
        begin()
        found = of_file(shop)
    assert (found["read"][0], found["write"][0]) == (True, None)
    assert found["write"][1].endswith("not allowed")


def test_a_file_that_may_not_be_read_is_a_problem(shop: Path) -> None:
    shop.chmod(0o000)
    with modes_count() as begin:
        begin()
        assert of_file(shop)["read"][0] is False


def test_a_file_that_is_not_there_yet_is_told(shop: Path) -> None:
    shop.unlink()
    assert of_file(shop)["read"] == (None, "there is no such file yet; apply creates it")


def test_a_folder_that_is_not_there_is_a_problem(shop: Path) -> None:
    assert of_file(shop.parent / "gone" / "shop.env")["read"][0] is False


def test_postfix_tells_user_rights_and_version(tmp_path: Path) -> None:
    if reason := postfix_subjects.Postfix.missing():
        pytest.skip(f"no real Postfix: {reason}")
    with postfix_subjects.subject(tmp_path) as subject:
        directory = str(subject.connection["config_directory"])
        found = told(postfix.doctor("prod/mta", subject.connection, Secrets({}), trace=False))
        assert found["reached"][1].startswith("this host, answered in ")
        assert found["login"] == (True, "as root")
        assert found["read"] == (True, f"{directory}/main.cf: allowed")
        assert found["write"] == (True, f"{directory}, and a reload: allowed, as root")
        assert found["version"][1].endswith("; supported: 3.0 or later")
        assert subject.writes() == 0
        away = told(postfix.doctor("prod/mta", {"config_directory": str(tmp_path)}, Secrets({}), trace=False))
        assert away["read"] == (False, f"this host: there is no {tmp_path}/main.cf that this user may read")


def test_without_root_a_plan_of_postfix_is_possible() -> None:
    write = postfix_checkup._write("/etc/postfix", root=False, writable=False)
    assert (write.ok, write.said) == (None, "only root can change Postfix: postfix reload needs it")
    assert "for root to see" in postfix_checkup._read("/etc/postfix", root=False)
    assert postfix_checkup._version("2.11.0", Host()).ok is False
