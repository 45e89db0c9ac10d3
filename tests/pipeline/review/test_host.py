"""Where a comment goes, by what CI says: how much fits, and how a line is looked at."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reconciler.model.plan import Git
from reconciler.model.source import Position
from reconciler.pipeline.review import host

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CHECKOUT = Git(commit=COMMIT, dirty=False)
LINE = Position(file="environments/prod/shop.yaml", line=9, column=3)
GITHUB = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/mail"}
SYSTEMS = {
    "github": (GITHUB, f"https://github.com/o/mail/blob/{COMMIT}/environments/prod/shop.yaml#L9"),
    "gitlab": (
        {"CI_PROJECT_URL": "https://gitlab.example.com/o/mail"},
        f"https://gitlab.example.com/o/mail/-/blob/{COMMIT}/environments/prod/shop.yaml#L9",
    ),
    "azure": (
        {"TF_BUILD": "True", "BUILD_REPOSITORY_URI": "https://dev.azure.com/o/_git/mail"},
        f"https://dev.azure.com/o/_git/mail?version=GC{COMMIT}&path=/environments/prod/shop.yaml&line=9",
    ),
    "bitbucket": (
        {"BITBUCKET_GIT_HTTP_ORIGIN": "https://bitbucket.org/o/mail"},
        f"https://bitbucket.org/o/mail/src/{COMMIT}/environments/prod/shop.yaml#lines-9",
    ),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_line_is_looked_at_where_its_commit_is_kept(system: str, tmp_path: Path) -> None:
    environ, address = SYSTEMS[system]
    assert host.link(CHECKOUT, tmp_path, environ)(LINE) == address


def test_files_are_named_from_a_folder_deeper_in_the_checkout(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "mail").mkdir()
    found = host.link(CHECKOUT, tmp_path / "mail", GITHUB)
    assert found(LINE) == f"https://github.com/o/mail/blob/{COMMIT}/mail/environments/prod/shop.yaml#L9"


@pytest.mark.parametrize(
    ("checkout", "environ"),
    [
        (CHECKOUT, {}),
        (None, GITHUB),
        (Git(commit="0123) [x](https://evil.example", dirty=False), GITHUB),
        (CHECKOUT, {"GITHUB_SERVER_URL": "https://github.com) [x](", "GITHUB_REPOSITORY": "o/mail"}),
        (CHECKOUT, {"CI_PROJECT_URL": "javascript:alert(1)"}),
    ],
)
def test_without_a_commit_or_a_place_for_it_there_is_no_address(checkout: Git | None, environ: dict[str, str]) -> None:
    assert host.link(checkout, Path.cwd(), environ)(LINE) is None


@pytest.mark.parametrize("file", ["/etc/shadow", "../other/x.yaml", "a/../../x.yaml"])
def test_a_file_outside_the_checkout_has_none(file: str, tmp_path: Path) -> None:
    assert host.link(CHECKOUT, tmp_path, GITHUB)(Position(file=file, line=1, column=1)) is None


@pytest.mark.parametrize("file", ["a) [x](y", "a b`|<>.yaml", "ü\u202e.yaml", "\ud800.yaml", "x?y#z%.yaml"])
def test_no_name_of_a_file_ends_its_address(file: str, tmp_path: Path) -> None:
    found = host.link(CHECKOUT, tmp_path, GITHUB)(Position(file=file, line=1, column=1))
    assert found
    assert not set(found.partition("/blob/")[2].removesuffix("#L1")) & set(" ()[]<>`|\"'?#\u202e\ud800")
    assert found.isascii()


@pytest.mark.parametrize(
    ("asked", "environ", "bytes_"),
    [
        (None, {}, 65_536),
        (None, {"GITHUB_ACTIONS": "true"}, 65_536),
        (None, {"GITLAB_CI": "true"}, 1_000_000),
        (None, {"TF_BUILD": "True"}, 150_000),
        (None, {"BITBUCKET_BUILD_NUMBER": "7"}, 32_768),
        ("summary", {"GITHUB_ACTIONS": "true"}, 1_048_576),
    ],
)
def test_what_fits_is_that_of_the_host_that_is_asked_for_else_of_the_one_that_runs_the_job(
    asked: str | None, environ: dict[str, str], bytes_: int
) -> None:
    assert host.limit(asked, environ) == bytes_
