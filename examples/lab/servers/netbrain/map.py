"""The page map of the stand-in: the shipped one, and what NetBrain's help does not tell, as this page has it.

So a team would make its own: copy the shipped map, look at the page, add labels and addresses.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

_OF_LOGIN = {"when": {"mode": "basic", "login": True}}


@cache
def _shipped() -> Any:
    folder = files("reconciler.platforms.netbrain") / "maps"
    return yaml.safe_load((folder / "12.3.yaml").read_text(encoding="utf-8"))


def written(file: Path) -> Path:
    """The map in a file, as `connection.page_map` names one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(page_map(), sort_keys=False), encoding="utf-8")
    return file


def page_map() -> dict[str, Any]:
    found: dict[str, Any] = deepcopy(_shipped())
    found["login"]["posts"] = ["/stand-in/login"]
    found["logout"]["posts"] = ["/stand-in/logout"]
    found["reads"] = ["/stand-in/settings"]
    found["pages"]["email"]["controls"] |= {
        "login": {"label": "SMTP Authentication", "type": "checkbox", "when": {"mode": "basic"}},
        "username": {"label": "Username", "type": "text", **_OF_LOGIN},
        "password": {"label": "Password", "type": "password", **_OF_LOGIN},
        "oauth2.certificate": {"label": "Certificate", "type": "password", "when": {"credential": "certificate"}},
    }
    return found
