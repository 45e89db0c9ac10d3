"""What docs/oauth.md tells people to write is valid."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from reconciler.pipeline import declaration

PAGE = (Path(__file__).parents[2] / "docs" / "oauth.md").read_text("utf-8")
CENTRAL = """
version: 1
secret_stores: {default: {type: vault, address: https://vault.example.com, mount: secret, auth: {method: token}}}
policy: {relay_hosts: [smtp.office365.com]}
"""


def test_relay_of_the_steps_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = re.findall(r"```yaml\n( *# environments/prod/environment\.yaml\n.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prod").mkdir()
    (tmp_path / "reconciler.yaml").write_text(CENTRAL)
    (tmp_path / "prod" / "environment.yaml").write_text(textwrap.dedent(block))

    found = declaration.judged(Path(), base=tmp_path, today="2026-11-20")

    assert found.findings == ()
    assert found.landscape
    assert [relay.address for relay in found.landscape.relays] == ["prod/exchange"]
