"""What each shipped script is run with: against the lab's cmdlets by a real PowerShell, and by the model in Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.servers.windows.farm import VERSIONS, farm
from lab.servers.windows.languages import LANGUAGES

from support import powershell_smtp_cases

OTHERS = LANGUAGES[1:]
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
# what is in Keep, the parameter, another value, and the property that alone may change
ONLY: Mapping[str, tuple[str, Any, str]] = {
    "Host": ("MailHost", "new.example.com", "host"),
    "Port": ("Port", 587, "port"),
    "From": ("From", "new@example.com", "from"),
    "ReplyTo": ("ReplyTo", "", "reply_to"),
    "CodePage": ("CodePage", 932, "code_page"),
    "Tls": ("Tls", False, "tls"),
    "Envelope": ("Envelope", False, "override_envelope_sender"),
}
_LOGIN = {"Auth": "authenticated", "User": "CONTOSO\\m", "Password": "pw-p'\u20ac"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`before` is what is there. `bound` is False where parameters do not even fit: only an engine refuses those."""

    platform: str
    name: str
    script: str
    version: str
    before: Mapping[str, Any]
    given: Mapping[str, Any] = field(default_factory=dict)
    bound: bool = True


def cases() -> list[Case]:
    return [*_reads(), *_writes(), *_keys(), *_probes(), *powershell_smtp_cases.cases(Case)]


def _case(
    name: str,
    script: str,
    version: str,
    given: Mapping[str, Any] | None = None,
    *,
    state: Mapping[str, Any] | None = None,
    applications: Mapping[str, Any] | None = None,
    urls: tuple[str, ...] = ("https://intranet.contoso.example/",),
    keyed: bool = True,
    bound: bool = True,
) -> Case:
    """On a farm that has only those settings which its version has."""
    made = farm(version, urls=urls, servers=("SP1", "SP2"))
    made.state |= state or {}
    made.state["servers"].append({"address": "mail.example.com", "role": "Invalid", "key": None})
    for server in made.state["servers"][:2]:
        server["key"] = "pw-key" if keyed and made.has("2019") else None
    known = {name: value for name, value in (applications or {}).items() if made.has(_SINCE.get(name, "2013"))}
    for one in made.applications:
        one.update(known)
    return Case(
        platform="sharepoint",
        name=name,
        script=script,
        version=version,
        before=made.state,
        given=given or {},
        bound=bound,
    )


_SINCE = {
    "port": "2016",
    "tls": "2016",
    "override_envelope_sender": "2016",
    "user": "2019",
    "password": "2019",
    "certificate": "SE",
}


def _reads() -> list[Case]:
    many = tuple(f"https://w{number}.contoso.example/" for number in range(50))
    found = []
    for version in VERSIONS:
        found += [
            _case("nothing set", "read", version),
            _case("all set", "read", version, applications=_SET),
            _case("no web application", "read", version, urls=()),
        ]
    troubles = ("notices", "no second hop", "out of memory", "one cannot be read")
    found += [_case(word, "read", "SE", state={"trouble": [word]}) for word in troubles]
    found += [
        _case("many", "read", "2019", urls=many),
        *(
            _case(f"{word}, in {language}", "read", "2019", state={"trouble": [word], "language": language})
            for word in ("no second hop", "out of memory")
            for language in OTHERS
        ),
        _case("misspelt", "read", "2019", {"Url": "x"}, bound=False),
    ]
    return found


def _write(name: str, version: str = "2019", *, bound: bool = True, keyed: bool = True, **changed: Any) -> Case:
    state = changed.pop("state", {})
    applications = changed.pop("applications", _SET)
    given = {key: value for key, value in {**WHOLE, **changed}.items() if value is not ...}
    return _case(name, "write", version, given, state=state, applications=applications, keyed=keyed, bound=bound)


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
            _write("conflict on update", version, CodePage=932, state={"trouble": ["conflict on update"]}),
            _write("conflicts for ever", version, state={"conflicts": 99}),
        ]
    found += [
        _write(f"{name} only", "SE", Keep=[one for one in EVERYTHING if one != name], **{parameter: value})
        for name, (parameter, value, _) in ONLY.items()
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
        *(_write(f"access denied, in {one}", state={"trouble": ["access denied"], "language": one}) for one in OTHERS),
        *(_write(f"conflicts, in {one}", state={"conflicts": 99, "language": one}) for one in OTHERS),
        *(_write(f"no key, in {one}", state={"language": one}, keyed=False, **_LOGIN) for one in OTHERS),
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
    found = [_case("key", "key", version, {"Key": "pw-k\u20acy"}) for version in VERSIONS]
    return [*found, _case("key as plain text", "key", "2019", {"Key": 1}, bound=False)]


def _probes() -> list[Case]:
    """Nobody listens on port 9 of loopback; what a relay says is in a test of its own."""
    nobody = {"MailHost": "127.0.0.1", "Port": 9, "Seconds": 5}
    return [
        _case("no relay there", "probe", "2019", nobody),
        _case("port 0", "probe", "2019", {**nobody, "Port": 0}, bound=False),
    ]
