"""More exchanges with real Odoo 17, 18 and 19: users of other kinds, mailings, mail_environment, and who asks what.

RECONCILER_RECORDINGS may name a folder with more files of this form (`odoo-*-extra.json`): then these are replayed too.
Left out are texts in the language of a user, and one answer that shows what another test had left.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.servers.odoo import OdooStandIn, User
from support.odoo_recordings import comparable

Entry = dict[str, Any]
OWN = Path(__file__).parents[2] / "recordings" / "odoo-users-and-mailings.json"
MORE = os.environ.get("RECONCILER_RECORDINGS")
# in the order of their ids; the first is the one that does the work
LOGINS = ("keeper", "norights", "erpmanager", "expired", "gone", "german", "twofa", "pass")
GROUPS = {"norights": "plain", "erpmanager": "erp_manager"}
PASSWORDS = {"twofa": "twofa-pass-1", "pass": "pass-word-1"}
SECTIONS = {"outgoing_mail.main": {"smtp_host": "localhost"}, "outgoing_mail.fromfile": {"smtp_host": "localhost"}}
COMPANIES = ("Branch Two", "Branch Three"), ("Example Two", "Example Three")
GERMAN = ("Sie ", "fehlgeschlagen")
# the pages of the web client, which another application dressed there
ONLY_STATUS = ("17/url_with_web", "17/url_with_odoo", "18/url_with_web")
ELSEWHERE = "19/company.two_domains_one_company"


def entries(file: Path) -> list[Entry]:
    found: list[Entry] = json.loads(file.read_text("utf-8"))["entries"]
    told = [(entry, json.dumps(entry["response"], ensure_ascii=False)) for entry in found]
    return [entry for entry, text in told if entry["id"] != ELSEWHERE and not any(word in text for word in GERMAN)]


def users(version: int, worker: str) -> list[User]:
    first = 5 if version >= 19 else 6  # one default user less since 19
    return [
        User(
            login=worker if login == "keeper" else login,
            password=PASSWORDS.get(login, f"of {login}"),
            email=f"{login}@example.org",
            group=GROUPS.get(login, "system"),
            api_key=f"$KEY_{(worker if login == 'keeper' else login).upper()}",
            id=first + place,
            lang="de_DE" if login == "german" or (login == "keeper" and version >= 18) else None,
            active=login != "gone",
            expired=login == "expired",
            two_factor=login == "twofa",
        )
        for place, login in enumerate(LOGINS)
    ]


def closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def replayed(file: Path) -> Iterator[tuple[Entry, Any]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries(file):
        groups.setdefault(entry["id"].partition("/")[0], []).append(entry)
    for name, found in groups.items():
        with recorded_server(name, found, file.read_text("utf-8")) as odoo:
            for entry in found:
                arrange(odoo, entry)
                yield entry, exchanged(odoo, entry)


def recorded_server(name: str, found: list[Entry], text: str) -> OdooStandIn:
    version, port = int(name[:2]), closed_port()
    odoo = OdooStandIn(
        version,
        database=found[0]["request_body"]["params"]["args"][0],
        password="admin",
        users=users(version, "reconciler" if "$KEY_RECONCILER" in text else "keeper"),
        mailings=True,
        mail_environment=SECTIONS if "environment" in name else False,
        reach=lambda host, _: (host, port),
    )
    odoo.set_next_id("mail.template", 7 if version >= 19 else 5)
    odoo.add("mail.template", name="Mail: Install Request")
    odoo.add("mail.alias.domain", name="example.org")
    odoo.add("mail.alias.domain", name="second.example.org" if "Branch Two" in text else "two.example.org")
    two, three = COMPANIES["Example Two" in text]
    odoo.add("res.company", name=two, alias_domain_id=1 if version == 17 else None)
    odoo.add("res.company", name=three, alias_domain_id=2)
    if version == 17:
        odoo.edit("res.company", 1, alias_domain_id=None)
    return odoo


def arrange(odoo: OdooStandIn, entry: Entry) -> None:
    """Other records had come and gone: the ids of new ones are as recorded."""
    args = (entry["request_body"].get("params") or {}).get("args", ())
    result = entry["response"].get("result")
    if len(args) > 4 and args[4] in ("create", "copy") and result:
        odoo.set_next_id(args[3], result[0] if isinstance(result, list) else result)


def exchanged(odoo: OdooStandIn, entry: Entry) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", odoo.port, timeout=30)
    try:
        headers = {**entry["request_headers"], "Content-Type": "application/json"}
        connection.request("POST", entry["path"], json.dumps(entry["request_body"]).encode(), headers)
        response = connection.getresponse()
        body = response.read()
        told = json.loads(body) if "json" in str(response.getheader("Content-Type")) else {"_text": body.decode()}
        return {"http_status": response.status, "response": told}
    finally:
        connection.close()


def same(entry: Entry, answer: Any) -> bool:
    if entry["id"] in ONLY_STATUS:
        return bool(answer["http_status"] == entry["http_status"])
    return bool(comparable(without_trace(answer)) == comparable(without_trace(entry)))


def without_trace(entry: Entry) -> Entry:
    """Tracebacks were taken out of the recordings."""
    told = json.loads(json.dumps(entry["response"]))
    told.pop("debug", None)
    (told.get("error") or {}).get("data", {}).pop("debug", None)
    return {"http_status": entry["http_status"], "response": told}


def test_the_stand_in_answers_as_the_real_servers() -> None:
    found = list(replayed(OWN))
    assert len(found) == 97
    assert [(entry, answer) for entry, answer in found if not same(entry, answer)] == []


@pytest.mark.skipif(not MORE, reason="RECONCILER_RECORDINGS names no folder with more recordings")
def test_more_recordings_are_answered_alike() -> None:
    files = sorted(Path(str(MORE)).glob("odoo-*-extra.json"))
    assert files
    wrong = [(entry["id"], answer) for file in files for entry, answer in replayed(file) if not same(entry, answer)]
    assert wrong == []
