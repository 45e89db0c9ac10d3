"""Handshakes as JUnit XML, for the test report of a CI: a suite for each relay, a case for each check.

The form is the one that Jenkins, GitLab and GitHub's reporters read (the Ant task's).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from reconciler.model.handshake import CheckResult, CheckStatus, Handshake
from reconciler.model.text.place import place
from reconciler.views.handshakes import places
from reconciler.views.handshakes.text import name

# a warning is no failure: the case's output says that it is one
_OUTCOMES = {CheckStatus.FAIL: "failure", CheckStatus.INCONCLUSIVE: "error", CheckStatus.SKIPPED: "skipped"}
_COUNTED = {"failures": CheckStatus.FAIL, "errors": CheckStatus.INCONCLUSIVE, "skipped": CheckStatus.SKIPPED}


def text(handshakes: Sequence[Handshake]) -> str:
    root = whole("reconciler verify", _counts(handshakes))
    for found in handshakes:
        root.append(_suite(found))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def whole(name: str, counts: Mapping[str, str]) -> ET.Element:
    """The root. The schema that Jenkins reads by has the number of those skipped at a suite, and not here."""
    return ET.Element(
        "testsuites", {"name": name, **{word: said for word, said in counts.items() if word != "skipped"}}
    )


def _suite(found: Handshake) -> ET.Element:
    suite = ET.Element("testsuite", {"name": clean(name(found)), **_counts([found])})
    facts = {
        "host": found.host,
        "port": str(found.port),
        "level": found.level.value,
        "status": found.status.value,
        "summary": found.summary,
        "via": found.via,
        "zone": found.zone,
        "from_here": found.here and places.said(found.here),
        "certificate_expires": found.certificate and found.certificate.expires,
    }
    properties = ET.SubElement(suite, "properties")
    for key, value in facts.items():
        if value:
            ET.SubElement(properties, "property", {"name": key, "value": clean(value)})
    for check in found.checks:
        suite.append(_case(found, check))
    timed = "\n".join(f"{step.name} {step.ms:.1f} ms" for step in found.steps)
    if timed:
        ET.SubElement(suite, "system-out").text = timed
    return suite


def _case(found: Handshake, check: CheckResult) -> ET.Element:
    # a report tells a case from one run to the next by its name; the reason changes, so it is not part of it
    timed = {"time": f"{found.took[check.id] / 1000:.4f}"} if check.id in found.took else {}
    case = ET.Element("testcase", {"classname": clean(name(found)), "name": check.id, **timed})
    told = _told(found, check)
    if outcome := _OUTCOMES.get(check.status):
        ET.SubElement(case, outcome, {"message": clean(check.told), "type": check.id}).text = told
    else:
        ET.SubElement(case, "system-out").text = told
    return case


def _told(found: Handshake, check: CheckResult) -> str:
    first = "warning" if check.status is CheckStatus.WARN else ""
    rows = {
        first: check.told,
        "evidence": check.evidence,
        "advice": check.advice,
        "relay": place(found.host, found.port),
    }
    return clean("\n".join(f"{label}: {value}" if label else str(value) for label, value in rows.items() if value))


def _counts(handshakes: Sequence[Handshake]) -> dict[str, str]:
    checks = [check for found in handshakes for check in found.checks]
    seconds = sum(step.ms for found in handshakes for step in found.steps) / 1000
    counted = {word: str(sum(check.status is status for check in checks)) for word, status in _COUNTED.items()}
    return {"tests": str(len(checks)), **counted, "time": f"{seconds:.3f}"}


def clean(value: str) -> str:
    """XML 1.0 has no place for most control characters, not even escaped."""
    return "".join(char if char in "\t\n" or _allowed(ord(char)) else "?" for char in value)


def _allowed(code: int) -> bool:
    return 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
