"""The text of an INI file before and after a change."""

from __future__ import annotations

import configparser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.drivers.textfile import ini as ini_text
from reconciler.drivers.textfile.format import Unwritable

GRAFANA = """\
; app_mode = production

[server]
domain = grafana.example.com
http_port : 3000  ; default

#### SMTP ####
[smtp]
;enabled = false
;host = localhost:25
user=me
password = \"\"\"a#b\"\"\"   # c
from_name = "Grafana"
  skip_verify = false
[auth.anonymous]
enabled = true
"""

CHANGES = [
    pytest.param({"smtp.user": "you"}, {"user=me": "user=you"}, id="no-spaces"),
    pytest.param({"server.http_port": 80}, {"3000": "80"}, id="colon-and-comment"),
    pytest.param({"smtp.password": "c;d"}, {"a#b": "c;d"}, id="triple-quotes"),
    pytest.param({"smtp.from_name": "It's"}, {'"Grafana"': '"It\'s"'}, id="keeps-quotes"),
    pytest.param({"smtp.from_name": "a #b"}, {'"Grafana"': '"""a #b"""'}, id="a-comment-sign-needs-three"),
    pytest.param({"smtp.skip_verify": True}, {"  skip_verify = false": "  skip_verify = true"}, id="indented"),
    pytest.param({"auth.anonymous.enabled": False}, {"enabled = true": "enabled = false"}, id="dotted-section"),
    pytest.param({"smtp.user": None}, {"user=me\n": ""}, id="removed"),
    pytest.param({"smtp.host": "h:25"}, {":25\n": ":25\nhost = h:25\n"}, id="below-the-line-that-shows-it"),
    pytest.param({"smtp.new": "x"}, {"_verify = false\n": "_verify = false\nnew = x\n"}, id="at-the-sections-end"),
    pytest.param({"auth.anonymous.new": "x"}, {"enabled = true\n": "enabled = true\nnew = x\n"}, id="at-the-end"),
    pytest.param({"emails.a": "x"}, {"enabled = true\n": "enabled = true\n\n[emails]\na = x\n"}, id="new-section"),
    pytest.param({"app_mode": "x"}, {"production\n": "production\napp_mode = x\n"}, id="no-section"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "edits"), CHANGES)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_changed_touches_the_managed_value_only(changes, edits, end) -> None:
    expected = GRAFANA
    for old, new in edits.items():
        expected = expected.replace(old, new)
    assert ini_text.changed(GRAFANA.replace("\n", end), changes) == expected.replace("\n", end)


PLACES = [
    pytest.param("", "[a]\nb = 1\n", id="empty"),
    pytest.param("[a]", "[a]\nb = 1", id="no-final-line-end"),
    pytest.param("[a]\nb", "[a]\nb = 1\nb", id="line-without-a-delimiter"),
    pytest.param("[a]\nb =\n", "[a]\nb =1\n", id="no-value"),
    pytest.param("[a]\nb = ; c\n", "[a]\nb = 1 ; c\n", id="comment-for-value"),
    pytest.param("x = 1", "x = 1\n\n[a]\nb = 1\n", id="section-behind-an-open-line"),
    pytest.param("[a]\nb = 1\n[c]\n[a]\nd=2\n", "[a]\nb = 1\n[c]\n[a]\nd=2\n", id="as-it-is"),
    pytest.param("[a] ; first\n", "[a] ; first\nb = 1\n", id="comment-behind-a-section"),
]


@pytest.mark.parametrize(("before", "after"), PLACES)
def test_changed_sets_a_key_wherever_it_stands(before, after) -> None:
    assert ini_text.changed(before, {"a.b": 1}) == after
    assert dict(ini_text.entries(after))["a.b"] == "1"


REFUSED = [
    pytest.param("[a]\nb = 1\nb = 2\n", "x", "a.b is defined twice", id="twice"),
    pytest.param("[a]\nb = 1\n[a]\nb = 2\n", "x", "a.b is defined twice", id="twice-in-two-parts"),
    pytest.param("b.c = 1\n", "x\ny", "line break", id="line-break"),
    pytest.param('[a]\nb = """x\ny"""\n', "x", "several lines", id="value-over-two-lines"),
    pytest.param("[a]\nb = x \\\n  y\n", "x", "several lines", id="line-continues"),
    pytest.param("[a]\nb = x\n  y\n", "x", "may belong to it", id="indented-follower"),
    pytest.param('[a]\nb = """x""" y\n', "x", "after its closing quote", id="text-behind-quotes"),
    pytest.param("[a]\n", "%(HOME)s", "a value holds", id="percent"),
    pytest.param("[a]\n", "a${HOME}", "a value holds", id="dollar"),
    pytest.param("[a]\n", "$__file{/x}", "a value holds", id="dollar-file"),
]


