#!/bin/sh
# Authlib 1.9.10 does not encode client id and secret before it joins them to a Basic header, and its own server percent-decodes
# both: a client of Authlib whose secret holds a % and two hexadecimal digits cannot log in to a server of Authlib. The server does
# not take + for a blank, though, so that it does not find the client "my client" of oauth4webapi 3.8.8 (npm), which encodes as RFC 6749,
# section 2.3.1, asks. The client's half is reported in https://github.com/authlib/authlib/pull/594 (merged, then reverted).
# Seen on 2026-11-29.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target lib 'authlib==1.9.10' >&2
npm install --silent --no-audit --no-fund --prefix . oauth4webapi@3.8.8 >&2

cat >seen <<'END'
client: 'my client' secret: 's%41+ret'
Authlib sends: my client:s%41+ret
its server reads: ('my client', 'sA+ret')
oauth4webapi sends: my+client:s%2541%2Bret
Authlib's server reads: ('my+client', 's%41+ret')
END

cat >run.mjs <<'END'
import * as oauth from "oauth4webapi";
const headers = new Headers();
const send = oauth.ClientSecretBasic("s%41+ret");
await send({ issuer: "https://login.example.org" }, { client_id: "my client" }, new URLSearchParams(), headers);
console.log(headers.get("authorization"));
END
cat >run.py <<'END'
import base64, sys, warnings

sys.path.insert(0, "lib")
warnings.simplefilter("ignore")
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.util import extract_basic_authorization


def shown(header):
    return base64.b64decode(header.removeprefix("Basic ")).decode()


def read(header):
    return extract_basic_authorization({"Authorization": header})


client, secret, other = "my client", "s%41+ret", sys.argv[1]
print(f"client: {client!r} secret: {secret!r}")
_, headers, _ = ClientAuth(client, secret, "client_secret_basic").prepare("POST", "https://login.example.org/token", {}, "")
print("Authlib sends:", shown(headers["Authorization"]))
print("its server reads:", read(headers["Authorization"]))
print("oauth4webapi sends:", shown(other))
print("Authlib's server reads:", read(other))
END
python3 run.py "$(node run.mjs)" >now
echo seen:
cat seen
echo now:
cat now
cmp -s seen now
