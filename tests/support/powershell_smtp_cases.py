"""The same for the SMTP service of Windows."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from lab.servers.windows import iis

HOSTILE = "a'b\"`$(throw 1)\r\n--%\u00e4\u20ac"
EVERYTHING = ["SmartHost", "Port", "Fqdn", "Anonymous", "Relay", "Connection"]
WHOLE: Mapping[str, Any] = {
    "Name": "1",
    "Keep": [],
    "SmartHost": "smtp.example.com",
    "Port": 2525,
    "Fqdn": "relay.example.com",
    "Anonymous": False,
    "RelayAll": False,
    "RelayAddresses": ["10.0.0.1, 255.255.255.255", "10.20.0.0, 255.255.0.0"],
    "RelayDomains": ["example.com"],
    "ConnectionAll": True,
    "ConnectionAddresses": [],
    "ConnectionDomains": [],
}
_SET = {"relay": iis.access("192.0.2.1, 255.255.255.255", all_=True), "connection": iis.access("10.0.0.0, 255.0.0.0")}


def cases(case: Callable[..., Any]) -> list[Any]:
    def one(name: str, script: str, given: Mapping[str, Any] | None = None, *, bound: bool = True, **there: Any) -> Any:
        before = iis.machine(("1", "2"))
        before["servers"][0] |= there.pop("first", {})
        before |= there
        return case(
            platform="windows_smtp",
            name=name,
            script=script,
            version="windows",
            before=copy.deepcopy(before),
            given=given or {},
            bound=bound,
        )

    def write(name: str, *, bound: bool = True, **changed: Any) -> Any:
        there = {key: changed.pop(key) for key in ("first", "feature", "trouble") if key in changed}
        given = {key: value for key, value in {**WHOLE, **changed}.items() if value is not ...}
        return one(name, "write", given, bound=bound, **there)

    def service(name: str, mode: str, wanted: str, *, bound: bool = True, **there: Any) -> Any:
        return one(name, "service", {"StartMode": mode, "State": wanted}, bound=bound, **there)

    relay_only = [name for name in EVERYTHING if name != "Relay"]
    return [
        one("as installed", "read"),
        one("all set", "read", first=_SET),
        one("an empty list lets everybody in", "read", first={"relay": iis.access(all_=True)}),
        one("a list of one", "read", first={"relay": iis.access("10.0.0.1, 255.255.255.255")}),
        one("a broken list", "read", first={"broken": True}),
        one("no virtual server", "read", servers=[]),
        one("not installed", "read", feature="Available"),
        one("gone", "read", feature="absent"),
        write("all of it"),
        write("keep all", Keep=EVERYTHING, first=_SET),
        write("relay only, nobody", Keep=relay_only, RelayAddresses=[], RelayDomains=[], first=_SET),
        write("relay only, everybody", Keep=relay_only, RelayAll=True, RelayAddresses=[], RelayDomains=[]),
        write("all except", RelayAll=True, RelayAddresses=["192.0.2.1, 255.255.255.255"], RelayDomains=["example.net"]),
        write("a list that was never set", Keep=relay_only),
        write("the second server", Name="2"),
        write("no smart host", SmartHost="", first={"smart_host": "old", "smart_host_type": 2}),
        write("hostile", Fqdn=HOSTILE, RelayDomains=[HOSTILE]),
        write("a broken list", first={"broken": True}),
        write("a broken list that is kept", Keep=["Relay"], first={"broken": True}),
        write("no such server", Name="9"),
        write("gone", feature="absent"),
        write("access denied", trouble=["access denied"]),
        write("name with a path", Name="1/Info", bound=False),
        write("list null", RelayAddresses=None, bound=False),
        write("mode as text", RelayAll="False", bound=False),
        write("misspelt", RelayAdresses=[], bound=False),
        write("anonymous missing", Anonymous=..., bound=False),
        service("automatic and running", "Automatic", "Running"),
        service("manual", "Manual", "keep"),
        service("stopped", "keep", "Stopped", state="Running"),
        service("disabled, then started", "Disabled", "Running"),
        service("nothing", "keep", "keep"),
        service("gone", "Automatic", "Running", feature="absent"),
        service("access denied", "Automatic", "keep", trouble=["access denied"]),
        service("unknown word", "Auto", "keep", bound=False),
    ]
