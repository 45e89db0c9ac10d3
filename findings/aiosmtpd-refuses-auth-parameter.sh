#!/bin/sh
# aiosmtpd 1.4.6 offers AUTH and refuses the AUTH parameter of MAIL FROM with 555, before a login and after one. RFC 4954, section 5:
# a server that advertises AUTH has to support that parameter, whether or not the client has logged in. A relay that passes mail on
# with AUTH=<>, as the RFC asks of it, cannot deliver to an application that listens with aiosmtpd and an authenticator.
# Seen on 2026-11-29. Reported in https://github.com/aio-libs/aiosmtpd/issues/367, among other parameters.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target lib 'aiosmtpd==1.4.6' >&2

cat >seen <<'END'
EHLO offers AUTH: yes
MAIL FROM:<a@example.org> AUTH=<> -> 555 MAIL FROM parameters not recognized or not implemented
AUTH PLAIN -> 235 2.7.0 Authentication successful
MAIL FROM:<a@example.org> AUTH=<> -> 555 MAIL FROM parameters not recognized or not implemented
MAIL FROM:<a@example.org> -> 250 OK
END

cat >run.py <<'END'
import smtplib, socket, sys, warnings

sys.path.insert(0, "lib")
warnings.simplefilter("ignore")
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
server = Controller(
    Sink(), hostname="127.0.0.1", port=port, authenticator=lambda *_: AuthResult(success=True), auth_require_tls=False
)
server.start()
try:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:

        def ask(line, shown=None):
            code, text = client.docmd(line)
            print(shown or line, "->", code, text.decode())

        client.ehlo()
        print("EHLO offers AUTH:", "yes" if client.has_extn("auth") else "no")
        ask("MAIL FROM:<a@example.org> AUTH=<>")
        ask("AUTH PLAIN AHVzZXIAcGFzc3dvcmQ=", "AUTH PLAIN")
        ask("MAIL FROM:<a@example.org> AUTH=<>")
        ask("MAIL FROM:<a@example.org>")
finally:
    server.stop()
END
python3 -W ignore run.py 2>log >now || cat log >&2
echo seen:
cat seen
echo now:
cat now
cmp -s seen now
