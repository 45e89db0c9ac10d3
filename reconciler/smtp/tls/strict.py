"""What OpenSSL refuses with VERIFY_X509_STRICT, the default of Python 3.13: duties of RFC 5280 for those who issue.

As `check_extensions` of OpenSSL's x509_vfy.c has them. A chain that breaks one works with lenient clients.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from reconciler.smtp.tls.certificate import Certificate

if TYPE_CHECKING:
    from cryptography import x509

Known: TypeAlias = Mapping[str, "x509.Extension[Any]"]  # by OID
_OWN_KEY, _USAGE, _NAMES, _BASIC, _ISSUER_KEY = (f"2.5.29.{number}" for number in (14, 15, 17, 19, 35))


def broken(chain: Sequence[Certificate]) -> str | None:
    """The first rule that a verified chain breaks, the leaf first, and whose certificate does; None for a clean one."""
    if len(chain) < 2:
        return None
    for at, one in enumerate(chain):
        if (rule := _rule(one.parsed, issued=at + 1 < len(chain))) is not None:
            return f"{one.subject} {rule}"
    return None


@lru_cache(maxsize=1024)
def _rule(found: x509.Certificate, *, issued: bool) -> str | None:
    """`issued`: by the next one of the chain."""
    from cryptography import x509

    try:
        known = {one.oid.dotted_string: one for one in found.extensions}
        subject, issuer = bool(list(found.subject)), bool(list(found.issuer))
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return "has a field that cannot be read"
    rules = (*_authority(known), *_named(known, subject=subject, issuer=issuer), *_identified(known, issued=issued))
    return next(iter(rules), None)


def _authority(known: Known) -> Iterator[str]:
    basic, usage = known.get(_BASIC), known.get(_USAGE)
    authority = basic is not None and basic.value.ca
    signs = usage is not None and usage.value.key_cert_sign
    if basic is not None and basic.value.path_length is not None and not signs:
        yield "has a path length without keyCertSign"
    if basic is not None and authority and not basic.critical:
        yield "is a CA whose basicConstraints are not critical"
    if authority and usage is None:
        yield "is a CA without keyUsage"
    if not authority and signs:
        yield "is no CA and has keyCertSign"


def _named(known: Known, *, subject: bool, issuer: bool) -> Iterator[str]:
    names, basic = known.get(_NAMES), known.get(_BASIC)
    if not issuer:
        yield "names no issuer"
    if not subject and (names is None or (basic is not None and basic.value.ca)):
        yield "names no subject"
    if not subject and names is not None and not names.critical:
        yield "has neither a subject nor a critical subjectAltName"


def _identified(known: Known, *, issued: bool) -> Iterator[str]:
    own, authority, basic = known.get(_OWN_KEY), known.get(_ISSUER_KEY), known.get(_BASIC)
    if authority is not None and authority.critical:
        yield "has a critical authority key identifier"
    if own is not None and own.critical:
        yield "has a critical subject key identifier"
    if issued and (authority is None or authority.value.key_identifier is None):
        yield "has no authority key identifier"
    if own is None and basic is not None and basic.value.ca:
        yield "is a CA without subject key identifier"
