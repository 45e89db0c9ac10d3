from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from lab.servers import fake
from lab.servers.smtp.pki import Pki, make
from support import documents
from support.site import Site

from reconciler.views import forms

# as at a desk: what CI says of a job changes what commands refuse, and tests of that say it themselves
for _name in ("CI", *(name for name in os.environ if name.startswith(("GITHUB_", "GITLAB_", "CI_", "JENKINS_")))):
    os.environ.pop(_name, None)

# the same examples in every run, and no clock: a busy machine is no fault
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(scope="session", autouse=True)
def documents_keep_their_schemas() -> Iterator[None]:
    """Whatever test prints one, and however it looks at it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forms, "pieces", documents.checked(forms.pieces))
        yield


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return make(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[fake.World]:
    """The kind `fake`, as an installed package brings it."""
    with fake.installed(tmp_path / "site") as found:
        yield found


@pytest.fixture
def fake_site(tmp_path: Path, world: fake.World, monkeypatch: pytest.MonkeyPatch) -> Site:
    """An empty landscape, which is the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PW", "s3cr3t-canary")
    return Site(tmp_path)


@pytest.fixture
def site(fake_site: Site) -> Site:
    """Its short name; `tests/cli` has sites of real servers under it."""
    return fake_site
