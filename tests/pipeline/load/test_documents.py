"""Files and YAML as such: what is read, where it stands, and that no text can do more than cause a finding."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from support.rights import modes_count

from reconciler.model.source import DocumentKind
from reconciler.pipeline.load import documents as load
from reconciler.pipeline.load import hidden, yaml_events
from reconciler.pipeline.load.documents import Loaded


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The smallest landscape: reconciler.yaml and an environment without targets."""
    (tmp_path / "dev").mkdir()
    (tmp_path / "reconciler.yaml").write_text("version: 1\n")
    (tmp_path / "dev" / "environment.yaml").write_text("order: 10\n")
    return tmp_path


def rules(loaded: Loaded) -> list[str]:
    return [finding.rule for finding in loaded.findings]


def test_documents_come_with_their_kind_environment_and_name(root: Path) -> None:
    (root / "dev" / "shop.yaml").write_text("platform: file\n")

    read = load.documents(root).documents

    assert [(document.kind, document.environment, document.name) for document in read] == [
        (DocumentKind.RECONCILER, None, None),
        (DocumentKind.ENVIRONMENT, "dev", None),
        (DocumentKind.TARGET, "dev", "shop"),
    ]


def test_every_key_and_value_has_its_place(root: Path) -> None:
    (root / "dev" / "shop.yaml").write_text("# first\nplatform: file\nkeys:\n  - {host: 'A', port: 1}\n")

    shop = load.documents(root).documents[-1]

    assert shop.data == {"platform": "file", "keys": [{"host": "A", "port": 1}]}
    assert shop.places == {
        (): (2, 1, 2, 1),
        ("platform",): (2, 1, 2, 11),
        ("keys",): (3, 1, 4, 3),
        ("keys", 0): (4, 5, 4, 5),
        ("keys", 0, "host"): (4, 6, 4, 12),
        ("keys", 0, "port"): (4, 17, 4, 23),
    }


def test_place_below_an_alias_is_where_the_anchored_text_stands() -> None:
    parsed = yaml_events.parsed("a: &x {port: 1}\nb: *x\n")

    assert parsed.data == {"a": {"port": 1}, "b": {"port": 1}}
    assert parsed.places[("b",)] == (2, 1, 2, 4)
    assert parsed.places[("b", "port")] == parsed.places[("a", "port")] == (1, 8, 1, 14)


def test_file_is_shown_as_it_would_be_typed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root.parent)

    below, relative = load.documents(root), load.documents(Path(root.name))

    assert below.documents[0].file == relative.documents[0].file == f"{root.name}/reconciler.yaml"


def test_file_outside_the_working_folder_keeps_its_whole_path(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "dev")

    assert load.documents(root).documents[0].file == str(root / "reconciler.yaml")


def test_missing_root_is_one_finding(tmp_path: Path) -> None:
    loaded = load.documents(tmp_path / "nowhere")

    assert rules(loaded) == ["root-missing"]
    assert loaded.documents == ()


def test_large_file_is_refused(root: Path) -> None:
    (root / "dev" / "shop.yaml").write_bytes(b"#" * (load.MAX_BYTES + 1))

    assert rules(load.documents(root)) == ["file-size"]


def test_link_out_of_the_root_is_refused(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "shop.yaml").write_text("platform: file\n")
    (root / "dev" / "shop.yaml").symlink_to(outside / "shop.yaml")
    (root / "prod").symlink_to(outside)

    loaded = load.documents(root)

    assert rules(loaded) == ["file-link", "file-link"]
    assert {document.kind for document in loaded.documents} == {DocumentKind.RECONCILER, DocumentKind.ENVIRONMENT}


@pytest.mark.parametrize(
    "target", ["shop.yaml", "nowhere.yaml", "../dev", ".."], ids=["itself", "nothing", "its folder", "the root"]
)
def test_link_that_leads_nowhere_or_in_a_circle_is_refused(root: Path, target: str) -> None:
    (root / "dev" / "shop.yaml").symlink_to(target)

    assert rules(load.documents(root)) == ["file-link"]


def test_link_inside_the_root_is_followed(root: Path) -> None:
    (root / "dev" / "shop.yaml").write_text("platform: file\n")
    (root / "dev" / "shop-2.yaml").symlink_to("shop.yaml")

    loaded = load.documents(root)

    assert not loaded.findings
    assert [document.name for document in loaded.documents] == [None, None, "shop-2", "shop"]


def test_file_without_permission_is_a_finding(root: Path) -> None:
    (root / "dev" / "shop.yaml").write_text("platform: file\n")
    (root / "dev" / "shop.yaml").chmod(0)

    with modes_count() as give_up:
        give_up()
        assert rules(load.documents(root)) == ["file-unreadable"]


