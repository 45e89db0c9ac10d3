"""What each shipped script is run with: against the lab's cmdlets by a real PowerShell, and by the model in Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.servers.windows.farm import VERSIONS, Farm, farm

ID = "00000002-0000-0000-0000-000000000000"  # of the only web application
CENTRAL_ID = "00000001-0000-0000-0000-000000000000"
MISSING = "0000ffff-0000-0000-0000-000000000000"
HOSTILE = "a'b\"`$(throw 1)\r\n--%\u00e4\u20ac\U0001f600"
SECRET = "Password"  # the parameters that travel as a SecureString
SECRETS = frozenset({SECRET, "Key"})
WHOLE: Mapping[str, Any] = {
    "Id": ID,
    "Central": False,
    "Keep": [],
    "MailHost": "smtp.example.com",
    "Port": 25,
    "From": "a@example.com",
    "ReplyTo": "",
    "CodePage": 65001,
    "Tls": False,
    "Auth": "preserve",
    "User": "",
    "Password": None,
    "Envelope": False,
    "CertificateMode": "preserve",
    "Thumbprint": "",
}
EVERYTHING = ["Host", "Port", "From", "ReplyTo", "CodePage", "Tls", "User", "Envelope"]
_SET = {
    "host": "old.example.com",
    "port": 2525,
    "from": HOSTILE,
    "reply_to": "r@example.com",
    "code_page": 1252,
    "tls": True,
    "user": "old",
    "password": "pw-old",
    "override_envelope_sender": True,
    "certificate": "B" * 40,
}
_LOGIN = {"Auth": "authenticated", "User": "CONTOSO\\m", "Password": "pw-p'\u20ac"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`bound` is False where the parameters do not even fit: only an engine refuses those."""

    name: str
    script: str
    version: str
    given: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    applications: Mapping[str, Any] = field(default_factory=dict)
    urls: tuple[str, ...] = ("https://intranet.contoso.example/",)
    keyed: bool = True
    bound: bool = True

    def farm(self) -> Farm:
        """What is there before, with only those settings that the version has."""
        made = farm(self.version, urls=self.urls, servers=("SP1", "SP2"))
        made.state |= self.state
        made.state["servers"].append({"address": "mail.example.com", "role": "Invalid", "key": None})
        for server in made.state["servers"][:2]:
            server["key"] = "pw-key" if self.keyed and made.has("2019") else None
        for one in made.applications:
            one |= {name: value for name, value in self.applications.items() if made.has(_SINCE.get(name, "2013"))}
        return made


_SINCE = {
    "port": "2016",
    "tls": "2016",
    "override_envelope_sender": "2016",
    "user": "2019",
    "password": "2019",
    "certificate": "SE",
}


def cases() -> list[Case]:
    return [*_reads(), *_writes(), *_keys()]


def _reads() -> list[Case]:
    many = tuple(f"https://w{number}.contoso.example/" for number in range(50))
    found = []
    for version in VERSIONS:
        found += [
            Case(name="nothing set", script="read", version=version),
            Case(name="all set", script="read", version=version, applications=_SET),
            Case(name="no web application", script="read", version=version, urls=()),
        ]
    troubles = ("notices", "no second hop", "out of memory", "one cannot be read")
    found += [Case(name=word, script="read", version="SE", state={"trouble": [word]}) for word in troubles]
    found += [
        Case(name="many", script="read", version="2019", urls=many),
        Case(name="German", script="read", version="2019", state={"trouble": ["no second hop"], "language": "de"}),
        Case(name="misspelt", script="read", version="2019", given={"Url": "x"}, bound=False),
    ]
    return found


def _write(name: str, version: str = "2019", *, bound: bool = True, keyed: bool = True, **changed: Any) -> Case:
    state = changed.pop("state", {})
    applications = changed.pop("applications", _SET)
    given = {key: value for key, value in {**WHOLE, **changed}.items() if value is not ...}
    return Case(
        name=name,
        script="write",
        version=version,
        given=given,
        state=state,
        applications=applications,
        keyed=keyed,
        bound=bound,
    )


def _writes() -> list[Case]:
    found = []
    for version in VERSIONS:
        found += [
            _write("all of it", version),
            _write("keep all", version, Keep=EVERYTHING),
            _write("from only, hostile", version, Keep=[one for one in EVERYTHING if one != "From"], From=HOSTILE),
            _write("the farm", version, Id=CENTRAL_ID, Central=True),
            _write("TLS and port", version, Tls=True, Port=587),
            _write("login", version, **_LOGIN),
            _write("anonymous", version, Auth="anonymous"),
            _write("clear the host", version, MailHost=""),
            _write("envelope", version, Envelope=True, CodePage=932),
            _write("certificate", version, Tls=True, CertificateMode="use", Thumbprint="B" * 40),
            _write("no certificate", version, CertificateMode="none"),
            _write("one conflict", version, state={"conflicts": 1}),
            _write("conflicts for ever", version, state={"conflicts": 99}),
        ]
    keep_user = [one for one in EVERYTHING if one != "Port"]
    found += [
        _write("login without a key", keyed=False, **_LOGIN),
        _write("new password for the user there", Keep=keep_user, Auth="authenticated", Password="pw-new"),
        _write("another user, the password there", Auth="authenticated", User="other"),
        _write("login without anything", Auth="authenticated", applications={}),
        _write("no such web application", Id=MISSING),
        _write("farm meant, web application named", Central=True),
        _write("web application meant, farm named", Id=CENTRAL_ID),
        _write("no such certificate", "SE", CertificateMode="use", Thumbprint="C" * 40),
        _write("notices", "SE", state={"trouble": ["notices"]}),
        _write("not written", state={"trouble": ["not written"]}),
        _write("access denied, in German", state={"trouble": ["access denied"], "language": "de"}),
        _write("conflicts, in German", state={"conflicts": 99, "language": "de"}),
        _write("misspelt parameter", Prot=25, bound=False),
        _write("port missing", Port=..., bound=False),
        _write("port 0", Port=0, bound=False),
        _write("TLS as text", Tls="False", bound=False),
        _write("TLS null", Tls=None, bound=False),
        _write("list for a text", From=["a", "b"], bound=False),
        _write("unknown word", Auth="basic", bound=False),
        _write("unknown name in Keep", Keep=["Everything"], bound=False),
        _write("no guid", Id="https://intranet.contoso.example", bound=False),
    ]
    return found


def _keys() -> list[Case]:
    found = [Case(name="key", script="key", version=version, given={"Key": "pw-k\u20acy"}) for version in VERSIONS]
    return [*found, Case(name="key as plain text", script="key", version="2019", given={"Key": 1}, bound=False)]
