"""Results into a file, whole or not at all: whoever reads it at the same moment sees the old one or the new one."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from reconciler.errors import ReconcilerError, UsageError


def check(out: Path, example: str, option: str = "--out") -> None:
    """Raises UsageError before anything is contacted: a result that cannot be written at the end is lost.

    `example` is a file name for the advice, `option` what named the file.
    """
    if not out.parent.is_dir():
        there = next((one for one in out.parents if one.exists() or one.is_symlink()), Path())
        if not there.is_dir():
            raise UsageError(f"{option} {out}: {there} is not a folder", fix=f"{option} {there.parent / out.name}")
        import shlex

        what = f"{option} {out}: there is no folder {out.parent}"
        raise UsageError(what, fix=f"mkdir -p {shlex.quote(str(out.parent))}")
    if out.is_dir():
        raise UsageError(f"{option} {out}: this is a folder", fix=f"{option} {out / example}")


def write(out: Path, text: str, *, what: str | None = None) -> None:
    """Raises ReconcilerError where the file cannot be written. `what` is how messages name it; else `--out FILE`."""
    target = out.resolve()  # through a link, so that the link stays one
    try:
        if target.exists() and not target.is_file():  # a device or a pipe, such as /dev/stdout
            target.write_text(text, encoding="utf-8")
        else:
            _replace(target, text)
    except OSError as error:
        fix = "let the user that runs this command write it" if what else "choose another --out FILE"
        raise ReconcilerError(f"{what or f'--out {out}'}: {error.strerror}", fix=fix) from error


def _replace(target: Path, text: str) -> None:
    # hidden, and with another ending: the textfile collector reads every *.prom of its folder
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        # the usual permissions, because the reader is usually another user
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o666)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
