"""What a run that writes is made of, by the surroundings of this process."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from reconciler.cli.shell import context, who
from reconciler.model.landscape import Landscape
from reconciler.pipeline.apply.job import Job
from reconciler.pipeline.apply.record import Stamp
from reconciler.pipeline.means import Means
from reconciler.state import messages
from reconciler.state.choose import open_state


def of(land: Landscape, means: Means, *, stopped: Callable[[], bool], **more: Any) -> Job:
    """`more` are fields of Job."""
    return Job(
        landscape=land,
        means=means,
        state=open_state(land.state, means.secrets),
        stamp=Stamp(run=who.run_id(), at=context.now()),
        owner=who.owner(),
        today=context.today(),
        stopped=stopped,
        url=messages.run_url(os.environ),
        **more,
    )
