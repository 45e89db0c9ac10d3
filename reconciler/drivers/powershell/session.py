"""What platforms hold: a session that may run the scripts on its list, and one that may write.

A reader's session runs nothing that is not on its list, so a plan cannot write, whatever else goes wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.drivers.powershell import answer
from reconciler.drivers.powershell.faults import Explain, unexplained
from reconciler.drivers.powershell.pool import pool
from reconciler.drivers.powershell.scripts import Script
from reconciler.drivers.powershell.server import Server
from reconciler.drivers.powershell.values import Parameter
from reconciler.errors import WriteForbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOnlySession:
    """`reads` are the hashes of the scripts that only read."""

    server: Server
    reads: frozenset[str]
    explain: Explain = unexplained  # the platform's own words for what its scripts and its product say

    def read(self, script: Script, **parameters: Parameter) -> Mapping[str, Any]:
        """The result of a script on the list. Raises PlatformError."""
        if script.digest not in self.reads:
            raise WriteForbidden(f"{self.server}: opened for reading, refused to run {script.name}")
        return answer.result(pool(self.server).run(script, parameters, reads=True), script, self.server, self.explain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(ReadOnlySession):
    def write(self, script: Script, **parameters: Parameter) -> Mapping[str, Any]:
        """Runs any script, once. Raises PlatformError."""
        return answer.result(pool(self.server).run(script, parameters, reads=False), script, self.server, self.explain)

    def beside(self, host: str) -> Session:
        """The same on another server of the farm."""
        return Session(server=self.server.beside(host), reads=self.reads, explain=self.explain)
