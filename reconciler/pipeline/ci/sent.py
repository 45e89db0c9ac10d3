"""What each webhook was told last, so that nobody hears the same every night.

A file of digests beside the reports of the job. Where it is lost between two runs, the message is sent again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from reconciler.model.answers.night import Night

NAME = "sent.json"
_QUIET = "nothing"
_MOST = 1 << 20


def load(folder: Path) -> Mapping[str, str]:
    """Digests by webhook; none where there is no such file, or something else in it."""
    try:
        with (folder / NAME).open(encoding="utf-8") as file:
            found = json.loads(file.read(_MOST))
    except (OSError, ValueError):
        return {}
    sent = found.get("sent") if isinstance(found, dict) else None
    return {str(name): str(digest) for name, digest in sent.items()} if isinstance(sent, dict) else {}


def document(sent: Mapping[str, str]) -> Mapping[str, object]:
    return {"v": 1, "sent": dict(sent)}


def digest(night: Night) -> str:
    return _QUIET if night.quiet else night.digest


def is_news(night: Night, last: str | None) -> bool:
    """That all is well is news for who has heard of something else."""
    return digest(night) != (last or _QUIET)
