"""Who opens what where: references of another zone, and what a message could ask a worker for."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import SecretRefused
from reconciler.model.secret import SecretRef
from reconciler.secrets.stores import Secrets

CANARY = "c4n4ry"


def secrets(folder: Path, zone: str | None) -> Secrets:
    (folder / "password").write_text(CANARY)
    return Secrets({}, base=folder, environ={"PW": CANARY}, zone=zone)


REFS = [
    SecretRef(store="env", path="PW"),
    SecretRef(store="file", path="password"),
    SecretRef(store="default", path="mail", key="password"),
]


@pytest.mark.parametrize("ref", REFS, ids=str)
@pytest.mark.parametrize(
    ("here", "there"), [(None, "dmz"), ("dmz", None), ("dmz", "plant")], ids=["theirs", "ours", "another zone's"]
)
def test_a_reference_of_another_zone_is_neither_opened_nor_asked_about(
    tmp_path: Path, ref: SecretRef, here: str | None, there: str | None
) -> None:
    wanted = SecretRef(store=ref.store, path=ref.path, key=ref.key, zone=there)
    with secrets(tmp_path, here) as opened:
        for ask in (opened.opener(None).open, opened.opener({wanted}).open, opened.version):
            with pytest.raises(SecretRefused, match="was refused") as caught:
                ask(wanted)
            assert caught.value.why
            assert caught.value.fix


@pytest.mark.parametrize("ref", REFS[:2], ids=str)
def test_a_worker_opens_no_variable_and_no_file_for_a_message(tmp_path: Path, ref: SecretRef) -> None:
    wanted = SecretRef(store=ref.store, path=ref.path, zone="dmz")
    with secrets(tmp_path, "dmz") as opened:
        for ask in (opened.opener(None).open, opened.version):
            with pytest.raises(SecretRefused, match="was refused in zone dmz") as caught:
                ask(wanted)
            assert "from its own stores only" in (caught.value.why or "")


@pytest.mark.parametrize("ref", REFS[:2], ids=str)
def test_the_logins_of_its_own_stores_may(tmp_path: Path, ref: SecretRef) -> None:
    with secrets(tmp_path, "dmz") as opened:
        assert opened._login_secret(ref).reveal() == CANARY
