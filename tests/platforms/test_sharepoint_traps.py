"""The traps of SharePoint's cmdlets by a real PowerShell: each is there, and our script does not step into it.

The cmdlets are the lab's, with the parameters and defaults that Microsoft documents; what stands first in each test is
what the vendor's examples and other tools do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from lab.servers.windows import engine
from lab.servers.windows.farm import CENTRAL, farm
from support.powershell_cases import EVERYTHING, ID, WHOLE
from support.powershell_engine import GET, PUT, engine_session, ours

from reconciler.drivers.powershell import pool
from reconciler.drivers.powershell.scripts import Script
from reconciler.drivers.powershell.session import Session
from reconciler.errors import PlatformError

URL = "https://intranet.contoso.example/"
PRINT = "B" * 40
THERE = {"host": "old.example.com", "port": 2525, "tls": False, "user": "old", "password": "pw-old", "from": "a@x.y"}
FIND = f"$wa = Get-SPWebApplication | Where-Object {{ $_.Url -eq '{URL}' }}\n"
DONE = '\n\'{"reconciler":1,"ok":true,"error":null,"result":{}}\''
Row = dict[str, Any]


class Farm:
    def __init__(self, session: Session, version: str) -> None:
        self.session, self.version = session, version

    def given(self, **changed: Any) -> Farm:
        """One server of two has a key, and all web applications have these settings."""
        made = farm(self.version, urls=(URL,), servers=("SP1", "SP2"))
        made.state["servers"][0]["key"] = "pw-key"
        for one in made.applications:
            one.update({**THERE, **changed})
        pool.pool(self.session.server).run(PUT["sharepoint"], {"Json": json.dumps(made.state)}, reads=False)
        return self

    def naive(self, statement: str) -> Row:
        self.session.write(Script(name="naive.ps1", text=FIND + statement + DONE))
        return self.row()

    def ours(self, **changed: Any) -> Row:
        """What changes, with all else kept."""
        self.session.write(ours("sharepoint", "write"), **{**WHOLE, "Keep": EVERYTHING, **changed})
        return self.row()

    def row(self, url: str = URL) -> Row:
        ended = pool.pool(self.session.server).run(GET["sharepoint"], {}, reads=False)
        found = json.loads(str(ended.output[0]))["applications"]
        return next(one for one in found if one["url"] == url)


Of = Callable[[str], Farm]


@pytest.fixture(scope="module")
def of() -> Iterator[Of]:
    if (pwsh := engine.found()) is None:
        pytest.skip("no real PowerShell: set RECONCILER_PWSH, or put pwsh on the PATH")
    with ExitStack() as stack:
        known: dict[str, Farm] = {}

        def made(version: str) -> Farm:
            if version not in known:
                known[version] = Farm(stack.enter_context(engine_session(version, pwsh)), version)
                known[version].session.write(Script(name="shell.ps1", text=f"{LOADED}{DONE}"))
            return known[version].given()

        yield made


LOADED = "if (-not (Get-Command Get-SPFarm -ErrorAction Ignore)) { Add-PSSnapin -Name Microsoft.SharePoint.PowerShell }"
LATER = ("2016", "2019", "SE")


def kept(row: Row, *names: str) -> bool:
    return all(row[name] == THERE[name] for name in names)


@pytest.mark.parametrize("version", LATER)
def test_tls_is_turned_on_by_an_omitted_switch(of: Of, version: str) -> None:
    assert of(version).naive("Set-SPWebApplication -Identity $wa -SMTPServer new.example.com")["tls"] is True
    assert kept(of(version).ours(Keep=[one for one in EVERYTHING if one != "Host"]), "tls")


@pytest.mark.parametrize("version", LATER)
def test_a_port_that_is_left_out_becomes_25(of: Of, version: str) -> None:
    naive = of(version).naive("Set-SPWebApplication -Identity $wa -SMTPServer new.example.com -DisableSMTPEncryption")
    assert naive["port"] == 25
    assert kept(of(version).ours(Keep=[one for one in EVERYTHING if one != "Host"]), "port")


@pytest.mark.parametrize("version", ["2019", "SE"])
def test_credentials_are_preserved_when_omitted_and_cleared_when_null(of: Of, version: str) -> None:
    words = "Set-SPWebApplication -Identity $wa -SMTPServer old.example.com"
    assert kept(of(version).naive(words), "user", "password")
    assert of(version).naive(f"{words} -SMTPCredentials $null")["user"] is None
    assert kept(of(version).ours(Auth="preserve"), "user", "password")
    assert of(version).ours(Auth="anonymous")["user"] is None


def test_the_farm_is_changed_when_a_web_application_was_meant(of: Of) -> None:
    """As the vendor's example for "a specific web application" does."""
    there = of("2019")
    there.naive(
        "$CentralAdmin = Get-SPWebApplication -IncludeCentralAdministration | "
        "Where-Object { $_.IsAdministrationWebApplication }\n"
        "Set-SPWebApplication -Identity $CentralAdmin -SMTPServer new.example.com"
    )
    assert (there.row(CENTRAL)["host"], there.row()["host"]) == ("new.example.com", "old.example.com")
    there = of("2019")
    there.ours(Keep=[], MailHost="new.example.com", From="n@x.y")
    assert (there.row(CENTRAL)["host"], there.row()["host"]) == ("old.example.com", "new.example.com")
    for wrong in ({"Id": ID, "Central": True}, {"Id": "00000001-0000-0000-0000-000000000000", "Central": False}):
        with pytest.raises(PlatformError, match="WRONG_SCOPE"):
            of("2019").ours(**wrong)


