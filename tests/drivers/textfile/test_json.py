"""The text of a JSON file before and after a change."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.drivers.textfile import json as json_text
from reconciler.drivers.textfile.format import Broken, Unwritable
from reconciler.model.text.scalar import as_text

SHOP = """\
{
    "name" : "Shop",
    "mail": {
        "host" : "old.example.com",
        "port": 25, "tls": false,
        "user": "",
        "from": null,
        "to": ["a@example.com", "b@example.com"]
    }
}
"""

CHANGES = [
    pytest.param({"mail.host": "new"}, {'"old.example.com"': '"new"'}, id="text"),
    pytest.param({"mail.port": 587}, {"25": "587"}, id="number"),
    pytest.param({"mail.tls": True}, {"false": "true"}, id="boolean"),
    pytest.param({"mail.from": 'é"\\'}, {"null": '"é\\"\\\\"'}, id="null-to-text"),
    pytest.param({"mail.user": 7}, {'"user": ""': '"user": "7"'}, id="what-was-text-stays-text"),
    pytest.param({"mail.to.1": "c"}, {'"b@example.com"': '"c"'}, id="item"),
    pytest.param({"mail.port": 1, "name": "b"}, {"25": "1", '"Shop"': '"b"'}, id="several"),
    pytest.param({"mail.port": None}, {'"port": 25, ': ""}, id="removed"),
    pytest.param({"name": None}, {'"name" : "Shop",\n    ': ""}, id="first-removed"),
    pytest.param({"mail.new": 1}, {'"b@example.com"]': '"b@example.com"],\n        "new" : 1'}, id="added"),
    pytest.param({"mail.from.name": "x"}, {"null": '{\n            "name" : "x"\n        }'}, id="below-null"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "edits"), CHANGES)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_changed_touches_the_managed_value_only(changes, edits, end) -> None:
    expected = SHOP
    for old, new in edits.items():
        expected = expected.replace(old, new, 1)
    assert json_text.changed(SHOP.replace("\n", end), changes) == expected.replace("\n", end)


PLACES = [
    pytest.param("", '{\n  "a": {\n    "b": 1\n  }\n}\n', id="empty"),
    pytest.param("{}", '{"a": {"b": 1}}', id="empty-object"),
    pytest.param("{\n}\n", '{\n  "a": {\n    "b": 1\n  }\n}\n', id="empty-object-on-two-lines"),
    pytest.param('{"a":{"c":2}}', '{"a":{"c":2,"b":1}}', id="one-line-without-spaces"),
    pytest.param('{"a": {"c": 2}}', '{"a": {"c": 2, "b": 1}}', id="one-line"),
    pytest.param('{"a.b": 7}', '{"a.b": 1}', id="dotted-key"),
    pytest.param('{\n\t"a": {}\n}', '{\n\t"a": {\n\t\t"b": 1\n\t}\n}', id="tabs"),
    pytest.param('{"a": {"b": 1.50e3}}', '{"a": {"b": 1}}', id="float"),
    pytest.param('{"\\u0061": {"b": "x"}}', '{"\\u0061": {"b": "1"}}', id="escaped-key"),
]


@pytest.mark.parametrize(("before", "after"), PLACES)
def test_changed_sets_a_key_wherever_it_stands(before, after) -> None:
    assert json_text.changed(before, {"a.b": 1}) == after


REMOVALS = [
    pytest.param('{"a": {"b": 1, "c": 2}}', '{"a": {"c": 2}}', id="first"),
    pytest.param('{"a": {"c": 2, "b": 1}}', '{"a": {"c": 2}}', id="last"),
    pytest.param('{"a": {\n  "b": 1\n}}', '{"a": {}}', id="only"),
    pytest.param('{"a": {"c": 2}}', '{"a": {"c": 2}}', id="not-there"),
]


@pytest.mark.parametrize(("before", "after"), REMOVALS)
def test_changed_removes_a_key_with_its_comma(before, after) -> None:
    assert json_text.changed(before, {"a.b": None}) == after


REFUSED = [
    pytest.param('{"a": {"b": 1, "b": 2}}', 1, "a.b is defined twice", id="twice"),
    pytest.param('{"a": {"b": 1}, "a.b": 2}', 1, "a.b is defined twice", id="twice-with-a-dot"),
    pytest.param('{"a": {}, "a": {}}', 1, "a is defined twice", id="parent-twice"),
    pytest.param('{"a": "text"}', 1, "not an object", id="text-parent"),
    pytest.param('{"a": {"b": [1]}}', 1, "is an array", id="list"),
    pytest.param('{"a": {"b": {}}}', 1, "is an object", id="object"),
    pytest.param("[1]", 1, "is not an object", id="list-root"),
    pytest.param('{"a": {}}', float("nan"), "not a JSON number", id="nan"),
]


@pytest.mark.parametrize(("text", "value", "what"), REFUSED)
def test_changed_refuses_what_would_touch_others(text, value, what) -> None:
    with pytest.raises(Unwritable, match=what):
        json_text.changed(text, {"a.b": value})


def test_changed_refuses_to_remove_an_item() -> None:
    with pytest.raises(Unwritable, match="an item of a list"):
        json_text.changed('{"a": [1]}', {"a.0": None})


BROKEN = [
    pytest.param('{"a": 1,}', "line 1", id="trailing-comma"),
    pytest.param('{"a": 1\n // c\n}', "line 2.*a comment, and JSON has none", id="comment"),
    pytest.param('{\n /* c */ "a": 1}', "line 2.*a comment, and JSON has none", id="comment-before-a-key"),
    pytest.param("# c\n{}", "line 1.*a comment, and JSON has none", id="comment-at-the-start"),
    pytest.param('{"password": "hunter2\n"}', "line 1.*unclosed(?!.*hunter2)", id="never-quotes-the-text"),
    pytest.param('{"a": hunter2}', "line 1.*not valid JSON(?!.*hunter2)", id="bare-word"),
    pytest.param('{"a": 1} {"b": 2}', "more than one value", id="two-values"),
    pytest.param("[" * 5000, "nested deeper", id="deep"),
    pytest.param('{"a": 01}', "line 1", id="octal"),
    pytest.param('{"a": NaN}', "line 1", id="nan"),
    pytest.param('{"a"', "line 1", id="cut-off"),
]


@pytest.mark.parametrize(("text", "what"), BROKEN)
def test_entries_says_where_a_text_is_broken(text, what) -> None:
    with pytest.raises(Broken, match=what):
        json_text.entries(text)


def test_entries_are_typed_as_json_types_them() -> None:
    text = '{"i": 25, "f": 1.0, "e": 1e2, "b": true, "n": null, "s": "25", "l": [1, {"x": "y"}], "o": {}}'
    expected = {"i": 25, "f": 1.0, "e": 100.0, "b": True, "n": None, "s": "25", "l.0": 1, "l.1.x": "y"}
    assert dict(json_text.entries(text)) == expected


NAME = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="."), min_size=1, max_size=4)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALAR = st.one_of(TEXT, st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False))
TREE = st.dictionaries(
    NAME,
    st.recursive(SCALAR, lambda below: st.dictionaries(NAME, below, max_size=3) | st.lists(below, max_size=2)),
    max_size=4,
)
INDENT = st.sampled_from([None, 0, 2, 4, "\t"])


def flat(tree: object, path: str = "") -> dict[str, object]:
    if not isinstance(tree, dict | list):
        return {path: tree}
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return {
        key: value
        for name, below in pairs
        for key, value in flat(below, f"{path}.{name}" if path else str(name)).items()
    }


@settings(max_examples=200, deadline=None)
@given(tree=TREE, indent=INDENT, ascii_only=st.booleans())
def test_entries_reads_what_the_standard_library_writes(tree, indent, ascii_only) -> None:
    text = json.dumps(tree, indent=indent, ensure_ascii=ascii_only)
    assert dict(json_text.entries(text)) == flat(tree)


@settings(max_examples=300, deadline=None)
@given(
    tree=TREE,
    indent=INDENT,
    path=st.lists(NAME, min_size=1, max_size=3),
    value=SCALAR,
    end=st.sampled_from(["\n", "\r\n"]),
    data=st.data(),
)
def test_every_other_value_and_every_other_line_stays(tree, indent, path, value, end, data) -> None:
    text = json.dumps(tree, indent=indent, ensure_ascii=False).replace("\n", end)
    key = data.draw(st.sampled_from([*flat(tree), ".".join(path)]))
    try:
        after = json_text.changed(text, {key: value})
    except Unwritable:
        return
    found = flat(json.loads(after))
    before = flat(tree)
    if value is not None:
        assert found[key] in (value, as_text(value))
    above = {key[:at] for at, letter in enumerate(key) if letter == "."} | {key}
    assert {k: v for k, v in found.items() if k not in above} == {k: v for k, v in before.items() if k not in above}
    start = next((at for at, (a, b) in enumerate(zip(text, after, strict=False)) if a != b), min(len(text), len(after)))
    assert after[:start] == text[:start]
    if key in before and value is not None:  # one span was replaced, and nothing else
        rest = len(json.dumps(before[key], ensure_ascii=False))
        at = next(entry.node.start for entry in _entries(text) if entry.key == key)
        assert after.startswith(text[:at])
        assert after.endswith(text[at + rest :])


def _entries(text: str):
    from reconciler.drivers.textfile.json_tree import entries, root

    return entries(root(text))
