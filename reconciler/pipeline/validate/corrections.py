"""What somebody probably meant, computed from what they wrote. Nothing of a value that may be a secret is repeated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from reconciler.pipeline.validate import wording as yaml_text
from reconciler.pipeline.validate.fault import Fault

_HOST: Final = re.compile(r"(?:[a-z]+://)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s/:@\[\]]+)(?::(?P<port>[0-9]{1,5}))?/?")
_MAILBOX: Final = re.compile(r'\s*"?(?P<name>[^"<>]*?)"?\s*<(?P<address>[^\s<>]+)>\s*')

# what other tools call our choices: Odoo, Grafana and Django say ssl for TLS from the first byte
_ELSEWHERE: Final[Mapping[str, Mapping[Any, str]]] = {
    "encryption": {
        **dict.fromkeys(("ssl", "ssl/tls", "smtps", "implicit"), "tls"),
        **dict.fromkeys((False, "plain", "off", "no"), "none"),
    },
    "auth": {**dict.fromkeys(("plain", "login", "password"), "basic"), **dict.fromkeys((False, "off", "no"), "none")},
}


def of_pattern(fault: Fault) -> str | None:
    """The fix for a text that does not match its pattern; None when it cannot be told from the text."""
    if fault.is_secret:
        return _reference(fault) if fault.path[-1:] == ("vault",) else None
    if not isinstance(fault.value, str):
        return None
    of_key = _OF_KEYS.get(str(fault.path[-1])) if fault.path else None
    if of_key is not None and (found := of_key(fault)) is not None:
        return found
    return next((fault.line(text) for text in _near(fault.value) if _matches(text, fault)), None)


def same_text(fault: Fault) -> str | None:
    """The same text without the spaces around it, or in small letters, where that is all that is wrong with it."""
    if fault.is_secret or not isinstance(fault.value, str):
        return None
    return next((text for text in (fault.value.strip(), fault.value.lower()) if _matches(text, fault)), None)


def word(fault: Fault) -> str | None:
    """Our word for a choice that other tools call differently."""
    words = _ELSEWHERE.get(str(fault.path[-1]), {}) if fault.path else {}
    value = fault.value.lower() if isinstance(fault.value, str) else fault.value
    ours = words.get(value) if isinstance(value, str | bool) else None
    return ours if ours is not None and ours in fault.keyword else None


def secret_place(fault: Fault, key: str) -> str:
    """Where the secret `key` would be stored by convention: mail/<environment>/<relay or resource>#<key>."""
    return f"{secret_path(fault)}#{key}"


def secret_path(fault: Fault) -> str:
    """mail/<environment>/<relay or resource>, or platforms/<target> for a secret of its connection."""
    document, path = fault.document, [str(part) for part in fault.path]
    if fault.of_connection:
        return f"platforms/{document.name}"
    if (len(path) > 1 and path[0] == "relays") or (fault.in_collection and len(path) > 1):
        return f"mail/{document.environment}/{path[1]}"
    return f"mail/{document.environment}/{document.name}"


def _reference(fault: Fault) -> str | None:
    if isinstance(fault.value, str) and fault.value.startswith("/"):
        return "leave out the leading slash"
    if isinstance(fault.value, str) and fault.value.startswith("data/"):
        return "leave out data/"
    if len(fault.path) < 2 or fault.document.environment is None:
        return None
    return f"e.g. {fault.line(secret_place(fault, str(fault.path[-2])))}"


def _near(text: str) -> Iterator[str]:
    yield text.strip()
    yield text.lower()
    if text.startswith("http://"):
        yield f"https://{text.removeprefix('http://')}"


def _matches(text: str, fault: Fault) -> bool:
    return isinstance(fault.keyword, str) and re.search(fault.keyword, text) is not None


def _host(fault: Fault) -> str | None:
    found = _HOST.fullmatch(fault.value)
    host = found["host"].strip("[]") if found else ""
    if found is None or not _matches(host, fault):
        return None
    port = f", port: {int(found['port'])}" if found["port"] else ""
    return f"host: {yaml_text.flow(host)}{port}"


def _mailbox(fault: Fault) -> str | None:
    found = _MAILBOX.fullmatch(fault.value)
    if found is None or not _matches(found["address"], fault):
        return None
    own = found["name"] if fault.path[-1] == "address" else ""  # a recipient has no name beside it
    name = f", name: {yaml_text.flow(own)}" if own else ""
    return f"{fault.line(found['address'])}{name}"


_OF_KEYS: Final[Mapping[str, Callable[[Fault], str | None]]] = {
    "host": _host,
    "address": _mailbox,
    "recipient": _mailbox,
}
