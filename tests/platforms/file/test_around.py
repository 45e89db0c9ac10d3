"""What plan tells of the file itself: modes, readers, mounts, other names, git, and whose file it is."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from support.commandline import inside
from support.site import Site

from reconciler.drivers.textfile.file import ReadOnlyFile
from reconciler.drivers.textfile.place.facts import Facts
from reconciler.drivers.textfile.place.port import Make, Seen
from reconciler.model.finding import Severity
from reconciler.platforms import file
from reconciler.platforms.file.reading import FileReader

KEYS = {"host": "SMTP_HOST", "password": "SMTP_PASSWORD"}


class Standing:
    """A file with facts that not every machine has."""

    def __init__(self, text: str, facts: Facts) -> None:
        self.text, self.facts = text, facts

    def seen(self) -> Seen:
        return Seen(data=self.text.encode(), marker="1", facts=self.facts)

    def replace(self, make: Make, *, secret: bool, mode: int | None, in_place: bool) -> None:
        raise AssertionError("a plan writes nothing")


def told(facts: Facts, text: str = "SMTP_HOST=old\n", **connection: object) -> Mapping[str, tuple[Severity, str]]:
    whole = {"path": "/srv/.env", "format": "dotenv", "keys": KEYS, **connection}
    place = Standing(text, facts)
    there = ReadOnlyFile(path="/srv/.env", format="dotenv", place=lambda notes: place)
    reading = FileReader(unit="dev/shop", file=there, connection=whole).read()  # type: ignore[arg-type]
    return {one.rule: (one.severity, one.what) for one in reading.beside_writes}


QUIET = Facts(mode=0o640, owner="root", group="www-data")
TOLD = [
    pytest.param(
        replace(QUIET, mode=0o644), {}, "mode-changed", Severity.NOTE, "mode 0644 → 0640, owner root:www-data",
        id="F2-mode",
    ),
    pytest.param(
        replace(QUIET, mode=0o644, listed=("user 33",)), {}, "mode-changed", Severity.NOTE,
        "mode 0644 → 0640, owner root:www-data; its access list stays", id="F2-access-list",
    ),
    pytest.param(
        replace(QUIET, mode=0o644), {}, "readers-lost", Severity.RISK,
        "everybody else can read /srv/.env today, and could not then", id="F2-readers",
    ),
    pytest.param(
        replace(QUIET, mounted=True), {}, "mounted", Severity.ERROR,
        "/srv/.env is a mount point, and cannot be replaced", id="F13-mount-point",
    ),
    pytest.param(
        replace(QUIET, mounted_alone=True), {}, "mounted-alone", Severity.WARNING,
        "/srv/.env is mounted on its own elsewhere, e.g. into a container, where the old file stays",
        id="F13-container",
    ),
    pytest.param(
        replace(QUIET, names=3), {}, "hard-links", Severity.WARNING,
        "/srv/.env has 3 names (hard links): the others keep the old file", id="hard-links",
    ),
    pytest.param(
        replace(QUIET, mounted=True), {"replace": "in-place"}, "in-place", Severity.NOTE,
        "/srv/.env is written in place: who reads it meanwhile may see a part of it", id="F13-in-place",
    ),
    pytest.param(
        replace(QUIET, tracked=True), {}, "tracked-by-git", Severity.ERROR,
        "git tracks /srv/.env: password would be committed with the next change", id="F15-tracked",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "connection", "rule", "severity", "what"), TOLD)
def test_what_a_write_does_to_the_file_is_told(
    facts: Facts, connection: dict[str, object], rule: str, severity: Severity, what: str
) -> None:
    assert told(facts, **connection)[rule] == (severity, what)


def test_a_plain_file_has_nothing_to_tell() -> None:
    assert told(QUIET) == {}


def test_a_file_with_none_of_the_keys_may_be_somebody_elses() -> None:  # F14
    assert told(QUIET, "APP_KEY=x\n")["foreign-file"][0] is Severity.RISK
    assert told(QUIET, "# nothing yet\n") == {}


def test_a_file_that_is_made_has_a_mode(tmp_path: Path) -> None:
    connection = {"path": str(tmp_path / "new"), "format": "dotenv", "keys": KEYS}
    reading = file.reader("dev/shop", connection, None).read()  # type: ignore[arg-type]
    assert [one.what for one in reading.beside_writes] == ["a new file, mode 0600"]


ENVIRONMENT = """\
relays:
  out: {host: smtp.example.com, port: 587, encryption: starttls, auth: basic, username: it, password: {env: PW}}
