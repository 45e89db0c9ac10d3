"""`make clients`: the real clients against all shapes, in a namespace of their own; says what changed, and keeps it."""

from __future__ import annotations

import os
import sys

from clients import namespace

if reason := namespace.missing():
    print(f"SKIPPED: the real mail clients: {reason}")
    sys.exit(1)
command = namespace.inside("clients.record", *sys.argv[1:])
os.execvp(command[0], command)
