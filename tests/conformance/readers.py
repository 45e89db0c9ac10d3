"""The real readers, each asked once for many files: `values(name, places)`. What is not installed has no answer.

`.ci/readers` installs them into `.readers/` (packages of PyPI and npm) and from Debian; `.ci/debian13` brings those
that Debian 12 does not have.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse

_HERE = Path(__file__).parent / "readers"
_TOP = Path(__file__).resolve().parents[2]
_PACKAGES = Path(os.environ.get("RECONCILER_READERS", _TOP / ".readers"))
_JARS = "/usr/share/java/snakeyaml.jar:/usr/share/java/spring3-core.jar:/usr/share/java/commons-logging.jar"
_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "NODE_PATH": str(_PACKAGES / "node_modules"),
}
_SECONDS = 120

Place = tuple[str, str]  # path, key


@dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """`command` is None where it is not installed; `missing` says what would bring it."""

    command: Sequence[str] | None
    missing: str


def values(name: str, places: Sequence[Place]) -> Sequence[object]:
    """What the reader makes of each key; None where it finds none or rejects the file."""
    if name in ON_COMPOSE:
        return [ON_COMPOSE[name](value) for value in values("compose-go", places)]
    real = REAL[name]
    assert real.command is not None
    if name in ("bash", "dash"):
        return _sourced(real.command, places)
    ran = subprocess.run(
        real.command,
        input=json.dumps(places),
        capture_output=True,
        text=True,
        env=_ENVIRONMENT,
        timeout=_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    found = json.loads(ran.stdout)
    assert len(found) == len(places)
    return list(found)


def _authentik(value: object) -> object:
    """https://github.com/goauthentik/authentik/blob/abf37c7edd1459246ee997d46abddb6fd723c5db/authentik/lib/config.py"""
    if not isinstance(value, str):
        return value
    with contextlib.suppress(json.JSONDecodeError):
        value = json.loads(value)
    try:
        looked_up = isinstance(value, str) and urlparse(value).scheme in ("env", "file")
    except ValueError as error:  # authentik does not start
        return repr(error)
    return "(looked up)" if looked_up else value


def _grafana(value: object) -> object:
    """https://github.com/grafana/grafana/blob/v10.4.0/pkg/setting/expanders.go"""
    return re.sub(r"\$(|__\w+){([^}]+)}", "(expanded)", value) if isinstance(value, str) else value


# what these applications make of what Compose hands them
ON_COMPOSE: Mapping[str, Callable[[object], object]] = {"authentik": _authentik, "compose-grafana": _grafana}


def _sourced(command: Sequence[str], places: Sequence[Place]) -> Sequence[object]:
    found: list[object] = []
    for start in range(0, len(places), 400):
        words = [word for place in places[start : start + 400] for word in place]
        # no PATH: what a value brings to execution finds no program
        ran = subprocess.run(
            [*command, *words],
            stdin=subprocess.DEVNULL,
            cwd=Path(places[0][0]).parent,  # `a>b` makes a file
            capture_output=True,
            env={**_ENVIRONMENT, "PATH": "/nonexistent"},
            timeout=_SECONDS,
            check=False,
        )
        answers = ran.stdout.split(b"\0")[:-1]
        found += [answer[1:].decode("utf-8", "replace") if answer[:1] == b"=" else None for answer in answers]
    assert len(found) == len(places)
    return found


def _python(name: str) -> Real:
    there = _PACKAGES / "venv/bin/python"
    command = [str(there), str(_HERE / "packages.py"), name] if there.exists() else None
    return Real(command=command, missing=f"{there} (.ci/readers)")


def _node(name: str) -> Real:
    own = name not in ("node", "json")
    there = shutil.which("node") and (not own or (_PACKAGES / "node_modules").is_dir())
    return Real(
        command=["node", str(_HERE / "packages.js"), name] if there else None,
        missing="node, .readers/node_modules (.ci/readers)",
    )


def _program(program: str, script: str, name: str, *, needs: str = "") -> Real:
    there = shutil.which(program) and (not needs or Path(needs).exists())
    return Real(
        command=[program, str(_HERE / script), name] if there else None, missing=f"{program} {needs} (.ci/readers)"
    )


def _debian13(program: str, name: str) -> Real:
    there = _PACKAGES / program
    return Real(command=[str(there), name] if there.exists() else None, missing=f"{there} (.ci/debian13)")


def _shell(name: str) -> Real:
    return Real(
        command=[str(shutil.which(name)), str(_HERE / "shell.sh")] if shutil.which(name) else None, missing=name
    )


def _go(name: str) -> Real:
    there = _PACKAGES / "read-go"
    return Real(command=[str(there), name] if there.exists() else None, missing=f"{there} (.ci/readers)")


def _java(name: str) -> Real:
    there = shutil.which("java") and all(Path(jar).exists() for jar in _JARS.split(":"))
    return Real(
        command=["java", "-cp", _JARS, str(_HERE / "Spring.java"), name] if there else None,
        missing="java, libyaml-snake-java, libspring-core-java",
    )


def _systemd() -> Real:
    there = next(Path("/usr/lib").glob("*/systemd/libsystemd-shared-*.so"), None) and shutil.which("python3")
    return Real(
        command=["python3", str(_HERE / "packages.py"), "systemd"] if there else None, missing="libsystemd-shared"
    )


REAL: Mapping[str, Real] = {
    **{name: _python(name) for name in ("python-dotenv", "django-environ", "environs", "decouple", "pyyaml-flat")},
    **{name: _node(name) for name in ("npm-dotenv", "npm-dotenv-expand", "node", "js-yaml", "json")},
    **{
        name: _program("ruby", "packages.rb", name)
        for name in ("ruby-dotenv", "psych-erb", "psych", "ruby", "discourse")
    },
    **{
        name: _program("php", "packages.php", name, needs="/usr/share/php/Dotenv")
        for name in ("phpdotenv", "laravel", "symfony", "php")
    },
    **{name: _go(name) for name in ("go-ini", "gitea", "go-yaml", "godotenv", "kubernetes")},
    **{
        name: _debian13("read-compose", name) for name in ("compose-go", "compose-file", "compose-grafana", "authentik")
    },
    "dotenvy": _debian13("read-dotenvy", "dotenvy"),
    **{name: _shell(name) for name in ("bash", "dash")},
    "systemd": _systemd(),
    **{name: _java(name) for name in ("snakeyaml", "spring")},
}
