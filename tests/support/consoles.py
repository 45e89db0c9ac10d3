"""What the tests of the consoles share: one target on a stand-in, the whole way from files to its page and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from reconciler.model.change import Change
from reconciler.model.finding import Finding
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from support.site import Site

ADDRESS = "prod/console:email"


@dataclass(slots=True)
class Target:
    """Its file is written anew before each step. `email` is what it declares."""

    site: Site
    kind: str
    connection: dict[str, Any]
    email: dict[str, Any]
    protected: bool = False

    def findings(self) -> dict[str, Finding]:
        """Of the files alone, by rule."""
        self._write()
        return {finding.rule: finding for finding in self.site.judged().findings}

    def plan(self) -> Plan:
        self._write()
        return self.site.plan()

    def change(self) -> Change:
        return next(change for change in self.plan().changes if str(change.address) == ADDRESS)

    def told(self) -> dict[str, Finding]:
        """What a plan says of the resource, by rule."""
        return {finding.rule: finding for finding in self.change().findings}

    def apply(self) -> Outcome:
        self._write()
        return self.site.apply()[ADDRESS]

    def refusal(self) -> str:
        """Applies what cannot be applied: the words of the failure."""
        outcome = self.apply()
        assert outcome.error is not None, outcome
        return outcome.error.what

    def _write(self) -> None:
        self.site.stage("prod", text="protected: true" if self.protected else "")
        target = {"platform": self.kind, "connection": self.connection, "email": self.email}
        self.site.write("prod/console.yaml", yaml.safe_dump(target))
