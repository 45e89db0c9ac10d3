"""What of an answer of an Odoo is compared with a recording."""

from __future__ import annotations

import re
from typing import Any

Entry = dict[str, Any]


def comparable(entry: Entry) -> Any:
    """What of an answer must be the same: no dates, no stack frames, nothing of one run or one OpenSSL."""
    found = {key: entry[key] for key in ("result", "fault", "response") if key in entry}
    return {"http_status": entry.get("http_status", 200), **{key: steady(value) for key, value in found.items()}}


def steady(value: Any) -> Any:
    if isinstance(value, list):
        return [steady(item) for item in value]
    if isinstance(value, str):
        return steady_text(value)
    if not isinstance(value, dict):
        return value
    if "last_line" in value:
        value = {"faultCode": value["faultCode"], "faultString": value["last_line"]}
    if "_text" in value:
        return re.findall("<title>.*</title>", value["_text"])
    return {key: steady(item) for key, item in value.items()}


def steady_text(text: str) -> str:
    text = re.sub(r"^Traceback \(most recent call last\):\n(?: .*\n)*", "", text).rstrip("\n")
    for pattern, replacement in (
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "<date>"),
        (r"_ssl\.c:\d+", "_ssl.c"),
        (r"port \d+ failed", "port <number> failed"),
        (r"(ir_mail_server_\d+)_[0-9a-f]{8}", r"\1_<random>"),
    ):
        text = re.sub(pattern, replacement, text)
    return text
