import json

from reconciler.model.difference import Moved, Part
from reconciler.views.paper import Paper
from reconciler.views.plans import difference as view

HOST = Moved(address="prod/a:s", part=Part.DECLARED, setting="host", before="b.example", after="`@team`|\n")
GONE = Moved(address="prod/b:s", part=Part.RESOURCE, before="prod/b:s")


def test_what_changed_stands_below_its_resource() -> None:
    assert view.text([HOST, GONE], Paper()) == (
        "  prod/a:s\n"
        "      host: declared `@team`|\\n, was b.example\n"
        "\n"
        "  prod/b:s\n"
        "      no longer part of the plan\n"
        "\n"
        "2 resources changed between the two plans.\n"
    )


def test_nothing_is_a_line() -> None:
    assert view.text([], Paper()) == "Nothing changed between the two plans.\n"
    assert view.markdown([]) == "**Nothing changed between the two plans.**\n"


def test_markdown_keeps_text_as_text() -> None:
    assert view.markdown([HOST]) == (
        "**1 resource changed between the two plans.**\n\n"
        "- `prod/a:s`: host: declared <code>&#96;&#64;team&#96;&#124;&#92;n</code>, was `b.example`\n"
    )


def test_the_document_is_plain_json() -> None:
    assert json.loads(json.dumps(view.document([GONE]))) == {
        "changed": [{"address": "prod/b:s", "part": "resource", "setting": None, "before": "prod/b:s", "after": None}]
    }
