from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.errors import SecretError, SecretMissing
from reconciler.model.secret import SecretRef
from reconciler.secrets import file

REF = SecretRef(store="file", path="run/password")


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        (tmp_path / "run").mkdir()
        (tmp_path / "run/password").write_bytes(content)
        return tmp_path

    return write


@pytest.mark.parametrize(
    ("content", "value"),
    [
        pytest.param(b"s3cret", "s3cret", id="as it is"),
        pytest.param(b"s3cret\n", "s3cret", id="one newline"),
        pytest.param(b"s3cret\r\n", "s3cret", id="one Windows newline"),
        pytest.param(b" s3cret \n\n", " s3cret \n", id="only one newline"),
    ],
)
def test_opened_is_the_content_without_one_newline(
    written: Callable[[bytes], Path], content: bytes, value: str
) -> None:
    assert file.opened(REF, written(content)).reveal() == value


@pytest.mark.parametrize("content", [b"", b"\n"], ids=["nothing", "newline"])
def test_opened_calls_an_empty_file_missing(written: Callable[[bytes], Path], content: bytes) -> None:
    with pytest.raises(SecretMissing, match="run/password is empty"):
        file.opened(REF, written(content))


def test_opened_names_the_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SecretMissing, match="run/password does not exist"):
        file.opened(REF, tmp_path)


def test_opened_says_when_it_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "run/password").mkdir(parents=True)
    with pytest.raises(SecretError, match="cannot be read"):
        file.opened(REF, tmp_path)


def test_opened_refuses_a_huge_file(written: Callable[[bytes], Path]) -> None:
    with pytest.raises(SecretError, match="too large"):
        file.opened(REF, written(b"x" * (file.LIMIT + 1)))


def test_opened_does_not_show_what_is_not_text(written: Callable[[bytes], Path], refused, canary: str) -> None:
    folder = written(canary.encode() + b"\xff")
    with refused(SecretError) as caught:
        file.opened(REF, folder)
    assert "is not text" in caught.value.what


def test_a_pipe_is_waited_for_by_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SecretError, match="cannot be read") as caught:
        file.opened(SecretRef(store="file", path="pipe"), tmp_path)
    assert caught.value.why == "not a regular file"
