"""What real clients did: one file for each client, one line for each shape, without what differs from run to run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("recordings")
Recording = dict[str, Any]


def load(client: str) -> Recording:
    """Empty where nothing was recorded."""
    file = FOLDER / f"{client}.json"
    found: Recording = json.loads(file.read_text("utf-8")) if file.exists() else {"client": client, "shapes": {}}
    return found


def save(recording: Recording) -> None:
    FOLDER.mkdir(exist_ok=True)
    shapes = recording["shapes"]
    head = json.dumps({key: value for key, value in recording.items() if key != "shapes"}, ensure_ascii=False)
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(shapes[name], ensure_ascii=False)}" for name in shapes)
    new = FOLDER / f"{recording['client']}.json.new"
    new.write_text(f'{head[:-1]}, "shapes": {{\n{rows}\n}}}}\n', "utf-8")
    new.replace(new.with_suffix(""))


_TEXT = ("words", "lines")  # may be others in another version


def changes(before: Mapping[str, Any], after: Mapping[str, Any], *, text: bool = True) -> list[str]:
    """What changed, one line each: a shape that is new, and each field that is another; `text` counts, too."""
    told = []
    for name, now in after["shapes"].items():
        was = before["shapes"].get(name)
        if was is None:
            told.append(f"{name}: new")
        else:
            told += [
                f"{name}: {key} {was.get(key)!r} → {now[key]!r}"
                for key in now
                if was.get(key) != now[key] and (text or key not in _TEXT)
            ]
    return told
