"""Windows code pages and the common names of the character sets that they are."""

from __future__ import annotations

from reconciler.model.settings import Value

# learn.microsoft.com/windows/win32/intl/code-page-identifiers
_NAMES = {
    65001: "utf-8",
    20127: "us-ascii",
    28591: "iso-8859-1",
    28592: "iso-8859-2",
    28595: "iso-8859-5",
    28597: "iso-8859-7",
    28599: "iso-8859-9",
    28605: "iso-8859-15",
    1250: "windows-1250",
    1251: "windows-1251",
    1252: "windows-1252",
    1253: "windows-1253",
    1254: "windows-1254",
    1255: "windows-1255",
    1256: "windows-1256",
    20866: "koi8-r",
    932: "shift_jis",
    50220: "iso-2022-jp",
    51932: "euc-jp",
    936: "gb2312",
    54936: "gb18030",
    949: "ks_c_5601-1987",
    51949: "euc-kr",
    950: "big5",
}
_PAGES = {name: page for page, name in _NAMES.items()}
UTF_8 = 65001


def shown(page: int) -> Value:
    """The name that people know, or the number where there is none here."""
    return _NAMES.get(page, page)


def normal(value: Value) -> Value:
    """As `shown` has it; what is unknown stays as it is, for the schema and `limits`."""
    if isinstance(value, bool) or value is None:
        return shown(UTF_8) if value is None else value
    return shown(found) if (found := page(value)) is not None else value


def page(value: Value) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    return int(text) if text.isascii() and text.isdigit() else _PAGES.get(text)
