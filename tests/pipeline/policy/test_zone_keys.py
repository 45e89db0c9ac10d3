"""The public key of a zone, as `validate` looks at it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519

from reconciler.model.landscape import EngineSpec, Landscape, StateSpec, ZoneSpec
from reconciler.model.secret import SecretRef
from reconciler.model.source import Position
from reconciler.pipeline.policy import zone_keys

PLACE = Position(file="environments/reconciler.yaml", line=7, column=22)
PRIVATE = ed25519.Ed25519PrivateKey.generate()


def landscape(base: Path, key: Path, **more: Path) -> Landscape:
    keys = {"dmz": key, **more}
    zones = {name: ZoneSpec(name=name, key=str(path), position=PLACE) for name, path in keys.items()}
    key_ref = SecretRef(store="env", path="KEY")
    engine = EngineSpec(type="celery", broker="amqps://a@b/c", signing_key=key_ref, zones=zones)
    state = StateSpec(backend="file", path="x")
    return Landscape(base=str(base), stages=(), targets=(), desired=(), relays=(), engine=engine, state=state)


def pem(key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | x25519.X25519PrivateKey) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form)


def private() -> bytes:
    form, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return PRIVATE.private_bytes(serialization.Encoding.PEM, form, bare)


def ssh() -> bytes:
    form = serialization.PublicFormat.OpenSSH
    return PRIVATE.public_key().public_bytes(serialization.Encoding.OpenSSH, form)


def test_an_ed25519_public_key_is_right(tmp_path: Path) -> None:
    key = tmp_path / "dmz.pub"
    key.write_bytes(b"# of the worker in dmz\n" + pem(PRIVATE).replace(b"\n", b"\r\n"))
    assert zone_keys.findings(landscape(tmp_path, key)) == ()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param(private(), "this is a private key", id="private key"),
        pytest.param(ssh(), "this is a key of OpenSSH", id="OpenSSH"),
        pytest.param(pem(ec.generate_private_key(ec.SECP256R1())), "this is no Ed25519 key", id="ECDSA"),
        pytest.param(pem(x25519.X25519PrivateKey.generate()), "this is no Ed25519 key", id="X25519, of equal length"),
        pytest.param(pem(PRIVATE)[:60] + b"\n-----END PUBLIC KEY-----\n", "this is no Ed25519 key", id="cut off"),
        pytest.param(b"", "this holds no public key in PEM", id="empty"),
        pytest.param(b"\xff\xfe\x00", "this holds no public key in PEM", id="no text"),
    ],
)
def test_what_else_is_there_is_told_and_nothing_of_it_repeated(tmp_path: Path, content: bytes, what: str) -> None:
    key = tmp_path / "keys/dmz.pub"
    key.parent.mkdir()
    key.write_bytes(content)

    (found,) = zone_keys.findings(landscape(tmp_path, key))

    assert (found.rule, found.where, found.what) == ("zone-key-form", PLACE, f"key: keys/dmz.pub: {what}")
    assert found.why
    assert found.fix
    body = [line for line in content.decode("latin-1").splitlines() if len(line) > 30]
    assert not any(line in f"{found}" for line in body)


def test_a_key_that_is_not_there(tmp_path: Path) -> None:
    (found,) = zone_keys.findings(landscape(tmp_path, tmp_path / "dmz.pub"))
    assert (found.rule, found.what) == ("zone-key-missing", "key: dmz.pub: no such file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "dmz.pub")
    (found,) = zone_keys.findings(landscape(tmp_path, tmp_path / "dmz.pub"))
    assert (found.rule, found.why) == ("zone-key-missing", "it is no file")


def test_an_absolute_path_may_be_of_another_machine(tmp_path: Path) -> None:
    assert zone_keys.findings(landscape(tmp_path / "base", tmp_path / "dmz.pub")) == ()


def test_each_zone_has_a_key_of_its_own(tmp_path: Path) -> None:
    for name in ("dmz", "plant"):
        (tmp_path / f"{name}.pub").write_bytes(pem(PRIVATE) + name.encode())
    land = landscape(tmp_path, tmp_path / "dmz.pub", plant=tmp_path / "plant.pub")

    (found,) = zone_keys.findings(land)

    assert (found.rule, found.field) == ("zone-key-shared", "engine.zones.plant.key")
    assert found.what == "key: plant.pub: this is the key of zone dmz"
