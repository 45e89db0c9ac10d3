"""A script is a constant file of a package: its text is known by its hash, and no value ever becomes part of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_SHORT = 12  # characters of a hash in the name of a shipped function


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """`name` is for people; two scripts are the same when their texts are."""

    name: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def function(self) -> str:
        """The name under which an endpoint without a language (JEA) offers it: another text is another name."""
        return f"Invoke-Reconciler-{self.name.partition('.')[0]}-{self.digest[:_SHORT]}"


@cache
def script(package: str, name: str) -> Script:
    """`<name>.ps1` of a package."""
    text = files(package).joinpath(f"{name}.ps1").read_text(encoding="ascii")
    return Script(name=f"{name}.ps1", text=text)


def module(scripts: tuple[Script, ...]) -> str:
    """A PowerShell module with each script as a function, for an endpoint that runs no scripts.

    A script of ours is a whole function body: attributes, param() and statements.
    """
    functions = [f"function {one.function} {{\n{one.text}}}\n" for one in scripts]
    names = ", ".join(f"'{one.function}'" for one in scripts)
    return "\n".join([*functions, f"Export-ModuleMember -Function {names}\n"])
