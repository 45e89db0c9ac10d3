"""JUnit XML to the letter, and as strict readers want it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from support.values import certificate

from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Status, Step
from reconciler.views.handshakes import junit


def check(id: str, status: str, reason: str, evidence: str | None = None, advice: str | None = None) -> CheckResult:  # noqa: A002
    return CheckResult(id=id, status=CheckStatus(status), reason=reason, evidence=evidence, advice=advice)


def shaken(relay: str | None, status: str, *checks: CheckResult) -> Handshake:
    return Handshake(
        relay=relay,
        host="smtp.example.com",
        port=587,
        level=Level.AUTH,
        status=Status(status),
        steps=(Step(name="tcp", ms=12), Step(name="EHLO", ms=3.25)),
        checks=checks,
        summary="connected, via ssh://bastion",
        via="ssh://bastion",
        certificate=certificate("2027-01-22T09:00:00+00:00"),
        took={"SMTP103": 3.25},
    )


ALL = tuple(check(f"SMTP{100 + n}", status, f"it is {status}") for n, status in enumerate(CheckStatus))
STRIPPED = shaken(
    "prod/internal",
    "fail",
    check("SMTP103", "pass", "EHLO is accepted", "250 relay.corp"),
    check("SMTP200", "fail", 'no "STARTTLS" & <none>', "250-a\n250 b", "use port 465"),
)


def test_text_of_a_relay_that_fails() -> None:
    assert junit.text([STRIPPED]) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites name="reconciler verify" tests="2" failures="1" errors="0" time="0.015">\n'
        '  <testsuite name="prod/internal" tests="2" failures="1" errors="0" skipped="0" time="0.015">\n'
        "    <properties>\n"
        '      <property name="host" value="smtp.example.com" />\n'
        '      <property name="port" value="587" />\n'
        '      <property name="level" value="auth" />\n'
        '      <property name="status" value="fail" />\n'
        '      <property name="summary" value="connected, via ssh://bastion" />\n'
        '      <property name="via" value="ssh://bastion" />\n'
        '      <property name="certificate_expires" value="2027-01-22T09:00:00+00:00" />\n'
        "    </properties>\n"
        '    <testcase classname="prod/internal" name="SMTP103" time="0.0032">\n'
        "      <system-out>EHLO is accepted\n"
        "evidence: 250 relay.corp\n"
        "relay: smtp.example.com:587</system-out>\n"
        "    </testcase>\n"
        '    <testcase classname="prod/internal" name="SMTP200">\n'
        '      <failure message="no &quot;STARTTLS&quot; &amp; &lt;none&gt;" type="SMTP200">'
        'no "STARTTLS" &amp; &lt;none&gt;\n'
        "evidence: 250-a\n"
        "250 b\n"
        "advice: use port 465\n"
        "relay: smtp.example.com:587</failure>\n"
        "    </testcase>\n"
        "    <system-out>tcp 12.0 ms\n"
        "EHLO 3.2 ms</system-out>\n"
        "  </testsuite>\n"
        "</testsuites>\n"
    )


def test_each_status_has_its_outcome() -> None:
    root = ET.fromstring(junit.text([shaken("a", "fail", *ALL)]))
    outcomes = {case.attrib["name"]: case[0].tag for case in root.iter("testcase")}
    found = [outcomes[one.id] for one in ALL]
    assert dict(zip((one.status.value for one in ALL), found, strict=True)) == {
        "pass": "system-out",
        "warn": "system-out",
        "fail": "failure",
        "info": "system-out",
        "skipped": "skipped",
        "inconclusive": "error",
    }


def test_a_warning_says_that_it_is_one() -> None:
    root = ET.fromstring(junit.text([shaken("a", "warn", check("SMTP206", "warn", "9 days", advice="renew it"))]))
    assert root.findtext(".//testcase/system-out") == "warning: 9 days\nadvice: renew it\nrelay: smtp.example.com:587"


def test_the_counts_are_those_of_the_cases() -> None:
    root = ET.fromstring(junit.text([shaken("a", "fail", *ALL), shaken(None, "pass"), STRIPPED]))
    counted = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for element in (root, *root.iter("testsuite")):
        for attribute, tag in counted.items():
            if attribute == "skipped" and element is root:  # the schema of Jenkins has none there
                continue
            assert element.attrib[attribute] == str(len(list(element.iter(tag))))
    assert [suite.attrib["name"] for suite in root] == ["a", "smtp.example.com:587", "prod/internal"]


def test_what_xml_cannot_hold_is_replaced() -> None:
    odd = check("SMTP101", "fail", "\x00\x1b[2J ]]> \ud800 ä 😀", "\x0b\uffff")
    text = junit.text([shaken("a\x01b", "fail", odd)])
    failure = next(ET.fromstring(text.encode()).iter("failure"))
    assert failure.attrib["message"] == "??[2J ]]> ? ä 😀"


def test_no_relay_is_a_whole_document() -> None:
    root = ET.fromstring(junit.text([]))
    assert (root.tag, root.attrib["tests"], len(root)) == ("testsuites", "0", 0)
