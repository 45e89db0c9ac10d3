"""`apply --offline DIR`: what a person carries over an air gap, and that no secret is in it."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.site import Site

from reconciler.cli.main import run
from reconciler.drivers.powershell.scripts import script

SECRET, KEY = "s3cret-of-the-test", "k3y-of-the-test"
WEB = "https://intranet.contoso.example"
LOGIN = "auth: basic, username: u, password: {env: PW, version: %s}, credential_key: {env: KEY, version: 1}"
MAIL = "{host: smtp.example.com, port: 587, encryption: starttls, %s, verify: {from: nowhere}}"
FARM = "platform: sharepoint\nconnection: {driver: offline, host: sp01}\n"
SMTP = "platform: windows-smtp\nconnection: {driver: offline, host: win01}\n"
APPLY = ("apply", "--auto-approve", "--allow", "unverified", "--offline")
Orders = dict[str, dict[str, Any]]


@pytest.fixture
def declared(fake_site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("PW", SECRET)
    monkeypatch.setenv("KEY", KEY)
    fake_site.stage("dev")
    return lambda text: fake_site.write("dev/it.yaml", text)


def farm(version: int = 1) -> str:
    return f'{FARM}farm: {MAIL % (LOGIN % version)}\nweb_applications: {{"{WEB}:443": {MAIL % "auth: none"}}}\n'


def orders(folder: Path) -> Orders:
    return {one.name: json.loads(one.read_text("ascii")) for one in folder.glob("*.json")}


def test_scripts_and_parameters_are_written_and_secrets_are_prompts(
    declared: Callable[[str], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    declared(farm())
    out = tmp_path / "out"
    assert run([*APPLY, str(out)]) == 5
    assert [one.name for one in sorted(out.iterdir())] == [
        "01-dev-it-farm",
        "02-dev-it-web_applications-https-intranet.contoso.example-443",
    ]
    found = orders(out / "01-dev-it-farm")
    assert sorted(found) == ["1-probe.json", "2-key.json", "3-write.json"]
    assert found["2-key.json"]["secrets"] == {"Key": "the secret env KEY"}
    assert found["3-write.json"]["secrets"] == {"Password": "the secret env PW"}
    assert found["3-write.json"]["find"]["property"] == "central"
    said = capsys.readouterr()
    assert "by scripts, which reconciler apply --offline DIR writes" in said.out
    assert "reconciler attest dev/it:farm" in said.out
    assert f"2 resources in {out}" in " ".join(said.err.split())
    texts = [said.out, said.err, *(one.read_text() for one in out.rglob("*.*") if one.is_file())]
    assert not any(secret in text for secret in (SECRET, KEY) for text in texts)


def test_the_scripts_are_those_of_the_package_and_only_ours_to_read(
    declared: Callable[[str], None], tmp_path: Path
) -> None:
    declared(farm())
    run([*APPLY, str(tmp_path / "out")])
    folder = tmp_path / "out/01-dev-it-farm"
    hashes = {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in folder.glob("*.ps1")}
    ours = [script("reconciler.platforms.sharepoint", name) for name in ("key", "probe", "read", "write")]
    own = script("reconciler.drivers.powershell", "run")
    assert hashes == {one.name: one.digest for one in (*ours, own)}
    assert orders(folder)["3-write.json"]["sha256"] == {name: hashes[name] for name in ("write.ps1", "read.ps1")}
    modes = {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()}
    assert (modes, stat.S_IMODE(folder.stat().st_mode)) == ({0o600}, 0o700)


def test_all_that_is_declared_is_written_and_the_rest_kept(declared: Callable[[str], None], tmp_path: Path) -> None:
    declared(farm())
    run([*APPLY, str(tmp_path / "out")])
    web = orders(next((tmp_path / "out").glob("02-*")))["2-write.json"]
    assert web["find"]["value"] == WEB  # as SharePoint shows it
    given = web["parameters"]
    assert (given["MailHost"], given["Tls"], given["Auth"], given["Password"]) == (
        "smtp.example.com",
        True,
        "anonymous",
        None,
    )
    assert "ReplyTo" in given["Keep"]
    assert "Port" not in given["Keep"]


def test_after_it_was_attested_only_what_changed_is_asked_for(
    declared: Callable[[str], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    declared(farm())
    addresses = ["dev/it:farm", f"dev/it:web_applications[{WEB}:443]"]
    assert run(["attest", *addresses]) == 0
    assert run(["plan", "--detailed-exitcode"]) == 0
    declared(farm().replace("port: 587", "port: 25", 1))
    assert run([*APPLY, str(tmp_path / "port")]) == 5
    (only,) = (tmp_path / "port").iterdir()
    found = orders(only)
    assert sorted(found) == ["1-probe.json", "2-write.json"]
    written = found["2-write.json"]
    assert (written["secrets"], written["parameters"]["Password"], written["parameters"]["Auth"]) == (
        {},
        None,
        "authenticated",  # with the password that is stored there
    )
    declared(farm(version=2))
    assert run([*APPLY, str(tmp_path / "password")]) == 5
    (only,) = (tmp_path / "password").iterdir()
    assert orders(only)["2-write.json"]["secrets"] == {"Password": "the secret env PW"}


def test_windows_smtp_writes_the_service_and_the_whole_list(declared: Callable[[str], None], tmp_path: Path) -> None:
    access = "relay_access: {mode: only-listed, entries: [127.0.0.1]}"
    server = "{host: smtp.example.com, port: 25, encryption: none, auth: none, verify: {from: nowhere}, " + access + "}"
    declared(f'{SMTP}service: {{start_mode: automatic}}\nvirtual_servers: {{"SmtpSvc/1": {server}}}\n')
    assert run([*APPLY, str(tmp_path / "out")]) == 5
    found = [orders(folder) for folder in sorted((tmp_path / "out").iterdir())]
    assert found[0]["1-write.json"]["parameters"] == {
        "Name": "1",
        "Keep": ["Fqdn", "Anonymous", "Connection"],
        "SmartHost": "smtp.example.com",
        "Port": 25,
        "Fqdn": "",
        "Anonymous": False,
        "RelayAll": False,
        "RelayAddresses": ["127.0.0.1, 255.255.255.255"],
        "RelayDomains": [],
        "ConnectionAll": False,
        "ConnectionAddresses": [],
        "ConnectionDomains": [],
    }
    assert found[1]["1-service.json"]["parameters"] == {"StartMode": "Automatic", "State": "keep"}


def test_half_a_list_is_refused_where_nobody_reads_the_other_half(
    declared: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    server = "{relay_access: {mode: only-listed}, encryption: none, auth: none}"
    declared(f'{SMTP}virtual_servers: {{"SmtpSvc/1": {server}}}\n')
    assert run(["validate"]) == 3
    assert "relay_access with mode alone" in capsys.readouterr().out


@pytest.mark.parametrize("there", ["file", "full", "nowhere/out"])
def test_a_folder_that_is_not_new_is_wrong_usage(
    there: str, declared: Callable[[str], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    declared(farm())
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/old.json").write_text("{}")
    assert run([*APPLY, str(tmp_path / there)]) == 64
    assert f"--offline {tmp_path / there}" in capsys.readouterr().err.replace("\n", "")
    assert (tmp_path / "full/old.json").read_text() == "{}"


def test_a_plan_without_an_offline_target_is_wrong_usage(
    declared: Callable[[str], None], fake_site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_site.target("dev/crm", f"farm: {MAIL % 'auth: none'}\n", "crm")
    assert run([*APPLY, str(tmp_path / "out")]) == 64
    assert "no target of this plan is offline" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("login", "told"),
    [("", "only people look"), (", username: u, password: {env: PW, version: 1}", "connection.driver is offline")],
    ids=["without a login", "with one"],
)
def test_nothing_is_read_from_an_offline_server(
    login: str, told: str, declared: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    declared(farm().replace("host: sp01", f"host: sp01{login}"))
    run(["doctor", "dev/it"])
    assert told in capsys.readouterr().out


def test_a_work_order_as_markdown_names_the_command_that_writes_its_scripts(
    declared: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    declared(farm())
    assert run([*APPLY[:-1], "--format", "markdown"]) == 5
    assert "By scripts, which `reconciler apply --offline DIR` writes." in capsys.readouterr().out
