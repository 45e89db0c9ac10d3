"""One coordinator of zones.py: reads the targets of the folder it is started in, twice, and says what that took.

    python benchmarks/zones_read.py SLOTS

The first time it connects and imports what it needs; the second is what counts.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from reconciler.cli.shell import context
from reconciler.engine import choose
from reconciler.engine.local import Local
from reconciler.pipeline.observe import targets
from reconciler.secrets.stores import Secrets

ROOT = Path("environments")


def main() -> None:
    land, _ = context.landscape(ROOT)
    specs = targets.specs(land, [target.unit for target in land.targets])
    with Secrets(land.stores, base=context.base(ROOT)) as secrets, choose.engine(land, secrets) as chosen:
        # without zones, with as many side by side as the zones' workers have slots
        engine = chosen if land.engine else Local(secrets, workers=int(sys.argv[1]))
        began = time.perf_counter()
        engine.read(specs[:10])
        first = time.perf_counter() - began
        began, busy = time.perf_counter(), time.process_time()
        found = engine.read(specs)
        took = {"seconds": time.perf_counter() - began, "busy": time.process_time() - busy, "first": first}
    unread = [reading for reading in found.values() if reading.unreadable]
    assert len(found) == len(specs), f"{len(found)} of {len(specs)}"
    assert not unread, unread[0]
    print(json.dumps({**took, "kilobytes": getrusage(RUSAGE_SELF).ru_maxrss}))


if __name__ == "__main__":
    main()
