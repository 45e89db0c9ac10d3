from __future__ import annotations

from reconciler.model.answers.discovery import DiscoveredKey, Discovery
from reconciler.model.landscape import Target
from reconciler.model.source import Position
from reconciler.views import discover as view
from reconciler.views.paper import Paper

PLACE = Position(file="environments/prod/odc.yaml", line=1, column=1)
TARGET = Target(
    unit="prod/odc",
    environment="prod",
    kind="outsystems-odc",
    connection={},
    installation="odc:x",
    position=PLACE,
    connection_position=PLACE,
)
KEYS = (
    DiscoveredKey(key="k-1", name="SMTP server", type="Text", origin="set", secret=False, suggested="host"),
    DiscoveredKey(key="8", name="Auth", type="Text", origin="default", secret=False, suggested="auth", word="OAuth 2"),
    DiscoveredKey(key="k-3", name=None, type="Text", origin=None, secret=True),
    DiscoveredKey(key="k-4", name="Port", type="Integer", origin="default", secret=False),
)
FOUND = Discovery(keys=KEYS, mapped={"port": "k-4", "username": "k-gone"})


def test_the_table_the_map_to_paste_and_what_is_missing() -> None:
    shown = view.text(FOUND, Paper(), target=TARGET, written=None, again="reconciler discover prod/odc --write")
    assert shown == (
        "prod/odc (outsystems-odc): 4 keys\n"
        "\n"
        "  setting  name         type          origin   key\n"
        "  host?    SMTP server  Text          set      k-1\n"
        "  auth?    Auth         Text          default  8\n"
        "  -                     Text, secret           k-3\n"
        "  port     Port         Integer       default  k-4\n"
        "\n"
        "Paste into environments/prod/odc.yaml after reviewing each line:\n"
        "\n"
        "connection:\n"
        "  keys:\n"
        '    host: {key: k-1, type: Text}  # suggested by its name, "SMTP server": check it\n'
        '    auth: {key: "8", type: Text, values: {oauth2: "OAuth 2"}}'
        '  # suggested by its name, "Auth"; it says "OAuth 2" now: check it\n'
        "\n"
        "Or: reconciler discover prod/odc --write\n"
        "\n"
        "1 mapped, 2 suggested by name (marked ?), of 4; mapped but missing: username.\n"
    )


def test_what_was_written_is_named_once_more_as_a_suggestion() -> None:
    shown = view.text(FOUND, Paper(), target=TARGET, written=("host", "auth"), again="")
    assert "Written to environments/prod/odc.yaml: host, auth.\n" in shown
    assert "These are suggestions: review each before you commit.\n" in shown
