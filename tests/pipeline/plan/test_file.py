"""Saved plans: what is written comes back, and nothing that was changed gets in."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import plans
from support.strategies import PLANS

from reconciler.errors import PlanFileError
from reconciler.model import codec
from reconciler.model.change import Action
from reconciler.model.plan import Plan
from reconciler.pipeline import declaration
from reconciler.pipeline.plan import assemble
from reconciler.pipeline.plan import file as planfile
from reconciler.pipeline.validate import schemas
from reconciler.views.paper import Paper
from reconciler.views.plans import drift
from reconciler.views.plans import text as plan

WHOLE = plans.plan(plans.MAIN, plans.NEW, plans.LOST, *plans.SYNC, config_digest=f"sha256:{'0' * 64}")
SAMPLE = codec.plan(WHOLE)
IN_A_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)


@given(PLANS)
def test_a_plan_comes_back_as_it_was(one: Plan) -> None:
    assert codec.plan_from(json.loads(json.dumps(codec.plan(one)))) == one


@given(PLANS)
def test_what_is_written_is_what_the_schema_says(one: Plan) -> None:
    assert list(schemas.ours("plan").iter_errors(json.loads(json.dumps(codec.plan(one))))) == []


def test_a_saved_plan_is_loaded(tmp_path: Path) -> None:
    planfile.save(tmp_path / "plan.json", WHOLE)
    assert planfile.load(tmp_path / "plan.json") == WHOLE


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        found += places(value, (*path, key))
    return found


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just([]), st.just({}), st.just([[[[1]]]])
)


@given(place=st.sampled_from(places(SAMPLE)), odd=ODD, kind=st.sampled_from(["put", "drop", "add"]))
@IN_A_FOLDER
def test_a_plan_changed_by_hand_is_refused_or_still_a_plan(
    tmp_path: Path, place: tuple[Any, ...], odd: Any, kind: str
) -> None:
    data = json.loads(json.dumps(SAMPLE))
    parent = data
    for key in place[:-1]:
        parent = parent[key]
    if kind == "drop":
        del parent[place[-1]]
    elif kind == "add" and isinstance(parent, dict):
        parent["odd"] = odd
    else:
        parent[place[-1]] = odd
    accepted(tmp_path, json.dumps(data).encode())


@given(cut=st.integers(min_value=0), byte=st.integers(min_value=0, max_value=255))
@IN_A_FOLDER
def test_a_damaged_file_is_refused_or_still_a_plan(tmp_path: Path, cut: int, byte: int) -> None:
    content = bytearray(json.dumps(SAMPLE).encode())
    content[cut % len(content)] = byte
    accepted(tmp_path, bytes(content))
    with pytest.raises(PlanFileError):
        accepted(tmp_path, bytes(content)[: cut % len(content)], strict=True)


def accepted(folder: Path, content: bytes, *, strict: bool = False) -> None:
    """Loads; what gets through must be good for every use that follows."""
    (folder / "plan.json").write_bytes(content)
    try:
        loaded = planfile.load(folder / "plan.json")
    except PlanFileError:
        if strict:
            raise
        return
    assert codec.plan_from(json.loads(json.dumps(codec.plan(loaded)))) == loaded
    assert plan.text(loaded, Paper()).encode()
    assert drift.text(loaded, Paper()).encode()


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"format_version": 2}', b'{"format_version": 3}', b"1e999"],
    ids=["empty", "null", "list", "mapping", "not utf-8", "deep", "version alone", "version 3", "number"],
)
def test_another_file_is_no_plan(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(PlanFileError, match="not a saved plan"):
        accepted(tmp_path, content, strict=True)


def test_a_plan_of_the_format_before_is_refused_as_such(tmp_path: Path) -> None:
    earlier = json.loads(json.dumps(SAMPLE)) | {"format_version": 1}
    for found in (*earlier["findings"], *(one for change in earlier["changes"] for one in change["findings"])):
        del found["holds"]
    (tmp_path / "plan.json").write_text(json.dumps(earlier), encoding="utf-8")
    with pytest.raises(PlanFileError) as caught:
        planfile.load(tmp_path / "plan.json")
    assert caught.value.why == "its format_version is not 2; another version of reconciler wrote it"


@pytest.mark.parametrize("name", ["missing.json", ".", "a\0b"], ids=["missing", "folder", "nul"])
def test_a_plan_that_cannot_be_read_says_how_to_make_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(PlanFileError) as caught:
        planfile.load(tmp_path / name)
    assert caught.value.fix == "reconciler plan --out FILE saves a plan"


def test_the_place_of_a_change_by_hand_is_told(tmp_path: Path) -> None:
    data = json.loads(json.dumps(SAMPLE))
    data["changes"][0]["unchanged"] = "many"
    (tmp_path / "plan.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(PlanFileError) as caught:
        planfile.load(tmp_path / "plan.json")
    assert caught.value.why == "changes.0.unchanged is incomplete or was edited"


def test_the_schema_describes_every_key() -> None:
    from jsonschema import Draft202012Validator

    from reconciler import platforms

    schema = json.loads((platforms.schemas() / "plan.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    shapes = [schema, *schema["$defs"].values(), schema["properties"]["stages"]["items"]]
    keys = [key for shape in shapes for key in shape.get("properties", {}).values()]
    assert [key for key in keys if not key.get("description")] == []


def _demo(folder: Path) -> Path:
    """The demo landscape, without the target whose page map is a file of this checkout."""
    copied = folder / "environments"
    shutil.copytree(Path(__file__).parents[3] / "environments", copied, ignore=shutil.ignore_patterns("netbrain.yaml"))
    return copied


def test_another_checkout_of_the_same_files_has_the_same_digest(tmp_path: Path) -> None:
    demo = _demo(tmp_path)
    stage = demo / "dev/environment.yaml"
    stage.write_text(stage.read_text("utf-8").replace("# ca_file: ", "ca_file: "), "utf-8")  # as the lab does
    here, there = (
        declaration.judged(demo, base=Path(base), today="2026-11-20").landscape for base in ("/here", "/there")
    )
    assert here is not None
    assert there is not None
    assert here.desired[0].handshake["ca_file"] != there.desired[0].handshake["ca_file"]
    assert assemble.digest(here, ()) == assemble.digest(there, ())


def test_a_plan_for_another_installation_is_refused(tmp_path: Path) -> None:
    land = declaration.judged(_demo(tmp_path), base=Path("/here"), today="2026-11-20").landscape
    assert land is not None
    wanted = next(one for one in land.desired if str(one.address) == "dev/shop:settings")
    elsewhere = plans.change(str(wanted.address), Action.UPDATE)  # of the installation "shop"
    made = plans.plan(elsewhere, config_digest=assemble.digest(land, ()))
    with pytest.raises(PlanFileError, match=r"was planned for shop; here it is file:apps/dev/shop\.env"):
        planfile.check(made, land, Path("plan.json"))
