"""The envelopes of WSMan, as far as PowerShell remoting needs them (MS-WSMV, MS-PSRP)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from lab.servers.windows import languages

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
POWERSHELL = "http://schemas.microsoft.com/powershell"

TIMED_OUT = 0x80338029
NO_SHELL = 0x8033805B
ACCESS_DENIED = 5
NO_CONFIGURATION = 0x8033803B
TOO_MANY_SHELLS = 0x803381A5
PROCESS_ENDED = 1726


class Fault(Exception):
    """What the server answers with status 500; clients go by the code. `key` is of `languages`."""

    def __init__(self, code: int, key: str) -> None:
        super().__init__(key)
        self.code, self.key = code, key


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    action: str
    message: str
    shell: str | None
    resource: str
    seconds: float  # that the client gives an operation
    body: ET.Element

    def find(self, path: str) -> ET.Element:
        found = self.body.find(path)
        if found is None:
            raise ValueError(f"no {path} in {self.action}")
        return found


def parsed(data: bytes) -> Request:
    envelope = ET.fromstring(data)
    selector = envelope.find(f".//{{{WSMAN}}}Selector[@Name='ShellId']")
    return Request(
        action=_text(envelope, f".//{{{ADDRESSING}}}Action").rpartition("/")[2],
        message=_text(envelope, f".//{{{ADDRESSING}}}MessageID"),
        shell=None if selector is None else (selector.text or "").upper(),
        resource=_text(envelope, f".//{{{WSMAN}}}ResourceURI"),
        seconds=float(_text(envelope, f".//{{{WSMAN}}}OperationTimeout").removeprefix("PT").removesuffix("S") or 60),
        body=envelope,
    )


def answer(request: Request, body: str) -> bytes:
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}" xmlns:rsp="{SHELL}" xmlns:w="{WSMAN}">'
        f"<s:Header><a:RelatesTo>{request.message}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def fault(error: Fault, language: str) -> str:
    text = languages.text(error.key, language)
    return (
        "<s:Fault><s:Code><s:Value>s:Receiver</s:Value>"
        "<s:Subcode><s:Value>w:InternalError</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="{language}">{text}</s:Text></s:Reason>'
        f'<s:Detail><f:WSManFault xmlns:f="{FAULT}" Code="{error.code}" Machine="lab">'
        f"<f:Message>{text}</f:Message></f:WSManFault></s:Detail></s:Fault>"
    )


def created(shell: str) -> str:
    return (
        f'<x:ResourceCreated xmlns:x="{TRANSFER}"><a:ReferenceParameters><w:SelectorSet>'
        f'<w:Selector Name="ShellId">{shell}</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>'
        f"<rsp:Shell><rsp:ShellId>{shell}</rsp:ShellId></rsp:Shell>"
    )


def _text(envelope: ET.Element, path: str) -> str:
    found = envelope.find(path)
    return "" if found is None else found.text or ""
