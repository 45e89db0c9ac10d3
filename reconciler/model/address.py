"""The printable, selectable name of a resource: `<environment>/<target>:<resource>`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ADDRESS = re.compile(r"(?P<environment>[^/]+)/(?P<target>[^:]+):(?P<collection>[^\[]+)(?:\[(?P<key>.*)\])?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Resource:
    """A thing with settings inside a target: `farm`, or `mail_servers[main]` in a collection."""

    collection: str
    key: str | None = None

    def __str__(self) -> str:
        return self.collection if self.key is None else f"{self.collection}[{self.key}]"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Address:
    environment: str
    target: str
    resource: Resource

    def __str__(self) -> str:
        return f"{self.environment}/{self.target}:{self.resource}"

    @property
    def unit(self) -> str:
        """`<environment>/<target>`."""
        return f"{self.environment}/{self.target}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Reads what `str` printed; ValueError for anything else."""
        if (match := _ADDRESS.fullmatch(text)) is None:
            raise ValueError(f"not an address: {text!r}")
        found = match.groupdict()
        resource = Resource(collection=found["collection"], key=found["key"])
        return cls(environment=found["environment"], target=found["target"], resource=resource)
