"""One environment: what is saved, what the factory goes by, and how its pages misbehave."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from lab.servers.console.sending import WAYS
from lab.servers.console.variation import Variation
from lab.servers.o11.forms import Look
from lab.servers.o11.releases import Release
from lab.servers.o11.settings import RUNTIME, Settings


@dataclass(slots=True, kw_only=True)
class Environment:
    release: Release
    settings: Settings = field(default_factory=Settings)
    hostile: set[Variation] = field(default_factory=set)
    mask: str = "••••••••"
    tells: bool = False  # its pages say that something waits for the factory; whether real ones do is not known
    chosen_ways: Collection[str] = tuple(WAYS)
    saves: int = 0  # that were accepted
    applied: int = 0  # presses of "Save and Apply Settings to the Factory"
    factory: Settings = field(default_factory=Settings)  # what running modules go by
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def look(self) -> Look:
        return Look(
            release=self.release,
            hostile=frozenset(self.hostile),
            mask=self.mask,
            waiting=self.tells and bool(self.pending),
        )

    @property
    def ways(self) -> Collection[str]:
        return self.chosen_ways if Variation.SENDS_IN_BACKGROUND in self.hostile else ()

    @property
    def pending(self) -> frozenset[str]:
        """Saved, and not what the modules go by."""
        return frozenset(one for one in RUNTIME if getattr(self.settings, one) != getattr(self.factory, one))

    def save(self, wanted: Settings, *, factory: bool = False) -> None:
        with self._lock:
            self.saves += 1
            if Variation.SAVE_DOES_NOTHING in self.hostile:
                return
            if Variation.SAVE_CHANGES_ANOTHER in self.hostile:
                wanted = replace(wanted, sender_name="Changed by the page")
            waiting = {name: getattr(self.factory, name) for name in RUNTIME}
            self.settings, self.factory = wanted, wanted if factory else replace(wanted, **waiting)
            self.applied += factory
