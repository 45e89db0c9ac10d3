"""Certificates of the way to the broker, as `validate` looks at them."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.landscape import EngineSpec, Landscape, StateSpec
from reconciler.model.secret import SecretRef
from reconciler.model.source import Position
from reconciler.pipeline.policy import broker_files

PLACE = Position(file="environments/reconciler.yaml", line=7, column=12)


def landscape(base: Path, ca_file: Path) -> Landscape:
    key = SecretRef(store="env", path="KEY")
    places = {"ca_file": PLACE}
    engine = EngineSpec(
        type="celery", broker="amqps://a@b/c", signing_key=key, ca_file=str(ca_file), places=places, zones={}
    )
    state = StateSpec(backend="file", path="x")
    return Landscape(base=str(base), stages=(), targets=(), desired=(), relays=(), engine=engine, state=state)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "no such file"),
        (b"", "this holds no certificate in PEM"),
        (bytes(range(256)), "this holds no certificate in PEM"),
    ],
)
def test_what_is_no_certificate_is_a_warning_at_its_place(tmp_path: Path, content: bytes | None, what: str) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    (found,) = broker_files.findings(landscape(tmp_path, file))
    assert (found.rule, found.severity, found.where) == ("broker-certificate", "warning", PLACE)
    assert found.what == f"ca_file: ca.pem: {what}"
    assert found.why
    assert found.fix


def test_a_folder_is_none(tmp_path: Path) -> None:
    (found,) = broker_files.findings(landscape(tmp_path, tmp_path))
    assert found.what == "ca_file: .: this is no file"


def test_an_absolute_path_may_be_of_another_machine(tmp_path: Path) -> None:
    assert broker_files.findings(landscape(tmp_path / "base", tmp_path / "ca.pem")) == ()
