"""Keys that hold their whole path, and files of several documents."""

from __future__ import annotations

import pytest

from reconciler.drivers.textfile import yaml
from reconciler.drivers.textfile.format import Broken, Unwritable
from reconciler.drivers.textfile.yaml_nodes.tree import of_profiles

CASES = [
    pytest.param("yaml", "mail.host: smtp\n", {"mail.port": 25}, "mail.host: smtp\nmail.port: 25\n", id="F8-flat"),
    pytest.param("yaml", "a.b: 1\n", {"mail.port": 25}, "a.b: 1\nmail.port: 25\n", id="F8-all-of-the-file-is-flat"),
    pytest.param(
        "yaml", "a.b: 1\nc: {d: 2}\n", {"mail.port": 25}, "a.b: 1\nc: {d: 2}\nmail:\n  port: 25\n", id="F8-both-kinds"
    ),
    pytest.param(
        "spring",
        "spring.mail.host: x\nspring:\n  application: {name: a}\n",
        {"spring.mail.port": 25},
        "spring.mail.host: x\nspring:\n  application: {name: a}\nspring.mail.port: 25\n",
        id="F8-flat-beside-nested",
    ),
    pytest.param(
        "spring",
        "spring.mail:\n  host: x\n",
        {"spring.mail.port": 25},
        "spring.mail:\n  host: x\n  port: 25\n",
        id="F8-nested-below-flat",
    ),
    pytest.param(
        "spring",
        'mail:\n  "[mail.smtp.auth]": false\n',
        {"mail.mail.smtp.auth": True, "mail.mail.smtp.ssl": False},
        "mail:\n  \"[mail.smtp.auth]\": true\n  '[mail.smtp.ssl]': false\n",
        id="F8-brackets",
    ),
    pytest.param(
        "spring",
        "mail:\n  p[mail.smtp.auth]: false\n",
        {"mail.p.mail.smtp.auth": True},
        "mail:\n  p[mail.smtp.auth]: true\n",
        id="F8-brackets-behind-a-name",
    ),
]


@pytest.mark.parametrize(("reader", "text", "changes", "after"), CASES)
def test_a_key_is_written_as_those_beside_it_are(
    reader: str, text: str, changes: dict[str, object], after: str
) -> None:
    assert yaml.changed(text, changes, reader) == after


def test_a_bracketed_key_is_taken_out() -> None:
    assert yaml.changed("a:\n  '[b.c]': 1\n  d: 2\n", {"a.b.c": None}, "spring") == "a:\n  d: 2\n"


def test_brackets_are_part_of_a_name_to_other_readers() -> None:
    assert dict(yaml.entries("'[a.b]': 1\n")) == {"[a.b]": 1}


def test_a_path_that_could_be_either_is_asked_for() -> None:
    with pytest.raises(Unwritable, match=r"mail\.user could stand below mail or beside mail\.port"):
        yaml.changed("mail: {host: a}\nmail.port: 1\n", {"mail.user": "u"})


ORDERS = [
    pytest.param("a: {b: 1}\n", "spring: {config: {activate: {on-profile: prod}}}\na: {b: 2}\n", id="ours-first"),
    pytest.param("spring.profiles: prod\na: {b: 2}\n", "# ours\na: {b: 1}\n", id="ours-last"),
]


@pytest.mark.parametrize(("first", "second"), ORDERS)
def test_of_several_documents_the_one_for_no_profile_is_managed(first: str, second: str) -> None:
    text = f"{first}---\n{second}"
    assert dict(yaml.entries(text, "spring")) == {"a.b": 1}
    assert yaml.changed(text, {"a.b": 3}, "spring") == text.replace("b: 1", "b: 3")
    assert "a.b" in of_profiles(text, "spring")


def test_an_empty_document_counts_for_nothing() -> None:
    assert dict(yaml.entries("---\n# nothing\n---\na: 1\n", "spring")) == {"a": 1}


def test_two_documents_for_everybody_are_not_chosen_between() -> None:
    with pytest.raises(Broken, match="2 of its 2 documents are for no profile"):
        yaml.entries("a: 1\n---\na: 2\n", "spring")


def test_active_profiles_make_no_document_of_a_profile() -> None:
    text = "spring.profiles.active: prod\n---\nspring.config.activate.on-profile: prod\na: 1\n"
    assert dict(yaml.entries(text, "spring")) == {"spring.profiles.active": "prod"}


def test_several_documents_are_one_file_to_spring_only() -> None:
    with pytest.raises(Broken, match="several documents"):
        yaml.entries("a: 1\n---\nb: 1\n")
