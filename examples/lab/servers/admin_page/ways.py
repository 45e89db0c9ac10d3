"""The ways in which a page can send while somebody only looks at it; each arrives from an ordinary browser."""

from __future__ import annotations

# name: a script that the page runs once it is there
WAYS: dict[str, str] = {
    "fetch": "fetch('/p/fetch', {method: 'POST', body: 'x'})",
    "xhr-put": "const x = new XMLHttpRequest(); x.open('PUT', '/p/xhr-put'); x.send('x')",
    "delete": "fetch('/p/delete', {method: 'DELETE'})",
    "beacon": "navigator.sendBeacon('/p/beacon', 'x')",
    "form": "form('/p/form', '')",
    "form-in-iframe": "add('<iframe name=inner></iframe>'); form('/p/form-in-iframe', 'inner')",
    "form-in-new-window": "form('/p/form-in-new-window', '_blank')",
    "iframe": "add('<iframe src=/child/iframe></iframe>')",
    "iframe-of-another-origin": "add(`<iframe src=//localhost:${location.port}"
    "/child/iframe-of-another-origin></iframe>`)",
    "window": "window.open('/child/window')",
    "window-without-opener": "window.open('/child/window-without-opener', '_blank', 'noopener')",
    "worker": "new Worker('/worker/worker')",
    "worker-from-blob": "new Worker(URL.createObjectURL(new Blob([`fetch('${location.origin}/p/worker-from-blob', "
    "{method: 'POST', body: 'x'})`])))",
    "shared-worker": "new SharedWorker('/worker/shared-worker')",
    "service-worker": "navigator.serviceWorker.register('/worker/service-worker')",
    "websocket": "new WebSocket(`ws://${location.host}/p/websocket`)",
    "ping": "add('<a id=ping ping=/p/ping href=#x>x</a>'); document.getElementById('ping').click()",
    "csp-report": "new Function('1')",
    "beacon-at-page-end": "addEventListener('pagehide', () => navigator.sendBeacon('/p/beacon-at-page-end', 'x'))",
    "keepalive-at-page-end": "addEventListener('pagehide', () => fetch('/p/keepalive-at-page-end', "
    "{method: 'POST', keepalive: true, body: 'x'}))",
    "get": "fetch('/p/get')",
    # a GET that changes something needs no script at all
    "image": "add('<img src=/p/image>')",
    "style": "add('<style>body {background: url(/p/style)}</style>')",
    "script": "const s = document.createElement('script'); s.src = '/p/script'; document.head.append(s)",
    "event-source": "new EventSource('/p/event-source')",
    "prefetch": "add('<link rel=prefetch href=/p/prefetch>')",
    "meta-refresh": "document.head.insertAdjacentHTML('beforeend', "
    "'<meta http-equiv=refresh content=\"0;url=/p/meta-refresh\">')",
    "location": "location = '/p/location'",
    "page-with-a-command": "fetch('/settings?p=page-with-a-command')",
    "fetch-later": "fetchLater('/p/fetch-later', {method: 'POST', body: 'x', activateAfter: 0})",
    "webrtc": "const r = new RTCPeerConnection({iceServers: [{urls: `stun:127.0.0.1:${document.body.dataset.udp}`}]}); "
    "r.createDataChannel('x'); r.createOffer().then((o) => r.setLocalDescription(o))",
}
PAGE = """<h1>Settings</h1><form method=post action=/settings><label for=h>Host</label>
<input id=h name=host value=smtp.example.com><button>Save</button></form>
<script>
const add = (text) => document.body.insertAdjacentHTML('beforeend', text);
const form = (action, target) => {
  const f = document.createElement('form');
  Object.assign(f, {method: 'post', action, target}); document.body.append(f); f.submit();
};
document.body.dataset.udp = 'UDP';
try { WAY } catch (error) {}
</script>"""
