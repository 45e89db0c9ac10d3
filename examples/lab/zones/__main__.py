"""`make lab-zones`: two zones, a broker between them and us, and the commands as people run them."""

from __future__ import annotations

import subprocess
import sys
import time

from lab.demo.servers import say
from lab.servers.rabbit import Rabbit
from lab.zones import lab as labs
from lab.zones.lab import Lab

_SECONDS = 60


def main() -> int:
    if why := Rabbit.missing():
        print(f"lab-zones: {why}", file=sys.stderr)
        return 1
    began = time.monotonic()
    with labs.started() as lab:
        _introduce(lab)
        for zone in lab.zones.values():
            zone.start_worker()
        ok = _story(lab)
    print(f"\n{'Done' if ok else 'FAILED'} in {time.monotonic() - began:.0f} s; the lab is gone again.")
    return 0 if ok else 1


def _introduce(lab: Lab) -> None:
    where = "each in a network namespace of its own. No way leads from one to the other, nor from here to their servers"
    if lab.loopback_because:
        where = f"both on loopback, told apart by their ports and not isolated, because {lab.loopback_because}"
    say(f"Two zones, {' and '.join(lab.zones)}, {where}.")
    for zone in lab.zones.values():
        ports, relay = zone.network.ports, zone.network.relay
        print(
            f"{zone.name}: on its own 127.0.0.1 a Vault (:{ports.vault}) and an Odoo (:{ports.console}), a relay on "
            f"{relay}:{ports.relay}; the broker is {lab.access[zone.name].url}"
        )
    print("Here: RabbitMQ, which wants a certificate and a password of each; and no login at any Vault.", flush=True)


def _story(lab: Lab) -> bool:
    return all(
        [
            _waited(lab),
            _step("Who works where? Asked of the broker, and of the workers.", lab, "zones"),
            _step("The plan is read in the zones. It says who will open which secret there.", lab, "plan"),
            _step(
                "Apply: each login proven in the zone, then written there.",
                lab,
                "apply",
                "--auto-approve",
            ),
            _step("Nothing is left to do.", lab, "plan", "--detailed-exitcode"),
            _step("The same relay from its zone, and from here.", lab, "verify"),
        ]
    )


def _waited(lab: Lab) -> bool:
    return all(lab.listens(zone) for zone in lab.zones)


def _step(text: str, lab: Lab, *words: str) -> bool:
    say(text)
    print(f"$ reconciler {' '.join(words)}", flush=True)
    command, environ = lab.command(*words)
    done = subprocess.run(command, cwd=lab.site, env=environ, stdin=subprocess.DEVNULL, timeout=_SECONDS, check=False)
    if done.returncode:
        print(f"lab-zones: expected exit code 0, got {done.returncode}", file=sys.stderr)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