@pytest.mark.parametrize(("text", "value", "what"), REFUSED)
def test_changed_refuses_what_it_cannot_do_safely(text, value, what) -> None:
    with pytest.raises(Unwritable, match=what):
        ini_text.changed(text, {"a.b": value})


@pytest.mark.parametrize("key", ["a.b c", "a.[b", "a.", "[.b"])
def test_changed_refuses_a_name_that_is_none(key) -> None:
    with pytest.raises(Unwritable, match="is not a valid name"):
        ini_text.changed("", {key: "x"})


def test_entries_takes_the_value_as_grafana_does() -> None:
    text = 'a = x;y\nb = \'#\'\nc = "x" # y\nd = `#;`\ne = """"q""""\nf =\n;g = 1\n[s] # c\nh: 1=2\n'
    expected = {"a": "x", "b": "'", "c": "x", "d": "#;", "e": '"q"', "f": "", "s.h": "1=2"}
    assert dict(ini_text.entries(text)) == expected


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=16)
HARD = st.text(st.sampled_from("ab \\'\"#;`=:[]%\t\x85"), max_size=10)


@settings(max_examples=300, deadline=None)
@given(value=TEXT | HARD, old=st.sampled_from(["", "x", "'x'", '"x"', '"""x"""', "x ; c", '"x" # c', "`x`"]))
@example(value='"""', old="x")
@example(value="\\", old="'x'")
def test_what_is_written_is_read(value, old) -> None:
    try:
        text = ini_text.changed(f"[a]\nb=1\nc={old}\nd=2\n", {"a.c": value})
    except Unwritable:
        assert "${" in value or "%(" in value
        return
    assert dict(ini_text.entries(text)) == {"a.b": "1", "a.c": value, "a.d": "2"}
    assert text.startswith("[a]\nb=1\nc=")
    assert text.endswith("\nd=2\n")


PLAIN = st.text(st.sampled_from("abc @.-_/<>"), max_size=10).map(str.strip)


@settings(max_examples=100, deadline=None)
@given(value=PLAIN)
def test_a_plain_value_is_read_alike_by_configparser(value) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(ini_text.changed("[a]\nx = 1\n", {"a.b": value}))
    assert parser["a"]["b"] == value


NAME = st.from_regex(r"[a-z][a-z_]{0,4}", fullmatch=True)
LINE = st.one_of(
    st.builds("{} = {}".format, NAME, st.sampled_from(["1", "a b", '"""q # r"""', '"d"  ; c', "", "; c", "x;y"])),
    st.builds("[{}]".format, NAME),
    st.builds(";{} = x".format, NAME),
    st.sampled_from(["", "# note", "   ; odd", "\t", "nothing"]),
)


@settings(max_examples=300, deadline=None)
@given(
    lines=st.lists(LINE, max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    final=st.booleans(),
    key=st.lists(NAME, min_size=1, max_size=2).map(".".join),
    value=st.none() | TEXT | HARD,
    data=st.data(),
)
def test_every_other_line_keeps_its_bytes(lines, end, final, key, value, data) -> None:
    text = end.join(lines) + (end if final else "")
    there = dict(ini_text.entries(text))
    key = data.draw(st.sampled_from([key, *there]))
    try:
        after = ini_text.changed(text, {key: value})
    except Unwritable:
        return
    found = dict(ini_text.entries(after))
    assert found.get(key) == value
    assert {k: v for k, v in found.items() if k != key} == {k: v for k, v in there.items() if k != key}
    mine = [line for line in text.split(end) if line.partition("=")[0].strip() == key.rpartition(".")[2]]
    rest = iter(after.replace("\r\n", "\n").split("\n"))
    assert all(line in rest for line in text.split(end) if line and line not in mine)


def test_a_last_line_without_an_end_is_changed_after_a_new_one_has_been_put_below_it() -> None:
    text = ini_text.changed("[smtp]\nuser = a", {"smtp.host": "h", "smtp.user": "b"})
    assert text == "[smtp]\nuser = b\nhost = h"
