"""Lists of `tag=value; …` as DKIM (RFC 6376 section 3.2), DMARC and MTA-STS publish them."""

from __future__ import annotations


class BadTags(ValueError):
    """Not a tag list; says why."""


def tags(text: str, *, fold: bool = False) -> dict[str, str]:
    """In the order of the record; blanks around are gone. `fold`: names in any case (DMARC). Raises BadTags."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not part.strip():
            continue
        if not equals or not name.replace("_", "").replace("-", "").isalnum() or "\\" in name:
            raise BadTags(f"'{part.strip()[:40]}' is not tag=value")
        name = name.lower() if fold else name
        if name in found:
            raise BadTags(f"{name}= occurs twice")
        found[name] = value
    return found
