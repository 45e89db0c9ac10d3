"""Findings as JUnit XML, for the test report of a CI: a case for each, an error as a failure.

A run without errors has one case that passed: a report without cases counts as broken in most CI systems.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from reconciler.model.finding import Finding, Severity
from reconciler.views.findings import short
from reconciler.views.handshakes.junit import clean, whole


def text(findings: Sequence[Finding]) -> str:
    found = short(findings)
    failures = sum(one.severity is Severity.ERROR for one in found)
    counts = {"tests": str(len(found) or 1), "failures": str(failures), "errors": "0", "skipped": "0"}
    root = whole("reconciler validate", counts)
    suite = ET.SubElement(root, "testsuite", {"name": "validate", **counts})
    for one in found:
        suite.append(_case(one))
    if not found:
        ET.SubElement(suite, "testcase", {"classname": "validate", "name": "all files"})
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(one: Finding) -> ET.Element:
    place = str(one.where) if one.where else ""
    case = ET.Element("testcase", {"classname": clean(one.where.file if one.where else "validate"), "name": one.rule})
    told = [place, one.what, *(f"{word}: {said}" for word, said in (("why", one.why), ("fix", one.fix)) if said)]
    body = clean("\n".join(line for line in told if line))
    if one.severity is Severity.ERROR:
        ET.SubElement(case, "failure", {"message": clean(one.what), "type": one.rule}).text = body
    else:
        known = f", accepted until {one.accepted.until}: {clean(one.accepted.reason)}" if one.accepted else ""
        ET.SubElement(case, "system-out").text = f"{one.severity}{known}: {body}"
    return case
