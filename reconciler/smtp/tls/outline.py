"""The dates, key and signature of an ordinary certificate, read from its DER (X.690; RFC 5280, section 4.1).

A relay that is well is asked for no more, and the library that knows all certificates takes as long to import as swaks
takes for a whole handshake. What is not ordinary is left to that library.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

_INTEGER, _OID, _UTC_TIME, _SEQUENCE, _VERSION = 0x02, 0x06, 0x17, 0x30, 0xA0
_LONG_FORM = 0x80
# by the bytes of their object identifiers
_RSA, _EC = bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a8648ce3d0201")
_CURVES = {
    bytes.fromhex("2a8648ce3d030107"): ("secp256r1", 256),
    bytes.fromhex("2b81040022"): ("secp384r1", 384),
    bytes.fromhex("2b81040023"): ("secp521r1", 521),
}
_SIGNATURES = {
    bytes.fromhex("2a864886f70d01010b"): "sha256",
    bytes.fromhex("2a864886f70d01010c"): "sha384",
    bytes.fromhex("2a864886f70d01010d"): "sha512",
    bytes.fromhex("2a8648ce3d040302"): "sha256",
    bytes.fromhex("2a8648ce3d040303"): "sha384",
    bytes.fromhex("2a8648ce3d040304"): "sha512",
}


class Outline(NamedTuple):
    """`begins` and `ends` are seconds since 1970 (UTC)."""

    begins: float
    ends: float
    kind: str
    bits: int
    signature: str


def read(der: bytes) -> Outline | None:
    """None for all but an RSA key or one of NIST's curves, signed with SHA-2."""
    try:
        return _read(der)
    except (ValueError, IndexError, KeyError):
        return None


def _read(der: bytes) -> Outline:
    (_, whole), *rest = items(der)
    (_, inner), (_, algorithm), _ = items(whole)
    fields = [item for item in items(inner) if item[0] != _VERSION]
    _, (_, named), _, (_, validity), _, (_, key), *_ = fields
    if rest or named != algorithm:
        raise ValueError("not one certificate")
    begins, ends = (_moment(tag, text) for tag, text in items(validity))
    kind, bits = _key(key)
    return Outline(begins, ends, kind, bits, _SIGNATURES[_first(algorithm)])


def _key(der: bytes) -> tuple[str, int]:
    (_, algorithm), (_, bits) = items(der)
    oid, *parameters = (value for _, value in items(algorithm))
    if oid == _EC:
        return _CURVES[parameters[0]]
    if oid != _RSA:
        raise ValueError("another kind of key")
    (_, numbers), *_ = items(bits[1:])  # the first byte counts unused bits
    return "RSA", int.from_bytes(_first(numbers, _INTEGER), "big").bit_length()


def _moment(tag: int, text: bytes) -> float:
    said = text.decode("ascii")
    if tag == _UTC_TIME:
        said = ("19" if said[:2] >= "50" else "20") + said
    if len(said) != len("YYYYMMDDHHMMSSZ") or not said.endswith("Z"):
        raise ValueError("not a time as RFC 5280 has it")
    year, *others = int(said[:4]), *(int(said[at : at + 2]) for at in range(4, 14, 2))
    return datetime(year, *others, tzinfo=UTC).timestamp()  # type: ignore[misc,arg-type]  # five numbers


def _first(der: bytes, wanted: int = _OID) -> bytes:
    tag, value = next(items(der))
    if tag != wanted:
        raise ValueError("something else stands there")
    return value


def items(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and contents of what stands one after the other."""
    at = 0
    while at < len(der):
        tag, size, at = der[at], der[at + 1], at + 2
        if size >= _LONG_FORM:
            count = size - _LONG_FORM
            size, at = int.from_bytes(der[at : at + count], "big"), at + count
        if at + size > len(der):
            raise ValueError("cut off")
        yield tag, der[at : at + size]
        at += size
