"""`make demo`: starts the local lab, then shows the tool as its user sees it."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from pathlib import Path

from lab.demo import servers
from lab.demo.servers import WORK, Lab, say

COMMAND = str(Path(sys.executable).with_name("reconciler"))


def main() -> int:
    started = time.monotonic()
    if not servers.startable():
        return 1
    with servers.started() as lab:
        servers.introduce(lab)
        ok = _story(lab)
    print(f"\n{'Done' if ok else 'FAILED'} in {time.monotonic() - started:.0f} s; the lab is gone again.")
    return 0 if ok else 1


def _story(lab: Lab) -> bool:
    return all(
        [
            _step("The files are checked first; nobody is contacted.", lab, "validate", expect=0),
            _step(
                "What would change? The plan reads platforms and secret versions, and cannot write.",
                lab,
                *("plan", "--out", "plan.json"),
                expect=0,
            ),
            _step(
                "Apply: stage by stage, every login proven at the relay before anything is written.",
                lab,
                *("apply", "plan.json"),
                expect=0,
            ),
            _mailed(lab),
            _step("Again: nothing left to do.", lab, "plan", "--detailed-exitcode", expect=0),
            _by_hand(lab),
            _step("Drift says what differs, and who moved.", lab, "drift", expect=2),
            _step("Applying the files heals it.", lab, "apply", "--auto-approve", expect=0),
            _rotate(lab),
            _step(
                "The plan finds the rotation from versions alone: it may not read the password.",
                lab,
                *("plan", "--select", "test", "--detailed-exitcode"),
                expect=2,
            ),
            _step("And apply brings it to the platforms.", lab, "apply", "--auto-approve", expect=0),
            _step("All is well.", lab, "drift", expect=0),
        ]
    )


def _mailed(lab: Lab) -> bool:
    """The proof behind the proof: a mail takes the way that was declared."""
    if lab.postfix is None:
        return True
    say("An application hands a mail to production's Postfix, which logs in at the relay and passes it on.")
    print(lab.postfix.delivered(lab.postfix.send("app@example.org")).partition(": ")[2], flush=True)
    arrived = len(lab.relays["prod"].messages)
    return arrived == 1


def _by_hand(lab: Lab) -> bool:
    say("Somebody clicks: in production's Odoo, the port of the mail server becomes 25.")
    server = next(row for row in lab.odoo["prod"].records("ir.mail_server") if row["name"] == "main")
    lab.odoo["prod"].edit("ir.mail_server", server["id"], smtp_port=25)
    return True


def _rotate(lab: Lab) -> bool:
    say("Vault rotates the password of the test relay: version 2.")
    password = secrets.token_urlsafe(16)
    lab.relays["test"].users["test@example.org"] = password
    lab.vault.put("mail/test/submission", password=password)
    return True


def _step(text: str, lab: Lab, *arguments: str, expect: int) -> bool:
    say(text)
    print(f"$ reconciler {' '.join(arguments)}", flush=True)
    role = "apply" if arguments[0] in ("apply", "verify") else "plan"
    environment = {**lab.environment, "VAULT_TOKEN": lab.environment[f"VAULT_TOKEN_{role.upper()}"]}
    done = subprocess.run(
        [COMMAND, *arguments], cwd=WORK, env=environment, stdin=subprocess.DEVNULL, timeout=60, check=False
    )
    if done.returncode != expect:
        print(f"demo: expected exit code {expect}, got {done.returncode}", file=sys.stderr)
    return done.returncode == expect


if __name__ == "__main__":
    sys.exit(main())
