"""`make lab`: the lab of `make demo`, up until Ctrl-C, so that people try the commands themselves."""

from __future__ import annotations

import shlex
import signal
import sys
from pathlib import Path
from threading import Event

from lab.demo import servers
from lab.demo.servers import WORK, Lab

READY = "Ready. Ctrl-C ends the lab and removes its folder."
_TO_TRY = """
In another terminal:

  cd {folder}
  export PATH={programs}:$PATH
  export VAULT_ADDR={address}
  export VAULT_TOKEN={token}

The files are in {folder}/environments, a copy; change them as you like. To try:

  reconciler plan
  reconciler verify
  reconciler verify --select prod --transcript
  reconciler explain dev/submission
  reconciler apply --auto-approve
  reconciler drift
  reconciler doctor prod/openspp
  reconciler report --prove
"""
_CONSOLES = """\
  reconciler doctor test/o11
  reconciler doctor prod/netbrain --trace

A console that only a person changes: a work order, then somebody's word.

  sed -i 's/{url:/{driver: guided, url:/' environments/test/o11.yaml
  reconciler apply --auto-approve --select test/o11
  reconciler attest test/o11:email
"""


def main() -> int:
    ended = Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())  # a second one does not stop the cleaning up
    if not servers.startable():
        return 1
    with servers.started() as lab:
        servers.introduce(lab)
        print(_to_try(lab), flush=True)
        print(READY, flush=True)
        ended.wait()
    print("\nThe lab is gone again.")
    return 0


def _to_try(lab: Lab) -> str:
    """The token is that of a Vault in memory that ends with the lab."""
    programs = shlex.quote(str(Path(sys.executable).parent))
    folder = shlex.quote(str(WORK))
    said = _TO_TRY.format(folder=folder, programs=programs, address=lab.vault.address, token=lab.vault.root_token)
    return said + (_CONSOLES if lab.o11 else "")


if __name__ == "__main__":
    sys.exit(main())
