"""`make clients`: the real clients, and a session of ours, at all shapes; says what changed, and keeps it."""

from __future__ import annotations

import subprocess
import sys

from clients import namespace

if reason := namespace.missing():
    print(f"SKIPPED: the real mail clients: {reason}")
    sys.exit(1)
status = subprocess.call(namespace.inside("clients.record", *sys.argv[1:]))
if not sys.argv[1:]:
    status |= subprocess.call(namespace.inside("clients.sessions"))
sys.exit(status)
