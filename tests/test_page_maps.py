"""The page maps that we ship and show are valid, and YAML 1.1, by which shipped ones are read, reads them alike."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from reconciler.model.source import DocumentKind
from reconciler.pipeline.load import documents as load
from reconciler.pipeline.load.tree import Source
from reconciler.pipeline.validate import documents as validate

TOP = Path(__file__).parents[1]
MAPS = sorted([*TOP.glob("reconciler/platforms/*/maps/*.yaml"), *TOP.glob("examples/**/maps/*.yaml")])


@pytest.mark.parametrize("file", MAPS, ids=lambda file: str(file.relative_to(TOP)))
def test_a_page_map_is_valid_and_read_alike(file: Path) -> None:
    document, problems = load.read(Source(kind=DocumentKind.PAGE_MAP, path=str(file), file=file.name), "")
    assert document is not None
    assert (*problems, *validate.findings([document])) == ()
    assert yaml.safe_load(file.read_text(encoding="utf-8")) == document.data


def test_the_labs_map_of_netbrain_is_the_shipped_one_and_more() -> None:
    shipped, ours = (
        yaml.safe_load((TOP / name).read_text(encoding="utf-8"))["pages"]["email"]
        for name in ("reconciler/platforms/netbrain/maps/12.3.yaml", "examples/lab/maps/netbrain.yaml")
    )
    added = {"login", "username", "password", "oauth2.certificate"}
    assert {name: one for name, one in ours["controls"].items() if name not in added} == shipped["controls"]
    assert {**ours, "controls": {}} == {**shipped, "controls": {}}