verify: {from: nowhere}
"""
SHOP = """\
platform: file
connection: {path: PATH, format: dotenv, keys: {host: H, port: P, encryption: ENCRYPTION, username: U, password: PW}}
settings: {relay: out}
""".replace("ENCRYPTION", '{values: {starttls: {T: "1"}}}')


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("PW", "c4nary")
    monkeypatch.chdir(tmp_path)
    site = Site(folder=tmp_path)
    site.stage("dev", text=ENVIRONMENT)
    site.write("dev/shop.yaml", SHOP.replace("PATH", "app/.env"))
    (tmp_path / "app").mkdir()
    (tmp_path / "app/.env").write_text("H=old\nPW=hunter2\n# end\n")
    (tmp_path / "app/.env").chmod(0o644)
    return site


def test_a_plan_has_a_line_for_the_mode_and_asks_for_the_risk(shop: Site) -> None:  # F2
    said = inside("plan").out
    assert "      mode 0644 → 0640, owner " in said
    assert "! readers-lost: everybody else can read " in said
    assert "--allow readers-lost" in said
    refused = inside("apply", "--auto-approve", "--allow", "unverified")
    assert refused.code == 3
    assert (shop.folder / "app/.env").stat().st_mode & 0o777 == 0o644
    assert inside("apply", "--auto-approve", "--allow", "unverified", "--allow", "readers-lost").code == 0
    assert (shop.folder / "app/.env").stat().st_mode & 0o777 == 0o640
    assert "mode" not in inside("plan").out


def test_a_diff_shows_the_lines_and_no_secret(shop: Site) -> None:
    said = inside("plan", "--diff").out
    assert "-H=old\n" in said
    assert "+H=smtp.example.com\n" in said
    assert "-PW='***before***'\n" in said
    assert "+PW='***after***'\n" in said
    assert "hunter2" not in said
    assert "c4nary" not in said
    assert inside("plan", "--diff", "--format", "json").code == 64


def test_a_file_that_git_tracks_gets_no_password(shop: Site) -> None:  # F15
    for words in (("init", "-q"), ("add", "app/.env")):
        subprocess.run(["git", "-C", str(shop.folder), *words], check=True, capture_output=True)
    said = inside("plan").out
    assert "! tracked-by-git: git tracks " in said
    assert "1 blocked" in said


def test_a_foreign_file_is_asked_for_by_name(shop: Site) -> None:  # F14
    (shop.folder / "app/.env").write_text("APP_KEY=x\n")
    (shop.folder / "app/.env").chmod(0o600)
    assert inside("apply", "--auto-approve", "--allow", "unverified").code == 3
    assert inside("apply", "--auto-approve", "--allow", "unverified", "--allow", "foreign-file").code == 0


def test_a_declaration_is_no_applications_file(shop: Site) -> None:  # F14
    shop.write("dev/shop.yaml", SHOP.replace("PATH", "environments/dev/environment.yaml"))
    found = inside("validate")
    assert found.code == 3
    assert "is below" in found.err + found.out


def test_a_file_with_another_name_is_told_and_can_be_written_in_place(shop: Site) -> None:  # F13
    os.link(shop.folder / "app/.env", shop.folder / "app/other")
    assert "! hard-links: " in inside("plan").out
    shop.write("dev/shop.yaml", SHOP.replace("{path: PATH,", "{path: app/.env, replace: in-place,"))
    allowed = ("--allow", "unverified", "--allow", "readers-lost")
    assert inside("apply", "--auto-approve", *allowed).code == 0
    assert "H=smtp.example.com" in (shop.folder / "app/other").read_text()
