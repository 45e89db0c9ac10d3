#!/bin/sh
# hvac 2.4.0 returns requests.Response, and not the documented dict, when the answer is 200 and no JSON, as it is from a proxy that shows
# a page in front of Vault. Nothing is raised where the page arrives: what is raised comes later and is no error of hvac's
# (a TypeError, in is_sealed by hvac itself), so a program that catches hvac.exceptions.VaultError does not see it.
# A page that comes with 503 raises VaultDown.
# Seen on 2026-11-29. Reported for answers other than 200 in https://github.com/hvac/hvac/issues/622 and 797.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target lib 'hvac==2.4.0' >&2

cat >seen <<'END'
200 read_secret_version: Response
200 lookup_self: Response
200 is_sealed: TypeError, a VaultError: False
503 read_secret_version: VaultDown, a VaultError: True
503 lookup_self: VaultDown, a VaultError: True
503 is_sealed: VaultDown, a VaultError: True
END

cat >run.py <<'END'
import http.server, sys, threading

sys.path.insert(0, "lib")
import hvac


class Page(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self):
        page = b"<!doctype html><title>Maintenance</title>"
        self.send_response(Page.status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = hvac.Client(url=f"http://127.0.0.1:{server.server_port}", token="t")
calls = {
    "read_secret_version": lambda: client.secrets.kv.v2.read_secret_version(path="relay", raise_on_deleted_version=True),
    "lookup_self": client.auth.token.lookup_self,
    "is_sealed": client.sys.is_sealed,
}
for Page.status in (200, 503):
    for name, call in calls.items():
        try:
            print(Page.status, f"{name}:", type(call()).__name__)
        except Exception as error:
            known = isinstance(error, hvac.exceptions.VaultError)
            print(Page.status, f"{name}: {type(error).__name__}, a VaultError: {known}")
server.shutdown()
END
python3 run.py >now
echo seen:
cat seen
echo now:
cat now
cmp -s seen now
