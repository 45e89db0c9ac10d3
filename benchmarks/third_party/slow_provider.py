"""octoDNS' YamlProvider, with 100 ms for each read and each write of a zone."""

from __future__ import annotations

import time
from typing import Any

from octodns.provider.yaml import YamlProvider

SECONDS = 0.1


class SlowProvider(YamlProvider):  # type: ignore[misc]  # octoDNS ships no types
    def populate(self, zone: Any, target: bool = False, lenient: bool = False) -> Any:
        time.sleep(SECONDS)
        return super().populate(zone, target=target, lenient=lenient)

    def _apply(self, plan: Any) -> None:
        time.sleep(SECONDS)
        super()._apply(plan)
