"""Tables in memory: rows, serials that never go back, transactions that do, and a clock that always moves."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]


class Clock:
    """UTC in whole seconds, as Odoo stores it, but never the same second twice: each write can be told apart."""

    def __init__(self) -> None:
        self._last = datetime.now(UTC).replace(microsecond=0)

    def tick(self) -> str:
        self._last = max(self._last + timedelta(seconds=1), datetime.now(UTC).replace(microsecond=0))
        return self._last.strftime("%Y-%m-%d %H:%M:%S")


@dataclass
class Table:
    rows: dict[int, Row] = field(default_factory=dict)  # a changed row is a new dict, so a shallow copy is a snapshot
    serial: int = 0

    def next_id(self) -> int:
        self.serial += 1
        return self.serial


class Database:
    def __init__(self, tables: list[str]) -> None:
        self.tables = {name: Table() for name in tables}
        self.clock = Clock()
        self.lock = threading.RLock()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Rolls rows back when an exception passes; serials stay used, as in PostgreSQL."""
        with self.lock:
            before = {name: dict(table.rows) for name, table in self.tables.items()}
            try:
                yield
            except BaseException:
                for name, rows in before.items():
                    self.tables[name].rows = rows
                raise
