"""What OpenSSL refuses with VERIFY_X509_STRICT, the default of Python 3.13: duties of RFC 5280 for those who issue.

As `check_extensions` of OpenSSL's x509_vfy.c has them. A chain that breaks one works with lenient clients. Read from
DER, as outline.py does: a relay that is well is not worth the library that knows all certificates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from reconciler.smtp.tls.certificate import Certificate
from reconciler.smtp.tls.outline import items

_VERSION, _EXTENSIONS, _BOOLEAN, _INTEGER, _KEY_IDENTIFIER = 0xA0, 0xA3, 0x01, 0x02, 0x80
_OWN_KEY, _USAGE, _NAMES, _BASIC, _ISSUER_KEY = (bytes((0x55, 0x1D, number)) for number in (14, 15, 17, 19, 35))
_CERT_SIGN = 0x04  # in the first byte of keyUsage


class Extension(NamedTuple):
    critical: bool
    value: bytes  # DER


Known: TypeAlias = Mapping[bytes, Extension]  # by the bytes of the object identifier


def broken(chain: Sequence[Certificate]) -> str | None:
    """The first rule that a verified chain breaks, the leaf first, and whose certificate does; None for a clean one."""
    if len(chain) < 2:
        return None
    for at, one in enumerate(chain):
        if (rule := _rule(one.der, issued=at + 1 < len(chain))) is not None:
            return f"{one.subject} {rule}"
    return None


@lru_cache(maxsize=1024)
def _rule(der: bytes, *, issued: bool) -> str | None:
    """`issued`: by the next one of the chain. What cannot be read breaks no rule here: OpenSSL took it."""
    try:
        issuer, subject, known = _read(der)
        rules = (*_authority(known), *_named(known, subject=subject, issuer=issuer), *_identified(known, issued=issued))
    except (ValueError, IndexError, StopIteration):
        return None
    return next(iter(rules), None)


def _read(der: bytes) -> tuple[bool, bool, Known]:
    """Whether issuer and subject have a name, and the extensions."""
    whole = next(items(der))[1]
    inner = next(items(whole))[1]
    _, _, issuer, _, subject, _, *more = (item for item in items(inner) if item[0] != _VERSION)
    listed = next((value for tag, value in more if tag == _EXTENSIONS), None)
    known = dict(_extension(one) for _, one in items(next(items(listed))[1])) if listed is not None else {}
    return bool(issuer[1]), bool(subject[1]), known


def _extension(der: bytes) -> tuple[bytes, Extension]:
    (_, oid), *flags, (_, value) = items(der)
    return oid, Extension(any(tag == _BOOLEAN and flag != b"\0" for tag, flag in flags), value)


def _is_authority(known: Known) -> bool:
    basic = known.get(_BASIC)
    return basic is not None and any(tag == _BOOLEAN for tag, _ in items(next(items(basic.value))[1]))


def _authority(known: Known) -> Iterator[str]:
    basic, usage, authority = known.get(_BASIC), known.get(_USAGE), _is_authority(known)
    signs = usage is not None and bool(next(items(usage.value))[1][1] & _CERT_SIGN)
    if basic is not None and not signs and any(tag == _INTEGER for tag, _ in items(next(items(basic.value))[1])):
        yield "has a path length without keyCertSign"
    if basic is not None and authority and not basic.critical:
        yield "is a CA whose basicConstraints are not critical"
    if authority and usage is None:
        yield "is a CA without keyUsage"
    if not authority and signs:
        yield "is no CA and has keyCertSign"


def _named(known: Known, *, subject: bool, issuer: bool) -> Iterator[str]:
    names = known.get(_NAMES)
    if not issuer:
        yield "names no issuer"
    if not subject and (names is None or _is_authority(known)):
        yield "names no subject"
    if not subject and names is not None and not names.critical:
        yield "has neither a subject nor a critical subjectAltName"


def _identified(known: Known, *, issued: bool) -> Iterator[str]:
    own, issuer = known.get(_OWN_KEY), known.get(_ISSUER_KEY)
    if issuer is not None and issuer.critical:
        yield "has a critical authority key identifier"
    if own is not None and own.critical:
        yield "has a critical subject key identifier"
    named = issuer is not None and any(tag == _KEY_IDENTIFIER for tag, _ in items(next(items(issuer.value))[1]))
    if issued and not named:
        yield "has no authority key identifier"
    if own is None and _is_authority(known):
        yield "is a CA without subject key identifier"
