"""A new target is a valid file with its header, for every platform and every application with a known file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from support.commandline import inside

from reconciler import platforms
from reconciler.cli.start import target_file


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert inside("init", "--ci", "none").code == 0
    return tmp_path


def content(folder: Path, name: str) -> Any:
    return yaml.safe_load((folder / f"environments/{name}.yaml").read_text("utf-8"))


def test_a_target_is_written_with_its_header_and_its_address(folder: Path) -> None:
    told = inside("add", "odoo", "prod", "https://erp.example.com")
    assert told.code == 0, told.text
    first = (folder / "environments/prod/odoo.yaml").read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../schemas/target.schema.json"
    made = content(folder, "prod/odoo")
    assert (made["platform"], made["connection"]["url"]) == ("odoo", "https://erp.example.com")
    assert made["connection"]["api_key"] == {"env": "PROD_ODOO_API_KEY"}
    assert "reconciler adopt prod/odoo --write" in told.out
    assert "correct what is marked" in told.out


@pytest.mark.parametrize("name", platforms.known())
def test_every_platform_can_be_added_and_is_valid_but_for_what_only_a_person_knows(folder: Path, name: str) -> None:
    assert inside("add", name, "dev").code == 0
    found = inside("validate", "--format", "json").json
    missing = {one["rule"] for one in found["findings"]}
    assert missing <= {"page-map-file"}, found  # an admin-page needs the map of its pages


def test_an_application_with_a_known_file_is_a_preset(folder: Path) -> None:
    told = inside("add", "grafana", "dev/graphs", "/etc/grafana/grafana.ini")
    assert told.code == 0, told.text
    connection = {"path": "/etc/grafana/grafana.ini", "preset": "grafana"}
    assert "what is marked" not in told.out  # nothing is
    assert content(folder, "dev/graphs") == {"platform": "file", "connection": connection}


def test_a_store_that_is_declared_holds_the_secrets(folder: Path) -> None:
    file = folder / "environments/reconciler.yaml"
    stores = "secret_stores: {default: {type: vault, address: 'https://v.example.com', auth: {method: token}}}\n"
    file.write_text(file.read_text("utf-8") + stores, encoding="utf-8")
    assert inside("add", "odoo", "dev").code == 0
    assert content(folder, "dev/odoo")["connection"]["api_key"] == {"vault": "platforms/dev/odoo#api_key"}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("odo", "dev"), 64, "did you mean odoo?"),
        (("odoo", "prd"), 64, "did you mean prod?"),
        (("odoo", "dev/Shop"), 64, "no name of a target"),
        (("odoo", "dev/"), 64, "the name is missing"),
        (("odoo", "dev/../x"), 64, "no name of a target"),
        (("odoo", "dev", "http://erp.example.com"), 3, "url: https://erp.example.com"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(
    folder: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    before = sorted(folder.rglob("*"))
    told = inside("add", *words)
    assert (told.code, says in told.err) == (code, True), told.err
    assert sorted(folder.rglob("*")) == before


def test_no_file_is_overwritten(folder: Path) -> None:
    assert inside("add", "odoo", "dev", "https://a.example.com").code == 0
    assert inside("add", "odoo", "dev", "https://b.example.com").code == 64
    assert content(folder, "dev/odoo")["connection"]["url"] == "https://a.example.com"


def test_init_writes_the_targets_that_it_begins_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = inside("init", "--with", "odoo=https://erp.example.com", "--with", "grafana")
    assert told.code == 0, told.text
    assert content(tmp_path, "dev/odoo")["connection"]["url"] == "https://erp.example.com"
    assert content(tmp_path, "dev/grafana")["connection"]["preset"] == "grafana"
    assert inside("validate").out == "6 files are valid\n"
    assert inside("init", "mail", "--with", "odo").code == 64
    assert not (tmp_path / "mail").exists()


@pytest.mark.parametrize(("said", "marked"), [("grafana=/etc/grafana/grafana.ini", False), ("grafana", True)])
def test_only_what_is_marked_is_to_be_corrected(
    said: str, marked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = inside("init", "--with", said).out
    assert ("$EDITOR environments/dev/grafana.yaml   correct what is marked" in told) is marked
    assert "reconciler add" not in told


def test_a_preset_is_named_as_the_schema_does() -> None:
    wanted = target_file.Wanted(name="django", unit="dev/shop", where=None, stored=False, schema=None)
    assert "preset: django" in target_file.text(wanted)
    assert "yaml-language-server" not in target_file.text(wanted)
