"""The peer of zones.py: Celery as it comes, on the same RabbitMQ without TLS, with a task that does nothing but wait.

python benchmarks/zones_celery.py COUNT        asks for so many units, and says what it took as JSON
celery -A zones_celery worker …                carries them out
"""

from __future__ import annotations

import json
import os
import sys
import time
from resource import RUSAGE_SELF, getrusage
from typing import Any

from celery import Celery, group

SECONDS = 0.1
app = Celery("bench", broker=os.environ["BENCH_BROKER"], backend="rpc://")
app.conf.update(
    task_default_queue_type="quorum",
    worker_detect_quorum_queues=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    broker_connection_retry_on_startup=True,
)


@app.task(name="bench.unit")
def unit(spec: dict[str, Any]) -> dict[str, Any]:
    time.sleep(SECONDS)
    return spec


def main() -> None:
    count = int(sys.argv[1])
    spec = {"address": "prod/app", "settings": {f"key-{n}": "x" * 20 for n in range(25)}}  # about 1 kB
    group(unit.s(spec) for _ in range(10))().get(timeout=20)
    began, busy = time.perf_counter(), time.process_time()
    found = group(unit.s(spec) for _ in range(count))().get(timeout=120)
    assert len(found) == count
    took = {"seconds": time.perf_counter() - began, "busy": time.process_time() - busy}
    print(json.dumps({**took, "kilobytes": getrusage(RUSAGE_SELF).ru_maxrss}))


if __name__ == "__main__":
    main()
