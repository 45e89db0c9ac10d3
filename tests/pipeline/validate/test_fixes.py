"""`--fix` puts right what follows from what is written, and nothing that somebody has to decide."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.commandline import inside
from support.site import Site

from reconciler.model.finding import Finding, Severity
from reconciler.model.source import Position
from reconciler.pipeline.validate import fixes


def relay(**settings: str) -> str:
    known = {"host": "localhost", "port": "587", "encryption": "starttls", "auth": "none"} | settings
    return f"relays: {{a: {{{', '.join(f'{key}: {value}' for key, value in known.items())}}}}}\n"


@pytest.mark.parametrize(
    ("setting", "wrong", "right"),
    [
        ("port", '"587"', "587"),
        ("encryption", "ssl", "tls"),
        ("encryption", "STARTTLS", "starttls"),
        ("encryption", "false", "none"),
        ("host", '" localhost "', "localhost"),
    ],
)
def test_a_value_is_put_right_and_all_else_stays(fake_site: Site, setting: str, wrong: str, right: str) -> None:
    fake_site.stage("dev", text=relay(**{setting: wrong}) + "# a comment, and an umlaut: ü\nprotected: false\n")
    file = fake_site.root / "dev/environment.yaml"
    before = file.read_text("utf-8")
    told = inside("validate", "--fix")
    assert file.read_text("utf-8") == before.replace(f"{setting}: {wrong}", f"{setting}: {right}")
    assert f"now {right}" in told.err
    assert told.code == 0 or setting == "encryption", told.text  # tls at port 587 is for somebody to decide


@pytest.mark.parametrize(
    "text",
    [
        relay(encryption="startls"),  # a guess
        relay(host="smtp.example.com:25"),  # two keys
        relay(host="http://localhost"),
        relay(username="x", password="hunter2", auth="basic"),
        "prot: 1\n",
        "relays: {a: {host: localhost\n",
    ],
)
def test_what_somebody_has_to_decide_stays(fake_site: Site, text: str) -> None:
    fake_site.stage("dev", text=text)
    file = fake_site.root / "dev/environment.yaml"
    before = file.read_bytes()
    assert inside("validate", "--fix").code == 3
    assert file.read_bytes() == before


def test_line_ends_and_a_byte_order_mark_stay(fake_site: Site) -> None:
    fake_site.stage("dev")
    file = fake_site.root / "dev/environment.yaml"
    file.write_bytes(b'\xef\xbb\xbforder: "10"\r\nprotected: "yes"\r\n')
    assert inside("validate", "--fix").code == 0
    assert file.read_bytes() == b"\xef\xbb\xbforder: 10\r\nprotected: true\r\n"


def test_only_the_named_files_are_touched(fake_site: Site) -> None:
    for name in ("dev", "test"):
        fake_site.stage(name)
        fake_site.write(f"{name}/environment.yaml", 'order: "10"\n')
    assert inside("validate", "--fix", "environments/dev").code == 0
    assert (fake_site.root / "dev/environment.yaml").read_text("utf-8") == "order: 10\n"
    assert (fake_site.root / "test/environment.yaml").read_text("utf-8") == 'order: "10"\n'


def test_a_replacement_that_would_say_more_is_thrown_away() -> None:
    finding = Finding(
        severity=Severity.ERROR,
        rule="x",
        what="x",
        where=Position(file="f", line=1, column=4),
        replacement="1, b: 2",
    )
    assert fixes.fixed("a: 5\n", [finding]) == ("a: 5\n", ())
    assert Path("f").exists() is False
