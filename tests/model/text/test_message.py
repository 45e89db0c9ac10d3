"""Messages that name settings: made once, in the words of files and in those of flags."""

import copy

import pytest

from reconciler.model.text.message import Message, in_flags, worded


@pytest.mark.parametrize(
    ("template", "files", "flags"),
    [
        ("port 465 with {encryption:tls}", "port 465 with encryption: tls", "port 465 with --encryption tls"),
        ("change to {auth:oauth2}", "change to auth: oauth2", "change to --auth oauth2 --token-env"),
        ("or {auth:basic}", "or auth: basic", "or --auth basic"),
        ("the CA in {ca_file}", "the CA in ca_file", "the CA in --ca-file"),
        (
            "{encryption:none} is {declared}, and allowed",
            "encryption: none is declared, and allowed",
            "--encryption none is given, and allowed",
        ),
        ("mail to {recipient}", "mail to verify.recipient", "mail to --recipient"),
        ("{declare:sender}", "declare a sender", "give a --sender"),
    ],
)
def test_one_template_has_the_words_of_files_and_of_flags(template: str, files: str, flags: str) -> None:
    assert (str(worded(template)), in_flags(worded(template))) == (files, flags)


def test_a_value_is_never_looked_into() -> None:
    said = worded("{ca_file} is {path}", path="/etc/ca_file/{auth:basic}.pem")
    assert (str(said), said.flags) == (
        "ca_file is /etc/ca_file/{auth:basic}.pem",
        "--ca-file is /etc/ca_file/{auth:basic}.pem",
    )


def test_a_message_inside_a_message_keeps_its_words() -> None:
    assert (
        in_flags(worded("renew it in {where}", where=worded("what {ca_file} holds")))
        == "renew it in what --ca-file holds"
    )


def test_text_without_a_setting_is_the_same_in_both() -> None:
    assert in_flags("encryption: tls, as a server says") == "encryption: tls, as a server says"


def test_copies_keep_both() -> None:
    assert copy.deepcopy(worded("{ca_file}")).flags == "--ca-file"


def test_a_field_that_is_neither_setting_nor_value_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        worded("{caflie}")
    with pytest.raises(TypeError):
        worded("{via}", via="ssh://host")


def test_it_is_text_like_any_other() -> None:
    assert Message("a", "b") == "a"
    assert hash(Message("a", "b")) == hash("a")
