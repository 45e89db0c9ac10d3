"""Writes docs/relay-shapes.md: the shapes of relays, and who would have said of each that it works.

python docs/relay_shapes.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "tests"), str(TOP / "examples")]

from clients import agreement, recordings, said  # noqa: E402
from clients.clients import CLIENTS  # noqa: E402
from clients.said import Said  # noqa: E402
from lab.servers.shaped.shape import shapes  # noqa: E402

PAGE = TOP / "docs/relay-shapes.md"
_HEAD = """# Shapes of relays

Relays differ, and so do the mail clients of applications. This page is made from data: {shapes} shapes of relays, which
one scripted server takes on (`examples/lab/servers/shaped/shapes.yaml`), and what {clients} real clients did at each
(`tests/clients/recordings`; `make clients` runs them anew). A test holds each prediction to these recordings.

A client *works* at a relay where the relay got the mail, the application said so, and login and TLS were as its
settings want them. The other columns count for how many clients each would have been right about that: swaks, run as
people run it, with TLS and a login by whatever is offered; the application's own test button, where there is one; our
prediction from all that such a relay does; and `reconciler verify`, which knows what one session saw, at level message,
with the settings that the application has. A test button sends with the very client, so it is wrong only where that
client reports what is not so; but it is there after the change, for one application, and not for all.
"""


def main() -> int:
    PAGE.write_text(page(), "utf-8")
    return 0


def page() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    found = sorted(said.all_said(), key=lambda one: one.shape)
    by_shape = {name: tuple(those) for name, those in groupby(found, key=lambda one: one.shape)}
    yield _HEAD.format(shapes=len(shapes()), clients=len(CLIENTS))
    yield "| shape | what it does | works for | swaks | test buttons | prediction | one session |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for shape in shapes():
        yield _row(f"`{shape.name}`", shape.about, by_shape[shape.name])
    yield _row("**all**", "", found)
    yield from _clients(found)
    yield from _buttons()
    yield from _exceptions()


def _row(name: str, about: str, those: Sequence[Said]) -> str:
    buttons = [one.button for one in those if one.button is not None]
    works = f"{sum(one.works for one in those)} of {len(those)}"
    right = [sum(getattr(one, who) for one in those) for who in ("swaks", "ours", "session")]
    return f"| {name} | {about} | {works} | {right[0]} | {sum(buttons)} of {len(buttons)} | {right[1]} | {right[2]} |"


def _clients(found: Sequence[Said]) -> Iterator[str]:
    yield from (
        "",
        "## By client",
        "",
        "| client | version | works at | swaks is right | its button | prediction | one session |",
    )
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for client in CLIENTS:
        those = [one for one in found if one.client == client.name]
        buttons = [one.button for one in those if one.button is not None]
        button = f"{sum(buttons)} of {len(buttons)}" if buttons else "there is none"
        counts = f"{sum(one.works for one in those)} of {len(those)} | {sum(one.swaks for one in those)} | {button}"
        version = recordings.load(client.name)["version"]
        right = [sum(getattr(one, who) for one in those) for who in ("ours", "session")]
        yield f"| `{client.name}` | {version} | {counts} | {right[0]} | {right[1]} |"


def _buttons() -> Iterator[str]:
    yield from ("", "## Test buttons", "", "| client | button | what it does | source |", "| --- | --- | --- | --- |")
    does = {"mail": "sends a mail by the same client", "login": "connects and logs in, and sends nothing"}
    for name, one in said.BUTTONS.items():
        yield f"| `{name}` | {one['button']} | {does[one['does']]} | {one['source']} |"


def _exceptions() -> Iterator[str]:
    yield from (
        "",
        "## Where the prediction is another",
        "",
        "A test holds it everywhere else to what the client did.",
        "",
    )
    for client, those in agreement.exceptions().items():
        for shape, reason in those.items():
            yield f"- `{client}` at `{shape}`: {reason}"
    yield from ("", "## What one session cannot tell", "", "At these shapes it is wrong about some clients.", "")
    for shape, reason in said.UNSEEN.items():
        yield f"- `{shape}`: {reason}"


if __name__ == "__main__":
    sys.exit(main())
