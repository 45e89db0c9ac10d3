"""The text of a YAML file before and after a change."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.drivers.textfile import yaml as yaml_text
from reconciler.drivers.textfile.format import Broken, Unwritable
from reconciler.model.text.yaml_scalar import written

SHOP = """\
# the shop
name: Shop   # shown to customers
mail:
    from: "shop@example.com"
    smtp:
        host: 'old.example.com'  # relay
        port: 25
        tls: yes

features: [a,
   b]
"""

CHANGES = [
    pytest.param({"mail.smtp.host": "new.example.com"}, {"'old.example.com'": "'new.example.com'"}, id="keeps-quotes"),
    pytest.param({"mail.smtp.port": 587}, {"port: 25": "port: 587"}, id="int"),
    pytest.param({"mail.smtp.tls": True}, {"tls: yes": "tls: true"}, id="bool"),
    pytest.param({"mail.smtp.port": None}, {"        port: 25\n": ""}, id="removed"),
    pytest.param({"mail.smtp.user": "x"}, {"tls: yes\n": "tls: yes\n        user: x\n"}, id="added-in-place"),
    pytest.param({"mail.pop.host": "x"}, {"tls: yes\n": "tls: yes\n    pop:\n        host: x\n"}, id="added-nested"),
    pytest.param({"a.b": "no"}, {"   b]\n": "   b]\na:\n    b: 'no'\n"}, id="added-at-the-end"),
]


@pytest.mark.parametrize(("changes", "edits"), CHANGES)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_changed_touches_the_managed_value_only(changes, edits, end) -> None:
    expected = SHOP
    for old, new in edits.items():
        expected = expected.replace(old, new)
    assert yaml_text.changed(SHOP.replace("\n", end), changes) == expected.replace("\n", end)


PLACES = [
    pytest.param("", "a:\n  b: 1\n", id="empty"),
    pytest.param("# only this", "# only this\na:\n  b: 1\n", id="comment-without-line-end"),
    pytest.param("---\n", "---\na:\n  b: 1\n", id="marker"),
    pytest.param("a:\n# c\n", "a:\n  b: 1\n# c\n", id="null-parent"),
    pytest.param("a: ~  # c", "a:   # c\n  b: 1", id="tilde-parent"),
    pytest.param("a: {}\n", "a: {b: 1}\n", id="empty-flow"),
    pytest.param("a: {c: 2,}\n", "a: {c: 2, b: 1,}\n", id="flow-with-trailing-comma"),
    pytest.param('{"a": {"c": "x"}}', '{"a": {"c": "x", "b": 1}}', id="json"),
    pytest.param("x: 1\na: {b: 5, c: 2}", "x: 1\na: {b: 1, c: 2}", id="flow-value"),
    pytest.param("a.b: 7\n", "a.b: 1\n", id="dotted-key"),
    pytest.param("a:\n  b: |  # why\n    text\n\nz: 1\n", "a:\n  b: 1  # why\n\nz: 1\n", id="block-scalar"),
    pytest.param("a:\n  c: |+\n    text\n\nz: 1\n", "a:\n  c: |+\n    text\n\n  b: 1\nz: 1\n", id="after-block-scalar"),
    pytest.param("a:\n  b:\nz: 1\n", "a:\n  b: 1\nz: 1\n", id="null-value"),
    pytest.param("a:\n  b: !ENV ${X}\n", "a:\n  b: 1\n", id="own-tag"),
    pytest.param("a:\n  c: 2", "a:\n  c: 2\n  b: 1", id="no-final-line-end"),
    pytest.param("d: &d {b: 5}\na:\n  <<: *d\n", "d: &d {b: 5}\na:\n  <<: *d\n  b: 1\n", id="over-a-merge"),
    pytest.param("d: &d 5\na:\n  b: *d\n", "d: &d 5\na:\n  b: 1\n", id="alias"),
    pytest.param('a:\n  b: "5"\n', 'a:\n  b: "1"\n', id="quoted-number-stays-quoted"),
]


@pytest.mark.parametrize(("before", "after"), PLACES)
def test_changed_sets_a_key_wherever_it_stands(before, after) -> None:
    assert yaml_text.changed(before, {"a.b": 1}) == after
    assert dict(yaml_text.entries(after))["a.b"] in (1, "1")


REMOVALS = [
    pytest.param("a:\n  b: 1  # gone\n  # stays\n  c: 2\n", "a:\n  # stays\n  c: 2\n", id="with-its-comment"),
    pytest.param("a:\n  b: 1\n", "a:\n", id="last-of-its-mapping"),
    pytest.param("a: {b: 1, c: 2}\n", "a: {c: 2}\n", id="flow-first"),
    pytest.param("a: {c: 2, b: 1}\n", "a: {c: 2}\n", id="flow-last"),
    pytest.param("a: {b: 1,}\n", "a: {}\n", id="flow-only"),
    pytest.param("a: {\n  c: 2,\n  b: 1,\n}\n", "a: {\n  c: 2,\n}\n", id="flow-lines"),
    pytest.param("a:\n  b: >\n    x\n    y\n\nz: 1\n", "a:\nz: 1\n", id="block-scalar"),
    pytest.param("a:\n  c: 1\n", "a:\n  c: 1\n", id="not-there"),
]


@pytest.mark.parametrize(("before", "after"), REMOVALS)
def test_changed_removes_a_key_with_its_line(before, after) -> None:
    assert yaml_text.changed(before, {"a.b": None}) == after


REFUSED = [
    pytest.param("a: {b: 1, b: 2}", 1, "a.b is defined twice", id="twice"),
    pytest.param("a: {b: &x 1}\nc: *x", 1, "an anchor", id="anchor"),
    pytest.param("c: &x {b: 1}\na: *x", 1, "others share", id="alias-parent"),
    pytest.param("c: &x {b: 1}\na:\n  <<: *x", None, "cannot be removed", id="remove-from-merge"),
    pytest.param("a: text", 1, "not a mapping", id="scalar-parent"),
    pytest.param("a:\n  b: [1]", 1, "is a sequence", id="list"),
    pytest.param("- a", 1, "holds a sequence", id="list-root"),
]


@pytest.mark.parametrize(("text", "value", "what"), REFUSED)
def test_changed_refuses_what_would_touch_others(text, value, what) -> None:
    with pytest.raises(Unwritable, match=what):
        yaml_text.changed(text, {"a.b": value})


BROKEN = [
    pytest.param("a: [", "line [12]", id="unclosed"),
    pytest.param("password: @secret", "line 1.*character(?!.*secret)", id="never-quotes-the-text"),
    pytest.param("a: 1\n---\nb: 2\n", "several documents", id="documents"),
    pytest.param("[" * 5000, "nested deeper", id="deep"),
    pytest.param("a: \x01", "not valid YAML", id="control-character"),
    pytest.param(
        "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40)),
        "aliases",
        id="merge-bomb",
    ),
    pytest.param(
        "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)), "aliases", id="bomb"
    ),
    pytest.param("a: &a {b: *a}", "aliases", id="cycle"),
]


@pytest.mark.parametrize(("text", "what"), BROKEN)
def test_entries_says_where_a_text_is_broken(text, what) -> None:
    with pytest.raises(Broken, match=what):
        yaml_text.entries(text)


def test_entries_are_typed_by_the_core_schema() -> None:
    text = "i: 25\nb: true\nyes: yes\no: 0o17\nf: 1.5\nq: '25'\nn: ~\nt: 12:30\nl: 0600\ns: !!str 7\nx: !ENV X\n"
    values = {"i": 25, "b": True, "yes": "yes", "o": 15, "f": 1.5, "q": "25", "n": None, "t": "12:30", "l": 600}
    assert dict(yaml_text.entries(text)) == values | {"s": "7", "x": "!ENV X"}


def test_entries_shows_what_aliases_and_merges_bring() -> None:
    text = "d: &d {host: h, port: 1}\na:\n  <<: *d\n  port: 2\nb: *d\nh: &h x\nc: *h\n"
    found = yaml_text.entries(text)
    assert {"a.host": "h", "a.port": 2, "b.host": "h", "c": "x"}.items() <= dict(found).items()
    assert [key for key, _ in found].count("a.port") == 1


NASTY = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(
        ["", " ", "yes", "null", "~", "1e5", "0x1f", "1:30", "a: b", "a #b", "'", '"', "\\", "{", "x\ny", "\x85"]
    ),
    st.integers(),
    st.booleans(),
)


@settings(max_examples=200, deadline=None)
@given(value=NASTY, old=st.sampled_from(["x", "'x'", '"x"', "|\n    x\n", "{}", "~", ""]))
@example(value="\u2028\ufeff\x7f", old="x")
def test_what_is_written_is_read_by_us_and_by_yaml_1_1(value, old) -> None:
    text = yaml_text.changed(f"top: 1\na:\n  c: {{}}\n  b: {old if old != '{}' else 'x'}\nend: 2\n", {"a.b": value})
    found = dict(yaml_text.entries(text))["a.b"]
    assert found == value or found == str(value).lower()
    assert (found, 1, 2) == ((data := yaml.safe_load(text))["a"]["b"], data["top"], data["end"])


WORD = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True).filter(lambda word: not written(word).startswith("'"))
VALUE = st.sampled_from(
    [
        "1",
        "x y",
        "'q'  # c",
        '"d"',
        "[1,\n                2]",
        "{k: v}",
        "|\n                a\n\n                # b",
        ">-\n                f",
        "~",
        "",
    ]
)
TREE = st.recursive(VALUE, lambda below: st.dictionaries(WORD, below, min_size=1, max_size=4), max_leaves=8)
NOISE = st.sampled_from(["", "# note\n", "\n", "   # odd\n\n"])


@st.composite
def texts(draw) -> str:
    def lines(tree: dict, depth: int) -> str:
        text = ""
        for key, value in tree.items():
            text += draw(NOISE) + "  " * depth + key + ":"
            text += "\n" + lines(value, depth + 1) if isinstance(value, dict) else f" {value}".rstrip(" ") + "\n"
        return text

    text = lines(draw(st.dictionaries(WORD, TREE, min_size=1, max_size=4)), 0)
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@settings(max_examples=150, deadline=None)
@given(text=texts(), path=st.lists(WORD, min_size=1, max_size=3), value=NASTY, data=st.data())
def test_every_other_line_keeps_its_bytes(text, path, value, data) -> None:
    scalars = [key for key, _ in yaml_text.entries(text) if not key.rpartition(".")[2].isdigit()]
    key = data.draw(st.sampled_from([*scalars, ".".join(path)]))
    try:
        after = yaml_text.changed(text, {key: value})
    except Unwritable:
        return
    there = [
        (name, repr(found)) for name, found in yaml_text.entries(text) if name != key and not key.startswith(f"{name}.")
    ]
    assert [(n, repr(v)) for n, v in yaml_text.entries(after) if n != key and not key.startswith(f"{n}.")] == there
    assert _in_order(_other_lines(text, key), after.splitlines(keepends=True))


def _other_lines(text: str, key: str) -> list[str]:
    """All lines but those that the key's own value, or a null above it, stands in."""
    from reconciler.drivers.textfile.yaml_nodes.tree import entries

    skip: set[int] = set()
    for entry in entries(text):
        if entry.key == key or (key.startswith(f"{entry.key}.") and entry.node.kind != "mapping") or entry.node.flow:
            first, last = (
                text.count("\n", 0, at) for at in (entry.key_node.start if entry.key_node else 0, entry.node.end)
            )
            skip.update(range(first, last + 1))
    return [line for number, line in enumerate(text.splitlines(keepends=True)) if number not in skip]


def _in_order(lines: list[str], whole: list[str]) -> bool:
    rest = iter(whole)
    return all(line in rest for line in lines)
