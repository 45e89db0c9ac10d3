"""Where a comment goes: how much fits there, and how a place in the files is looked at, by what CI says of this job."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from reconciler.model.plan import Git
from reconciler.model.source import Position
from reconciler.pipeline.review import git

# bytes: of a comment, and of the summary of a job on GitHub, which drops what is longer as a whole
LIMITS: Mapping[str, int] = {
    "github": 65_536,
    "gitlab": 1_000_000,
    "azure": 150_000,
    "bitbucket": 32_768,
    "summary": 1_048_576,
}
_BY = {"GITHUB_ACTIONS": "github", "GITLAB_CI": "gitlab", "TF_BUILD": "azure", "BITBUCKET_BUILD_NUMBER": "bitbucket"}
_ADDRESS = re.compile(r"https?://[\w.:@/%~+-]+", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
Link = Callable[[Position], str | None]


def limit(name: str | None, environ: Mapping[str, str]) -> int:
    """In bytes."""
    return LIMITS[_host(name, environ)]


def shows_html(name: str | None, environ: Mapping[str, str]) -> bool:
    """Bitbucket shows it as text."""
    return _host(name, environ) != "bitbucket"


def _host(name: str | None, environ: Mapping[str, str]) -> str:
    """The one that was asked for, else the one that runs this job, else the usual one."""
    return name or next((host for variable, host in _BY.items() if environ.get(variable)), "github")


def link(checkout: Git | None, folder: Path, environ: Mapping[str, str]) -> Link:
    """The address of a line in the commit that was planned from; of none where nobody says where that is kept.

    Files are named from `folder`, which may lie deeper in the checkout.
    """
    form = _form(environ)
    if form is None or checkout is None or not _COMMIT.fullmatch(checkout.commit):
        return lambda _: None
    above = git.said(folder, "rev-parse", "--show-prefix") or ""

    def address(where: Position) -> str | None:
        path = posixpath.normpath(posixpath.join(above, where.file))
        if path.startswith(("/", "..")):
            return None  # not in the checkout
        return form.format(commit=checkout.commit, path=quote(path, errors="replace"), line=where.line)

    return address


def _form(environ: Mapping[str, str]) -> str | None:
    """The address with gaps for commit, path and line."""
    github = _joined(environ.get("GITHUB_SERVER_URL"), environ.get("GITHUB_REPOSITORY"))
    azure = environ.get("BUILD_REPOSITORY_URI") if environ.get("TF_BUILD") else None
    forms = {
        github: "{base}/blob/{{commit}}/{{path}}#L{{line}}",
        environ.get("CI_PROJECT_URL"): "{base}/-/blob/{{commit}}/{{path}}#L{{line}}",
        azure: "{base}?version=GC{{commit}}&path=/{{path}}&line={{line}}",
        environ.get("BITBUCKET_GIT_HTTP_ORIGIN"): "{base}/src/{{commit}}/{{path}}#lines-{{line}}",
    }
    for base, form in forms.items():
        if base and _ADDRESS.fullmatch(base) and "{" not in base:
            return form.format(base=base)
    return None


def _joined(server: str | None, repository: str | None) -> str | None:
    return f"{server}/{repository}" if server and repository else None
