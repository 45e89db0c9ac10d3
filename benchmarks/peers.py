"""The same amount of work for octoDNS: zones in YAML, and a target that is YAML too, or a slow one."""

from __future__ import annotations

import shutil
from pathlib import Path

_ZONE = """\
---
'':
  - ttl: 3600
    type: MX
    values:
      - {exchange: smtp.example.com., preference: 10}
      - {exchange: backup.example.com., preference: 20}
  - ttl: 3600
    type: TXT
    value: v=spf1 include:example.com -all
_dmarc:
  ttl: 3600
  type: TXT
  value: v=DMARC1
mail:
  ttl: TTL
  type: A
  value: 192.0.2.1
"""


def zones(folder: Path, count: int, *, target: str = "octodns.provider.yaml.YamlProvider") -> None:
    """`config.yaml` and the zones of the source; `same` or `changed` fill the target."""
    (folder / "source").mkdir(parents=True)
    names = [f"zone-{number}.example." for number in range(count)]
    for name in names:
        (folder / "source" / f"{name}yaml").write_text(_ZONE.replace("TTL", "300"))
    config = ["---", "manager: {max_workers: 32}", "providers:"]
    for side, kind in (("source", "octodns.provider.yaml.YamlProvider"), ("target", target)):
        config.append(f"  {side}: {{class: {kind}, directory: ./{side}, escaped_semicolons: true}}")
    config.append("zones:")
    config += [f"  {name}: {{sources: [source], targets: [target]}}" for name in names]
    (folder / "config.yaml").write_text("\n".join([*config, ""]))


def same(folder: Path) -> None:
    shutil.copytree(folder / "source", folder / "target")


def changed(folder: Path) -> None:
    """Every zone of the target differs from its source in one record."""
    shutil.rmtree(folder / "target", ignore_errors=True)
    (folder / "target").mkdir()
    for zone in (folder / "source").iterdir():
        (folder / "target" / zone.name).write_text(_ZONE.replace("TTL", "600"))
