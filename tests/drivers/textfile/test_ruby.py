"""The text of a Ruby file of assignments before and after a change."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.drivers.textfile import ruby as ruby_text
from reconciler.drivers.textfile.format import Unwritable

GITLAB = """\
external_url 'https://gitlab.example.com'
# gitlab_rails['smtp_enable'] = true
# gitlab_rails['smtp_address'] = "smtp.server"
gitlab_rails['smtp_port'] = 25   # the old one
gitlab_rails["smtp_user_name"] = "me";
gitlab_rails['smtp_tls'] = false
nginx['ssl'] = nil
gitlab_rails['smtp_password'] = ENV['PW']
"""

CHANGES = [
    pytest.param({"gitlab_rails.smtp_port": 587}, {"25": "587"}, id="number-and-comment"),
    pytest.param({"gitlab_rails.smtp_user_name": "a@b"}, {'"me"': '"a@b"'}, id="keeps-quotes"),
    pytest.param({"gitlab_rails.smtp_user_name": "#{x}"}, {'"me"': "'#{x}'"}, id="never-interpolates"),
    pytest.param({"gitlab_rails.smtp_tls": True}, {"false": "true"}, id="boolean"),
    pytest.param({"nginx.ssl": "x"}, {"nil": "'x'"}, id="nil"),
    pytest.param({"gitlab_rails.smtp_tls": None}, {"gitlab_rails['smtp_tls'] = false\n": ""}, id="removed"),
    pytest.param(
        {"gitlab_rails.smtp_enable": True},
        {"enable'] = true\n": "enable'] = true\ngitlab_rails['smtp_enable'] = true\n"},
        id="below-the-line-that-shows-it",
    ),
    pytest.param(
        {"gitlab_rails.new": "it's"},
        {"= false\n": "= false\ngitlab_rails['new'] = 'it\\'s'\n"},
        id="behind-the-last-of-its-hash",
    ),
    pytest.param({"other.new": 1}, {"ENV['PW']\n": "ENV['PW']\nother['new'] = 1\n"}, id="at-the-end"),
]


@pytest.mark.parametrize(("changes", "edits"), CHANGES)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_changed_touches_the_managed_value_only(changes, edits, end) -> None:
    expected = GITLAB
    for old, new in edits.items():
        expected = expected.replace(old, new)
    assert ruby_text.changed(GITLAB.replace("\n", end), changes) == expected.replace("\n", end)


REFUSED = [
    pytest.param("a['b'] = 1\na['b'] = 2\n", "x", "defined twice", id="twice"),
    pytest.param("a['b'] = ENV['B']\n", "x", "computed in Ruby", id="environment"),
    pytest.param("a['b'] = \"#{b}\"\n", "x", "computed in Ruby", id="interpolation"),
    pytest.param("a['b'] = 'x' if c\n", "x", "computed in Ruby", id="modifier"),
    pytest.param("a['b'] = 'x' +\n  'y'\n", "x", "computed in Ruby", id="expression"),
    pytest.param("a['b'] = {\n  'c' => 1\n}\n", "x", "computed in Ruby", id="hash"),
    pytest.param("a['b'] = <<-EOS\nx\nEOS\n", "x", "computed in Ruby", id="here-document"),
    pytest.param("if c\n  a['b'] = 'x'\nend\n", "x", "inside a block", id="condition"),
    pytest.param("%w(x).each do |c|\n  a['b'] = 'x'\nend\n", "x", "inside a block", id="loop"),
    pytest.param("", "x\ny", "line break", id="line-break"),
]


@pytest.mark.parametrize(("text", "value", "what"), REFUSED)
def test_changed_refuses_what_it_cannot_do_safely(text, value, what) -> None:
    with pytest.raises(Unwritable, match=what):
        ruby_text.changed(text, {"a.b": value})


def test_changed_refuses_a_name_that_is_none() -> None:
    with pytest.raises(Unwritable, match="is not a valid Ruby key"):
        ruby_text.changed("", {"external_url": "x"})


HIDDEN = [
    pytest.param("x = <<~'EOS'\na['b'] = 'x'\nEOS\n", id="here-document"),
    pytest.param("=begin\na['b'] = 'x'\n=end\n", id="comment-block"),
    pytest.param("# a['b'] = 'x'\n", id="comment"),
    pytest.param("c['d'] = [\n  a['b'] = 'x'\n]\n", id="brackets"),
    pytest.param("__END__\na['b'] = 'x'\n", id="data"),
    pytest.param("a['b'] == 'x'\n", id="comparison"),
]


@pytest.mark.parametrize("text", HIDDEN)
def test_entries_passes_over_what_is_no_assignment(text) -> None:
    assert [key for key, _ in ruby_text.entries(text) if key == "a.b"] == []


def test_a_key_behind_hidden_text_is_found_and_new_ones_stand_before_the_data() -> None:
    text = "x = <<~'EOS'\nif\nEOS\nif a then b end\na['b'] = 'x' # don't {\na['c'] = 1\n__END__\n"
    assert ruby_text.changed(text, {"a.b": "y", "z.z": True}) == text.replace("'x'", "'y'").replace(
        "__END__", "z['z'] = true\n__END__"
    )


def test_entries_reads_literals_and_shows_the_rest_as_written() -> None:
    text = "a['a'] = 'it\\'s \\n'\na['b'] = \"x\\ty \\#\"\na['c'] = -1\na['d'] = nil\na['e'] = :login\na['f'] = b + 1\n"
    expected = {"a.a": "it's \\n", "a.b": "x\ty #", "a.c": -1, "a.d": None, "a.e": ":login", "a.f": "b + 1"}
    assert dict(ruby_text.entries(text)) == expected


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=16)
HARD = st.text(st.sampled_from("ab \\'\"#{}$@\t;"), max_size=10)


@settings(max_examples=300, deadline=None)
@given(
    value=TEXT | HARD | st.integers() | st.booleans(),
    old=st.sampled_from(["1", "'x'", '"x"', "nil", "'x' # c", '"x";']),
)
def test_what_is_written_is_read(value, old) -> None:
    text = ruby_text.changed(f"a['b'] = 1\na['c'] = {old}\na['d'] = 2\n", {"a.c": value})
    found = dict(ruby_text.entries(text))
    assert found["a.c"] in (value, str(value))
    assert (found["a.b"], found["a.d"]) == (1, 2)
    assert text.startswith("a['b'] = 1\na['c'] = ")
    assert text.endswith("\na['d'] = 2\n")
    assert len(text.split("\n")) == 4


def test_a_last_line_without_an_end_is_changed_after_a_new_one_has_been_put_below_it() -> None:
    text = ruby_text.changed("gitlab_rails['a'] = 'x'", {"gitlab_rails.b": "h", "gitlab_rails.a": "c"})
    assert text == "gitlab_rails['a'] = 'c'\ngitlab_rails['b'] = 'h'"
