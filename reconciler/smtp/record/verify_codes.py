"""What OpenSSL's verify codes (X509_V_ERR_*, x509_vfy.h of OpenSSL 3.6) mean for a relay's certificate. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.text.message import Message, worded


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a chain is refused; `reason` may hold `{host}` and `{trusted}`, `advice` is None for the catalogue's."""

    check: str
    reason: str
    advice: Message | None = None


def _row(check: str, reason: str, advice: str | None = None) -> Refusal:
    return Refusal(check=check, reason=reason, advice=worded(advice) if advice else None)


UNTRUSTED = _row("SMTP204", "the certificate is not issued by {trusted}")
SIGNATURE = _row(
    "SMTP204",
    "a signature in the chain is not its issuer's",
    "has the CA a new key under its old name? Name a file with its present certificate in {ca_file}, and have the "
    "relay send the intermediate certificates of today",
)
NO_CA = _row(
    "SMTP204",
    "a certificate that is not a CA's has issued another",
    "have the certificate issued by a CA: basicConstraints CA:TRUE, keyUsage keyCertSign",
)
PURPOSE = _row(
    "SMTP204",
    "the certificate is not for servers (extended key usage)",
    "have it issued with extendedKeyUsage serverAuth; no file of CAs changes this",
)
KEY_USAGE = _row(
    "SMTP204",
    "the certificate's key may not be used for TLS (key usage)",
    "have it issued with keyUsage digitalSignature; no file of CAs changes this",
)
PATH = _row(
    "SMTP204",
    "the chain is longer than a CA in it allows (path length)",
    "have the certificate issued by a CA that may: a pathlen in the chain forbids the one below it",
)
CONSTRAINT = _row(
    "SMTP204",
    "a CA in the chain may not issue for a name in the certificate (name constraints)",
    "have it issued by a CA that may issue for all of its names; no file of CAs changes this",
)
EXTENSION = _row(
    "SMTP204",
    "a certificate in the chain has a critical extension that cannot be honoured here",
    "have it issued without that extension, or with it not critical",
)
MALFORMED = _row(
    "SMTP204",
    "a certificate in the chain breaks the rules of RFC 5280",
    "have it issued anew by a CA that keeps to them: the evidence names the rule",
)
IDENTIFIERS = _row(
    "SMTP204",
    "the key identifiers in the chain do not fit together",
    "has the CA a new key under its old name? Have the relay send the intermediate that issued its certificate",
)
REVOKED = _row("SMTP204", "a certificate in the chain is revoked", "have a new certificate issued, with a new key")
REVOCATION = _row(
    "SMTP204",
    "whether a certificate in the chain is revoked could not be found out",
    "OpenSSL is configured here to check revocation (openssl.cnf): give it the list, or take that out",
)
LOOP = _row("SMTP204", "the chain is too long, or leads back to itself", "have the relay send its own chain only")
PROXY = _row("SMTP204", "it is a proxy certificate (RFC 3820)", "have a CA issue one for the relay")
HERE = _row(
    "SMTP204",
    "OpenSSL on this machine could not judge the chain",
    "try again; then look at this machine's OpenSSL: its configuration, its memory, its CAs",
)
DANE = _row("SMTP204", "no TLSA record matches the certificate", "publish the certificate's key, or drop the record")
TOO_EARLY = _row("SMTP206", "the certificate is not yet valid")
TOO_LATE = _row("SMTP206", "the certificate has expired")
DATES = _row("SMTP206", "a date in the chain cannot be read")
NAME = _row("SMTP205", "the certificate is not for {host}")
KEY = _row("SMTP207", "the certificate's key is too weak")
CA_KEY = _row("SMTP207", "the key of a CA in the chain is too weak")
HASH = _row("SMTP207", "a signature in the chain is too weak")
ALGORITHM = _row(
    "SMTP207",
    "a key or signature in the chain is of a kind that OpenSSL does not take",
    "have it issued with a key of RSA 3072 or P-256 (a named curve) and a SHA-256 signature",
)

_CLASSES = (
    (UNTRUSTED, (2, 18, 19, 20, 21, 27, 28, 95)),
    (SIGNATURE, (4, 6, 7)),
    (NO_CA, (24, 32, 37, 79, 80, 81, 82)),
    (PURPOSE, (26,)),
    (KEY_USAGE, (39,)),
    (PATH, (25,)),
    (CONSTRAINT, (46, 47, 48, 49, 51, 52, 53)),
    (EXTENSION, (34, 41, 42, 43, 45)),
    (MALFORMED, (83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93)),
    (IDENTIFIERS, (29, 30, 31)),
    (REVOKED, (23,)),
    (REVOCATION, (3, 5, 8, 11, 12, 15, 16, 33, 35, 36, 44, 54, 73, 74, 75)),
    (LOOP, (22, 55)),
    (PROXY, (38, 40, 72)),
    (HERE, (1, 17, 50, 69, 70, 71)),
    (DANE, (65,)),
    (TOO_EARLY, (9,)),
    (TOO_LATE, (10,)),
    (DATES, (13, 14)),
    (NAME, (62, 63, 64)),
    (KEY, (66,)),
    (CA_KEY, (67,)),
    (HASH, (68,)),
    (ALGORITHM, (56, 57, 58, 59, 60, 61, 76, 77, 78, 94)),
)
_BY_CODE = {code: refusal for refusal, codes in _CLASSES for code in codes}


def refusal(code: int) -> Refusal:
    """The class of a verify code; one that is newer than this table breaks some rule."""
    return _BY_CODE.get(code, MALFORMED)
