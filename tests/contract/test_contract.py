"""Every platform keeps the contract: each module of `lab.subjects` brings one, in one or more versions."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path

import pytest
from lab import subjects

from reconciler import platforms
from reconciler.testing import CASES, Case, Subject

Made = Callable[[Path], AbstractContextManager[Subject]]
NAMES = sorted(module.name for module in pkgutil.iter_modules(subjects.__path__))


def _made() -> Iterator[tuple[str, Made]]:
    for name in NAMES:
        module = import_module(f"{subjects.__name__}.{name}")
        variants = getattr(module, "VARIANTS", None) or {"": module.subject}
        yield from ((f"{name}-{variant}".rstrip("-"), make) for variant, make in variants.items())


SUBJECTS = dict(_made())
# whole runs in a real browser or with a real Postfix, some 10 s a case
MARKS = {
    "admin_page": [pytest.mark.consoles],
    "netbrain": [pytest.mark.consoles],
    "outsystems_o11": [pytest.mark.consoles],
    "postfix": [pytest.mark.long],
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
@pytest.mark.parametrize("name", [pytest.param(name, marks=MARKS.get(name, [])) for name in SUBJECTS])
def test_contract(name: str, case: Case, tmp_path: Path) -> None:
    with SUBJECTS[name](tmp_path / "subject") as subject:
        case(subject, tmp_path / "contract")


@pytest.mark.parametrize("kind", platforms.KINDS)
def test_every_platform_has_a_subject(kind: str) -> None:
    assert kind.replace("-", "_") in NAMES
