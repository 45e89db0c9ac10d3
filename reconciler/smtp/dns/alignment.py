"""SMTP022: whether mail of the declared sender passes DMARC, through SPF or through DKIM.

The envelope sender is the declared sender here, so SPF is aligned as soon as it passes; a relay that writes its own
envelope sender takes that away. A DKIM key is aligned below the sender's own domain, and below its organisation's
unless the record says adkim=s.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.handshake import CheckResult
from reconciler.smtp.dns import say
from reconciler.smtp.dns.dkim import Key
from reconciler.smtp.dns.dmarc import Dmarc
from reconciler.smtp.dns.spf import Spf


def result(dmarc: Dmarc, spf: Spf | None, keys: Sequence[Key] | None) -> CheckResult:
    """`spf` and `keys` are None where DNS gave no answer."""
    if dmarc.at is None:
        return _none(dmarc)
    aligned = _aligned(dmarc, spf, keys)
    where = f"_dmarc.{dmarc.at}: {dmarc.record}"
    evidence = f"{where}\naligned: {', '.join(aligned) or 'nothing'}; organisation {dmarc.organisation}"
    if dmarc.problems:
        advice = f"correct the TXT record at _dmarc.{dmarc.at}"
        return say.warned("SMTP022", f"the DMARC record: {dmarc.problems[0]}", evidence=evidence, advice=advice)
    if not aligned and spf is not None and keys is not None:
        reason = f"neither SPF nor DKIM can pass for {dmarc.domain}, and DMARC asks receivers for p={dmarc.policy}"
        advice = "publish an SPF record for the sender's domain, or sign with a selector below it"
        return say.warned("SMTP022", reason, evidence=evidence, advice=advice)
    if not aligned:
        return say.noted("SMTP022", f"p={dmarc.policy}; alignment is unknown now", evidence=evidence)
    reason = f"p={dmarc.policy} for {dmarc.domain}, aligned through {' and '.join(aligned)}"
    if dmarc.testing and dmarc.asked != dmarc.policy:
        return say.noted("SMTP022", f"{reason}; t=y makes {dmarc.asked} one level less", evidence=evidence)
    if dmarc.policy == "none":
        return say.noted("SMTP022", f"{reason}; p=none only has receivers report", evidence=evidence)
    if dmarc.notes:
        return say.noted("SMTP022", f"{reason}; {dmarc.notes[0]}", evidence=evidence)
    return say.passed("SMTP022", reason, evidence=evidence)


def _none(dmarc: Dmarc) -> CheckResult:
    reason = dmarc.problems[0] if dmarc.problems else f"{dmarc.domain} has no DMARC record, nor does a domain above it"
    advice = f"publish one TXT record at _dmarc.{dmarc.domain}, e.g. v=DMARC1; p=none; rua=mailto:dmarc@example.com"
    return say.warned("SMTP022", reason, evidence="\n".join(dmarc.problems), advice=advice)


def _aligned(dmarc: Dmarc, spf: Spf | None, keys: Sequence[Key] | None) -> list[str]:
    found = ["SPF"] if spf is not None and spf.usable else []
    own = {dmarc.domain} if dmarc.strict_dkim else {dmarc.domain, dmarc.organisation}
    if any(one.usable and one.domain in own for one in keys or ()):
        found.append("DKIM")
    return found
