"""A job of a workflow, as far as it can be run here: each `run:` step by bash, as GitHub runs it, with its variables.

What other people's actions do (checkout, artifacts, caches) is the caller's to do; `pip` only says how it was called.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from support.commandline import MODULE, TOP

_EXPRESSION = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`said` is both streams; `given` what its environment had beyond that of the job."""

    code: int
    said: str
    given: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class Runner:
    """`known` are the values of expressions (`inputs.root`, `github.token`), `variables` those of the runner."""

    folder: Path
    known: Mapping[str, str]
    variables: Mapping[str, str]
    steps: list[Step] = field(default_factory=list)

    def job(self, workflow: str, name: str) -> list[Step]:
        """Its steps, up to the first that fails."""
        document = YAML(typ="safe", pure=True).load((TOP / workflow).read_text("utf-8"))
        job = document["jobs"][name]
        inherited = {**document.get("env", {}), **job.get("env", {})}
        done: list[Step] = []
        for step in job["steps"]:
            if "run" not in step:
                continue
            done.append(self._run(step["run"], {**inherited, **step.get("env", {})}))
            if done[-1].code:
                break
        return done

    def outputs(self) -> dict[str, str]:
        lines = Path(self.variables["GITHUB_OUTPUT"]).read_text("utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def _run(self, script: str, env: Mapping[str, Any]) -> Step:
        assert "${{" not in script, "an expression in a script is pasted by GitHub before bash reads it"
        given = {name: self._value(str(value)) for name, value in env.items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            env={"PATH": self._path(), "HOME": str(self.folder), **self.variables, **given},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return Step(code=done.returncode, said=done.stdout, given=given)

    def _value(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self.known[found[1]], text)

    def _path(self) -> str:
        tools: Mapping[str, Sequence[str]] = {"reconciler": MODULE, "pip": ("echo", "pip")}
        folder = self.folder / "tools"
        folder.mkdir(exist_ok=True)
        for name, words in tools.items():
            (folder / name).write_text(f'#!/bin/sh\nexport PYTHONPATH={TOP}\nexec {" ".join(words)} "$@"\n', "utf-8")
            (folder / name).chmod(0o755)
        return f"{folder}{os.pathsep}{os.environ['PATH']}"
