"""Files on both sides: CA files travel as text and are gone afterwards, others stand below one folder of the worker."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.engine.envelope.message import Op
from reconciler.engine.remote.portable import CaFileMissing, portable
from reconciler.engine.zone import files
from reconciler.engine.zone.files import NotAllowed, NotHere
from reconciler.model.handshake import Encryption, OAuth2, Policy, Relay
from reconciler.model.landscape import TargetSpec
from reconciler.model.wire import document as wire
from reconciler.model.work.proofs import ProveUnit
from reconciler.model.work.reads import ReadUnit, UnitRead
from reconciler.pipeline.resolve import paths

CA = "-----BEGIN CERTIFICATE-----\n"


@pytest.fixture
def ca(tmp_path: Path) -> str:
    (tmp_path / "ca.pem").write_text(CA)
    return str(tmp_path / "ca.pem")


def relay(ca: str) -> Relay:
    oauth2 = OAuth2(provider="client_credentials", client_id="x", token_url="https://t.example.com", ca_file=ca)
    return Relay(name="x", host="h", port=25, encryption=Encryption.TLS, ca_file=ca, oauth2=oauth2)


def test_a_ca_file_travels_once_and_is_a_file_again_until_the_message_is_done(ca: str) -> None:
    one = relay(ca)
    sent = portable(ProveUnit(relays=(one, one), expected=(one,), policy=Policy()))
    assert list(sent.files.values()) == [CA]
    assert ca not in str(sent.unit)
    assert portable(sent.unit) == (sent.unit, {})
    with files.of_message(sent.files, None) as there:
        here = paths.of_unit(sent.unit, there.here).relays[0]
        assert here.ca_file is not None
        assert Path(here.ca_file).read_text() == CA
        assert Path(here.ca_file).parent.stat().st_mode & 0o077 == 0
        assert here.oauth2 is not None
        assert here.oauth2.ca_file == here.ca_file
        assert paths.of_relay(here, there.there) == sent.unit.relays[0]
    assert not Path(here.ca_file).exists()


def test_a_ca_file_that_is_not_there_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.pem")
    with pytest.raises(CaFileMissing, match=r"none\.pem cannot be read"):
        portable(ProveUnit(relays=(relay(missing),), policy=Policy()))


def test_folders_of_ours_do_not_travel() -> None:
    spec = TargetSpec(unit="a/b", kind="file", installation="x", connection={"path": "a.env"}, notes="/var/notes")
    assert portable(ReadUnit(specs=(spec,))).unit.specs[0].notes is None


def test_what_a_message_names_and_does_not_bring_is_not_there() -> None:
    with pytest.raises(NotHere):
        files.Files(None).here("ca_file", "sha256:ab")
    assert files.Files(None).known("ca_file", "sha256:ab") == "sha256:ab"


@pytest.mark.parametrize("path", ["/etc/shadow", "../secret-id", "a/../../secret-id", "/srv/base-too/x"])
def test_no_file_outside_of_the_one_folder_is_given_away(path: str) -> None:
    with pytest.raises(NotAllowed):
        files.Files("/srv/base").here("path", path)
    with pytest.raises(NotAllowed):
        files.Files(None).here("path", path)


@pytest.mark.parametrize(("path", "found"), [("a.env", "/srv/base/a.env"), ("/srv/base/b/c", "/srv/base/b/c")])
def test_files_below_that_folder_are(path: str, found: str) -> None:
    assert files.Files("/srv/base").here("path", path) == found


def test_a_target_of_files_is_read_below_the_folder_of_the_worker(zone: Any) -> None:
    (zone.folder / "files" / "shop.env").write_text("SMTP_HOST=relay.example.org\n")
    keys = {"host": "SMTP_HOST"}
    connection = {"path": "shop.env", "format": "dotenv", "reader": "python-dotenv", "keys": keys}
    spec = TargetSpec(unit="dev/shop", kind="file", installation="dmz!file:x", connection=connection, zone="dmz")
    outside = replace(spec, unit="dev/other", connection={**connection, "path": "../secret-id"})
    browser = replace(
        spec,
        unit="dev/console",
        kind="admin-page",
        connection={"url": "https://localhost", "username": "x", "browser": "/usr/bin/id"},
    )
    answer = zone.ask(Op.READ, ReadUnit(specs=(spec, outside, browser)))
    first, second, third = wire.read(UnitRead, answer.body[0]).readings
    (live,) = first.resources.values()
    assert live.settings["host"] == "relay.example.org"  # type: ignore[union-attr]
    assert second.unreadable is not None
    assert second.unreadable.rule == "file-not-allowed"
    assert third.unreadable is not None
    assert third.unreadable.rule == "kind-not-allowed"


def test_nothing_that_a_message_brought_is_left(outside: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    assert outside.apply()
    assert outside.zone.last(Op.PROVE).files
    assert list((tmp_path / "temporary").iterdir()) == []
