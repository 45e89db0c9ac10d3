"""A control of a page map that could never appear would leave its setting alone without a word: so it is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.source import DocumentKind
from reconciler.pipeline.load import documents as load
from reconciler.pipeline.load.tree import Source
from reconciler.pipeline.validate import documents as validate

MAP = """page_map: 1
product: Tickets 4
login: {page: /login, steps: [{fill: {User: username}, press: Sign in}]}
pages:
  mail:
    address: /mail
    save: Save
    controls:
      auth: {label: Log in, type: select, choices: {Yes: basic, No: none}}
      safe: {label: Safe, type: checkbox}
      username: {label: User, type: text, when: {WHEN}}
"""


def said(when: str, folder: Path) -> list[tuple[str, str | None]]:
    file = folder / "map.yaml"
    file.write_text(MAP.replace("WHEN", when), encoding="utf-8")
    document, problems = load.read(Source(kind=DocumentKind.PAGE_MAP, path=str(file), file=file.name), "")
    assert document is not None
    assert not problems
    return [(f"{one.where}"[-5:] + f" {one.what}", one.fix) for one in validate.findings([document])]


@pytest.mark.parametrize("when", ["auth: basic", "auth: [basic, oauth2]", "safe: true", "auth: none"])
def test_what_can_appear_is_valid(when: str, tmp_path: Path) -> None:
    assert said(when, tmp_path) == []


@pytest.mark.parametrize(
    ("when", "what", "fix"),
    [
        ("atuh: basic", "when: atuh is not a control of this page", "did you mean auth?"),
        ("auth: baisc", "when: auth is never 'baisc'", "one of 'basic', 'none'"),
        ("safe: checked", "when: safe is never 'checked'", "one of true, false"),
    ],
)
def test_what_never_appears_is_an_error_at_its_place(when: str, what: str, fix: str, tmp_path: Path) -> None:
    assert said(when, tmp_path) == [(f"11:56 {what}", fix)]
