"""A page that sends while it is only being read, in 21 ways, and by one GET that changes something.

Each way asks for `/sent/<way>`, so that a test sees which arrived. `WEBSOCKET` arrives as a handshake.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Collection
from urllib.parse import quote

from lab.servers.console.exchange import HTML, SCRIPT, Answer, Request

SENT, CHILD, WORKER, SERVICE = "/sent/", "/sending/child", "/sending/worker.js", "/sending/service.js"


def _form(way: str, target: str) -> str:
    opened = f"<form id=form-{target} method=post action=/sent/{quote(way)} target={target}></form>"
    return f"add('{opened}');document.getElementById('form-{target}').submit()"


WAYS = {
    "fetch": "fetch('/sent/fetch',{method:'POST',body:'x'}).catch(()=>0)",
    "xhr": "const x=new XMLHttpRequest();x.open('PUT','/sent/xhr');x.send('x')",
    "delete": "fetch('/sent/delete',{method:'DELETE'}).catch(()=>0)",
    "beacon": "navigator.sendBeacon('/sent/beacon','x')",
    "form in a frame": "add('<iframe name=aside></iframe>');" + _form("form in a frame", "aside"),
    "frame": "add('<iframe src=/sending/child?frame></iframe>')",
    "other host": "add('<iframe src=//localhost:'+location.port+'/sending/child?other%20host></iframe>')",
    "popup": "window.open('/sending/child?popup')",
    "popup without opener": "window.open('/sending/child?popup%20without%20opener','_blank','noopener')",
    "form in a new page": _form("form in a new page", "_blank"),
    "worker": "new Worker('/sending/worker.js?worker')",
    "blob worker": 'new Worker(URL.createObjectURL(new Blob(["fetch(\'"+location.origin+"/sent/blob%20worker\','
    "{method:'POST',body:'x'})\"])))",
    "shared worker": "new SharedWorker('/sending/worker.js?shared%20worker')",
    "service worker": "navigator.serviceWorker.register('/sending/service.js',{scope:'/sending/'}).catch(()=>0)",
    "websocket": "new WebSocket(location.origin.replace('http','ws')+'/sent/websocket')",
    "ping": "add('<a id=pinging ping=/sent/ping href=#x></a>');document.getElementById('pinging').click()",
    "policy report": "eval('1')",  # the answer's Content-Security-Policy forbids it, and says where to report that
    "fetch later": "fetchLater('/sent/fetch%20later',{method:'POST',body:'x',activateAfter:0})",
    "beacon at the end": "addEventListener('pagehide',()=>navigator.sendBeacon('/sent/beacon%20at%20the%20end','x'))",
    "fetch at the end": "addEventListener('pagehide',()=>fetch('/sent/fetch%20at%20the%20end',{method:'POST',"
    "keepalive:true,body:'x'}))",
    "own form": f"setTimeout(()=>{{{_form('own form', '_self')}}},300)",
}
READING = {"changing get": "fetch('/sent/changing%20get')"}  # harmless by its verb alone
_POLICY = "script-src 'self' 'unsafe-inline' blob:; report-uri /sent/policy%20report"


def script(ways: Collection[str]) -> str:
    """To stand at the end of a page. Each way tries, whatever became of the others."""
    known = WAYS | READING
    tried = "".join(f"try{{{known[way]}}}catch(e){{}}" for way in ways)
    return f"<script>{{const add=t=>document.body.insertAdjacentHTML('beforeend',t);{tried}}}</script>"


def headers(ways: Collection[str]) -> tuple[tuple[str, str], ...]:
    return (("Content-Security-Policy", _POLICY),) if "policy report" in ways else ()


def answer(request: Request) -> Answer | None:
    """For what the ways ask for; None for anything else."""
    way = html.escape(request.query)
    if request.path == CHILD:
        return Answer(body=f"<script>fetch({json.dumps(SENT + way)},{{method:'POST',body:'x'}})</script>", kind=HTML)
    if request.path == WORKER:
        return Answer(body=f"fetch({json.dumps(SENT + way)},{{method:'POST',body:'x'}})", kind=SCRIPT)
    if request.path == SERVICE:
        sent = "e.waitUntil(fetch('/sent/service%20worker',{method:'POST',body:'x'}))"
        return Answer(body=f"self.addEventListener('install',e=>{{{sent}}})", kind=SCRIPT)
    if request.path.startswith(SENT):
        key = request.headers.get("sec-websocket-key")
        return _accepted(key) if key else Answer(body="ok")
    return None


def _accepted(key: str) -> Answer:
    """RFC 6455, 4.2.2."""
    digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
    accept = ("Sec-WebSocket-Accept", base64.b64encode(digest).decode())
    return Answer(status=101, headers=(("Upgrade", "websocket"), ("Connection", "Upgrade"), accept))