def test_pipe_and_folder_in_place_of_a_file_are_findings_and_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "dev" / "pipe.yaml")
    (root / "reconciler.yaml").unlink()
    (root / "reconciler.yaml").mkdir()

    assert rules(load.documents(root)) == ["file-unreadable", "file-unreadable"]


def test_name_that_cannot_be_printed_is_escaped(root: Path) -> None:
    (root / "dev" / "a\n::error::b\udc80.yaml").write_text("platform: file\n")

    (finding,) = load.documents(root).findings

    assert str(finding.where) == f"{root}/dev/a\\n::error::b\\udc80.yaml:1:1"


def test_files_counts_those_that_cannot_be_used(root: Path) -> None:
    (root / "dev" / "shop.yml").write_text("")
    (root / "dev" / "empty.yaml").write_text("")

    assert load.documents(root).files == 4


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "? " * 100_000, "".join(f"{' ' * n}a:\n" for n in range(400))],
    ids=["lists", "mappings", "block lists", "keys", "block mappings"],
)
def test_deep_nesting_is_a_finding(text: str) -> None:
    (problem,) = yaml_events.parsed(text).problems[-1:]

    assert problem.rule == "yaml-limit"


def test_depth_through_aliases_is_bounded() -> None:
    links = "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 80))

    assert yaml_events.parsed(f"a0: &a0 x\n{links}").problems[-1].rule == "yaml-limit"


def test_billion_laughs_end_early() -> None:
    letters = "abcdefghi"
    levels = "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in itertools.pairwise(letters))

    parsed = yaml_events.parsed(f"a: &a [lol]\n{levels}")

    assert [problem.rule for problem in parsed.problems] == ["yaml-limit"]
    assert not parsed.whole


SIGNS = "ab1:-[]{},&*!|>'\"#%@`~?<. \t\n\r\\xu\x00\x85\ufeff\U0001f600"
YAML_LIKE = st.text(alphabet=st.sampled_from(SIGNS), max_size=80)


@pytest.fixture(params=[yaml.CLoader, yaml.Loader], ids=["libyaml", "pure Python"], scope="module")
def _loader(request: pytest.FixtureRequest) -> Iterator[None]:
    """libyaml, and what takes its place where it is missing."""
    original, yaml_events._LOADER = yaml_events._LOADER, request.param
    yield
    yaml_events._LOADER = original


@settings(max_examples=400, deadline=None)
@given(text=YAML_LIKE | st.text(max_size=40))
@pytest.mark.usefixtures("_loader")
def test_no_text_raises_anything(text: str) -> None:
    parsed = yaml_events.parsed(text)

    assert parsed.whole or parsed.problems
    assert not parsed.whole or () in parsed.places


@pytest.mark.parametrize("text", [r'a: "\ud800"', r'"\udfff": a', r'a: "\U00110000"', "a: \x01", "a: [", "a:\n\t- b"])
@pytest.mark.usefixtures("_loader")
def test_text_that_is_no_yaml_is_one_syntax_problem(text: str) -> None:
    assert [problem.rule for problem in yaml_events.parsed(text).problems] == ["yaml-syntax"]


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=60))
def test_no_bytes_raise_anything(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    root = tmp_path_factory.mktemp("bytes", numbered=True)
    (root / "reconciler.yaml").write_bytes(content)

    loaded = load.documents(root)

    assert bool(loaded.documents) or bool(loaded.findings)


# JSON writes what lies beyond as two surrogates, which YAML does not know
SIGNS = st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]).filter(lambda sign: not hidden.escaped(sign))
TEXT = st.text(alphabet=SIGNS, min_size=1, max_size=8)
NUMBER = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(data=st.dictionaries(TEXT, PLAIN, min_size=1, max_size=4))
def test_json_is_read_as_it_was_written(data: dict[str, Any]) -> None:
    parsed = yaml_events.parsed(json.dumps(data))

    assert parsed.problems == ()
    assert parsed.data == data
    assert set(parsed.places) == set(_paths(data, ()))


def _paths(data: Any, path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(below for key, value in inner for below in _paths(value, (*path, key)))]


@pytest.mark.parametrize("sign", [*map(chr, (0x1B, 0x7F, 0x85, 0x9B, 0xAD, 0x200B, 0x202E, 0x2028, 0xFEFF))], ids=ascii)
@pytest.mark.parametrize("form", ['a: "%s"', '"%s": a', '- [{b: "%s"}]'])
def test_what_an_escape_hides_is_found(sign: str, form: str) -> None:
    parsed = yaml_events.parsed(form % f"x\\u{ord(sign):04x}y")
    assert [problem.rule for problem in parsed.problems] == ["hidden-character"]


@pytest.mark.parametrize("text", ["a: Zürich 日本 😀", "a: |\n  x\ty\n", 'a: "x\\ty\\n"', "a: نمی‌خواهم"], ids=ascii)
def test_what_is_written_in_any_script_hides_nothing(text: str) -> None:
    assert yaml_events.parsed(text).problems == ()
