"""SMTP021: the DKIM keys of the declared selectors (RFC 6376, RFC 8301, RFC 8463)."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.model.handshake import CheckResult
from reconciler.model.text.message import worded
from reconciler.smtp.dns import say
from reconciler.smtp.dns.names import Names
from reconciler.smtp.dns.tags import BadTags, tags

WEAK, GOOD = 1024, 2048  # bits of RSA: verifiers must refuse below, signers should use (RFC 8301 section 3.2)
_ED25519_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What stands at `<selector>._domainkey.<domain>`. `domain` is None when it stands nowhere."""

    selector: str
    domain: str | None = None
    kind: str = "rsa"
    bits: int = 0
    testing: bool = False
    problem: str | None = None
    doubt: str | None = None  # some receivers refuse it

    @property
    def usable(self) -> bool:
        return self.domain is not None and self.problem is None


async def found(names: Names, selectors: Sequence[str], domains: Sequence[str]) -> tuple[Key, ...]:
    """Each selector below the first of `domains` that has it."""
    return tuple(await asyncio.gather(*(_key(names, selector, domains) for selector in selectors)))


async def _key(names: Names, selector: str, domains: Sequence[str]) -> Key:
    for domain in domains:
        answer = await names.ask(f"{selector}._domainkey.{domain}", "TXT")
        if len(answer.records) > 1:
            problem = f"{len(answer.records)} records; which one counts is not defined"
            return Key(selector=selector, domain=domain, problem=problem)
        if answer.records:
            return key(selector, domain, answer.records[0])
    return Key(selector=selector)


def key(selector: str, domain: str, text: str) -> Key:
    """The key that a TXT record publishes (RFC 6376, section 3.6.1). Never raises, whatever the text."""
    try:
        found = tags(text)
    except BadTags as error:
        return Key(selector=selector, domain=domain, problem=str(error))
    kind, doubt = found.get("k", "rsa").lower(), _doubt(found)
    bits, problem = 0, _header_problem(found)
    if problem is None:
        bits, problem = _bits(kind, "".join(found["p"].split()))
    testing = "y" in _words(found.get("t", ""))
    return Key(selector=selector, domain=domain, kind=kind, bits=bits, testing=testing, problem=problem, doubt=doubt)


def _header_problem(found: dict[str, str]) -> str | None:
    if "v" in found and (next(iter(found)) != "v" or found["v"] != "DKIM1"):
        return "v= must be DKIM1, and come first"
    if "p" not in found:
        return "no p=, so no key"
    if not found["p"]:
        return "p= is empty: the key is revoked"
    if "sha256" not in _words(found.get("h", "sha256")):
        return f"h={found['h'][:40]} leaves out sha256, the only hash in use"
    if not {"*", "email"} & set(_words(found.get("s", "*"))):
        return f"s={found['s'][:40]} is not for email"
    return None


def _doubt(found: dict[str, str]) -> str | None:
    """Values are compared by case (RFC 6376, section 3.2); dkimpy does, mailauth does not."""
    odd = [name for name in ("k", "h", "s") if name in found and found[name] != found[name].lower()]
    if not odd:
        return None
    return f"{odd[0]}={found[odd[0]][:40]} is written with capitals, which some receivers refuse"


def _words(value: str) -> list[str]:
    return "".join(value.lower().split()).split(":")


def _bits(kind: str, text: str) -> tuple[int, str | None]:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return 0, "p= is not base64"
    if kind == "ed25519":
        size = len(raw)
        return 256, None if size == _ED25519_BYTES else f"p= holds {size} bytes, Ed25519 has {_ED25519_BYTES}"
    if kind != "rsa":
        return 0, f"k={kind[:40]} is not a DKIM key type"
    bits = _rsa_bits(raw)
    if bits is None:
        return 0, "p= is not an RSA public key"
    return bits, f"RSA of {bits} bits; verifiers refuse less than {WEAK} (RFC 8301)" if bits < WEAK else None


def _rsa_bits(raw: bytes) -> int | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        loaded = load_der_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return loaded.key_size if isinstance(loaded, RSAPublicKey) else None


def result(keys: Sequence[Key], domain: str) -> CheckResult:
    if not keys:
        return say.skipped("SMTP021", worded("no verify.dkim_selectors are {declared}; they cannot be discovered"))
    evidence = "\n".join(_line(one) for one in keys)
    if bad := [one for one in keys if not one.usable]:
        first = bad[0]
        what = first.problem or "no such record"
        reason = f"{first.selector}._domainkey.{first.domain or domain}: {what}"
        advice = "publish the key that the signer uses, or correct verify.dkim_selectors"
        return say.warned("SMTP021", reason, evidence=evidence, advice=advice)
    if doubted := [one for one in keys if one.doubt]:
        reason = f"{doubted[0].selector}._domainkey.{doubted[0].domain}: {doubted[0].doubt}"
        return say.warned("SMTP021", reason, evidence=evidence, advice="write the value in small letters")
    if small := [one for one in keys if one.kind == "rsa" and one.bits < GOOD]:
        reason = f"{small[0].selector}: RSA of {small[0].bits} bits; signers should use {GOOD} (RFC 8301)"
        return say.noted("SMTP021", reason, evidence=evidence, advice=f"make a key of {GOOD} bits")
    if testing := [one for one in keys if one.testing]:
        reason = f"{testing[0].selector}: t=y says that DKIM is only tested; receivers may ignore the signature"
        return say.noted("SMTP021", reason, evidence=evidence, advice="drop t=y when it works")
    count = "1 selector" if len(keys) == 1 else f"{len(keys)} selectors"
    return say.passed("SMTP021", f"{count} with a good key", evidence=evidence)


def _line(one: Key) -> str:
    if one.domain is None:
        return f"{one.selector}: no record"
    said = one.problem or f"{one.kind}, {one.bits} bits{', testing' if one.testing else ''}"
    return f"{one.selector}._domainkey.{one.domain}: {said}"
