"""`{file: path}`: secrets in files, for local work and mounted secrets. One newline at the end is not part of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from reconciler.errors import SecretError, SecretMissing
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.network import regular

LIMIT = 1024 * 1024  # bytes; nobody's password is longer


def opened(ref: SecretRef, base: Path) -> SecretValue:
    """Raises SecretMissing without such a file, SecretError for one that cannot be read or is not text."""
    text = _text(base / ref.path)
    value = text.removesuffix("\n").removesuffix("\r")
    if not value:
        raise SecretMissing(f"secret file {ref.path} is empty", fix="write the secret into it")
    return SecretValue(value)


def changed(ref: SecretRef, base: Path) -> str | None:
    """When the file was changed last (RFC 3339, UTC), without reading it; None where there is none."""
    try:
        at = (base / ref.path).stat().st_mtime_ns
    except OSError:
        return None
    return f"{datetime.fromtimestamp(at // 10**9, UTC):%Y-%m-%dT%H:%M:%S}.{at % 10**9:09}Z"


def _text(path: Path) -> str:
    try:
        regular.check(path)
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except FileNotFoundError as error:
        raise SecretMissing(f"secret file {path} does not exist", fix="create it, or correct the path") from error
    except OSError as error:
        raise SecretError(f"secret file {path} cannot be read", why=error.strerror, fix="check the path") from error
    if len(content) > LIMIT:
        raise SecretError(f"secret file {path} is too large", why="no password is that large", fix="check the path")
    text = _decoded(content)
    if text is None:
        raise SecretError(f"secret file {path} is not text", why="it is not UTF-8", fix="check path and encoding")
    return text


def _decoded(content: bytes) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:  # goes no further: it carries the content
        return None
