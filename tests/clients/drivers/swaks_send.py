"""Sends one mail with swaks, as people do to see whether a relay works: TLS, and a login by whatever is offered."""

import json
import os
import subprocess
import sys
from pathlib import Path

given = json.load(sys.stdin)
tls = {"starttls": ["tls"], "tls": ["tls-on-connect"], "none": []}[given["encryption"]]
login = [f"auth-user {given['user']}", f"auth-password {given['password']}"] if given["auth"] == "basic" else []
# the command line can be read by everybody on the machine
config = Path(os.environ["HOME"]) / "config"
config.touch(0o600)
lines = [
    f"server {given['host']}",
    f"port {given['port']}",
    f"from {given['sender']}",
    f"to {','.join(given['recipients'])}",
    "hide-all",
    *tls,
    *(["auth"] if login else []),
    *login,
]
config.write_text("\n".join(lines) + "\n", "utf-8")
version = subprocess.run(["swaks", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
print("ready", flush=True)
done = subprocess.run(["swaks", "--config", str(config)], capture_output=True, text=True, check=False)
words = done.stderr.strip() or f"exit code {done.returncode}"
print(
    json.dumps(
        {"version": f"swaks {version}", "sent": not done.returncode, "words": words if done.returncode else None}
    )
)
