"""Writes the table of mail clients of docs/handshake.md, between two marks, from `reconciler/smtp/clients`.

python docs/clients_table.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP)]

from reconciler.smtp.clients.client import Client, load  # noqa: E402

PAGE = TOP / "docs/handshake.md"
ROOM = TOP / "reconciler/smtp/clients"
BEGIN, END = "<!-- clients -->", "<!-- /clients -->"
FACTS = {
    "mechanisms.basic": "passwords, in this order",
    "mechanisms.oauth2": "access tokens",
    "login_form": "user name of AUTH LOGIN",
    "long_response": "a long credential",
    "after_refusal": "after a refused login",
    "certificate": "certificate",
    "sni": "SNI",
    "ehlo_name": "EHLO says",
    "envelope_sender": "envelope sender",
    "from": "From",
}


def main() -> int:
    PAGE.write_text(with_table(PAGE.read_text("utf-8")), "utf-8")
    return 0


def with_table(page: str) -> str:
    """The page with its table renewed; ValueError for one without the marks."""
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"there is no {BEGIN} … {END}")
    return "".join((before, BEGIN, "\n", "\n".join(_lines()), "\n", END, after))


def _lines() -> Iterator[str]:
    clients = [load(file.stem) for file in sorted(ROOM.glob("*.json"))]
    yield f"| | {' | '.join(f'`{one.name}`' for one in clients)} |"
    yield f"|{' --- |' * (len(clients) + 1)}"
    yield f"| what it is | {' | '.join(one.title for one in clients)} |"
    yield f"| looked at | {' | '.join(one.versions for one in clients)} |"
    for name, title in FACTS.items():
        yield f"| {title} | {' | '.join(_cell(one, name) for one in clients)} |"


def _cell(client: Client, name: str) -> str:
    if (fact := client.facts.get(name)) is None:
        return "UNVERIFIED"
    value = fact.value if isinstance(fact.value, str) else ", ".join(fact.value) or "none"
    return value if fact.verified else f"{value} (UNVERIFIED)"


if __name__ == "__main__":
    sys.exit(main())
