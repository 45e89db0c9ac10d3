"""TLS contexts are made once, however many threads ask at the same time."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from reconciler.network.trust import Unreadable, context


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


def test_what_is_alike_is_one_context(ca_file: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: context(ca_file, None), range(64)))
    assert len(found) == 1


def test_another_certificate_is_another_context(authority: trustme.CA, ca_file: str, tmp_path: Path) -> None:
    authority.issue_cert("me").private_key_and_cert_chain_pem.write_to_path(tmp_path / "me.pem")
    assert context(ca_file, str(tmp_path / "me.pem")) is not context(ca_file, None)
    assert context(None, None) is not context(ca_file, None)


@pytest.mark.parametrize("content", [None, "not a certificate"], ids=["missing", "garbage"])
def test_a_file_that_cannot_be_used(content: str | None, ca_file: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    if content:
        wrong.write_text(content)
    for files in ((str(wrong), None), (ca_file, str(wrong)), (ca_file, (ca_file, str(wrong)))):
        with pytest.raises(Unreadable):
            context(*files)


@pytest.mark.parametrize("which", ["ca", "certificate", "key"])
def test_a_pipe_is_waited_for_by_nobody(which: str, ca_file: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    pipe = str(tmp_path / "pipe")
    files = {"ca": (pipe, None), "certificate": (ca_file, pipe), "key": (ca_file, (ca_file, pipe))}
    with pytest.raises(Unreadable):
        context(*files[which])


def test_an_encrypted_key_asks_nobody(authority: trustme.CA, ca_file: str, tmp_path: Path) -> None:
    issued = authority.issue_cert("me")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "me.pem")
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    (tmp_path / "me.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"some password"),
        )
    )
    with pytest.raises(Unreadable):
        context(ca_file, (str(tmp_path / "me.pem"), str(tmp_path / "me.key")))
