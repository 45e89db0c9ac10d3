"""The lease that a run asks for, as far as it knows it: who it is."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime

from reconciler.model.runs.lease import Held, Holder
from reconciler.state import messages, process


def lease(nonce: str, installations: Sequence[str], holder: Holder, now: datetime) -> Held:
    """`now` is by the clock of the store. The fence is where counting begins when nobody knows the last one."""
    return Held(
        nonce=nonce,
        owner=holder.owner,
        run=holder.run,
        installations=tuple(dict.fromkeys(installations)),
        fence=int(now.timestamp()),
        since=messages.text(now),
        pid=os.getpid(),
        host=socket.gethostname(),
        process=process.identity(),
        url=messages.run_url(os.environ),
    )
