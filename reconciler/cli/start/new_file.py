"""Files that are written once: what is there already stays."""

from __future__ import annotations

from pathlib import Path

from reconciler.errors import UsageError


def created(file: Path, text: str) -> bool:
    """False where something is there already, whatever it is. UsageError where nothing can be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except (FileExistsError, NotADirectoryError):
        if file.parent.is_dir():
            return False
        wrong = next(one for one in reversed(file.parents) if one.exists() and not one.is_dir())
        raise UsageError(f"{wrong}: this is a file, where a folder has to be", fix="move it away") from None
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", fix="name a folder in which this user may write") from error
    return True