def test_a_certificate_is_bound_by_pipeline(of: Of) -> None:
    there = of("SE")
    words = f"Get-SPCertificate -Thumbprint {PRINT} | Set-SPWebApplication -Identity $wa -SMTPServer new.example.com"
    assert there.naive(words)["certificate"] == PRINT
    assert of("SE").ours(CertificateMode="preserve")["certificate"] is None
    assert of("SE").ours(CertificateMode="use", Thumbprint=PRINT)["certificate"] == PRINT


def test_reply_to_address_of_the_vendors_example_does_not_bind(of: Of) -> None:
    there = of("SE")
    with pytest.raises(PlatformError, match="NamedParameterNotFound"):
        there.naive("Set-SPWebApplication -Identity $wa -SMTPServer new.example.com -ReplyToAddress r@example.com")
    assert there.row()["host"] == "old.example.com"
    given = {"Keep": [one for one in EVERYTHING if one != "ReplyTo"], "ReplyTo": "r@example.com"}
    assert there.ours(**given)["reply_to"] == "r@example.com"


def test_an_object_that_was_read_before_a_write_is_stale(of: Of) -> None:
    """Code page and envelope sender have no parameter, so they are written through an object that is read anew."""
    words = (
        "Set-SPWebApplication -Identity $wa -SMTPServer new.example.com\n$wa.OutboundMailCodePage = 932\n$wa.Update()"
    )
    with pytest.raises(PlatformError):
        of("2019").naive(words)
    assert of("2019").ours(Keep=EVERYTHING[:3], MailHost="old.example.com", CodePage=932)["code_page"] == 932


@pytest.mark.parametrize("version", ["2013", *LATER])
def test_an_empty_reply_to_stays_empty(of: Of, version: str) -> None:
    assert of(version).ours(Keep=[one for one in EVERYTHING if one != "ReplyTo"], ReplyTo="")["reply_to"] == ""


def test_notices_of_the_end_of_support_are_no_failure(of: Of) -> None:
    there = of("SE")
    made = farm("SE", urls=(URL,))
    made.state["trouble"] = ["notices"]
    pool.pool(there.session.server).run(PUT["sharepoint"], {"Json": json.dumps(made.state)}, reads=False)
    assert len(there.session.write(ours("sharepoint", "read"))["web_applications"]) == 2


def test_one_web_application_is_a_list_and_none_is_one_too(of: Of) -> None:
    there = of("2019")
    for urls in ((), (URL,)):
        made = farm("2019", urls=urls)
        pool.pool(there.session.server).run(PUT["sharepoint"], {"Json": json.dumps(made.state)}, reads=False)
        found = there.session.write(ours("sharepoint", "read"))
        assert [type(found[name]) for name in ("web_applications", "servers")] == [list, list]
        assert len(found["web_applications"]) == 1 + len(urls)
