"""Many files are read and checked in two processes: this one, and a copy of it that does the second half.

Never otherwise than in one: what the copy does not give is done here.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BufferedRandom
from pathlib import Path
from typing import NoReturn, TypeVar

from reconciler.model.finding import Finding
from reconciler.model.source import Document, DocumentKind
from reconciler.pipeline.load import documents as load
from reconciler.pipeline.load import tree
from reconciler.pipeline.load.documents import Loaded
from reconciler.pipeline.validate import documents as validate

MANY = 2_000  # files: below, a copy is not worth its start
_Read = tuple[Document | None, tuple[Finding, ...], tuple[Finding, ...]]  # problems of YAML, and of the schema
T = TypeVar("T")
R = TypeVar("R")


def documents(root: Path, base: Path, *, many: int = MANY) -> Loaded:
    """As `load.documents`; of many files, each is checked against its schema too."""
    items = tuple(tree.found(root))
    sources = [one for one in items if isinstance(one, tree.Source)]
    if len(sources) < many or not _can_copy():
        return load.put_together(items, (load.read(one, str(base)) for one in sources))
    central = [load.read(one, str(base))[0] for one in sources if one.kind is DocumentKind.RECONCILER]
    check = validate.checks(validate.default_mount([one for one in central if one]))

    def work(some: Sequence[tree.Source]) -> list[_Read]:
        read = (load.read(one, str(base)) for one in some)
        return [(one, tuple(problems), tuple(check(one)) if one else ()) for one, problems in read]

    read = mapped(work, sources)
    gc.freeze()  # it stays to the end: nobody looks through it again for what is not needed any more
    found = load.put_together(items, ((one, problems) for one, problems, _ in read))
    return replace(found, checked={one.file: told for one, _, told in read if one})


def mapped(work: Callable[[Sequence[T]], list[R]], items: Sequence[T]) -> list[R]:
    """`work(items)`, which gives one for each: the second half in a copy of this process, or here if that fails."""
    middle = len(items) // 2
    with os.fdopen(os.memfd_create("second half"), "w+b") as memory:
        if (copy := os.fork()) == 0:
            _as_copy(lambda: work(items[middle:]), memory)
        try:
            mine = work(items[:middle])
            _, status = os.waitpid(copy, 0)
        except BaseException:  # Ctrl-C
            os.kill(copy, signal.SIGKILL)
            os.waitpid(copy, 0)
            raise
        theirs: list[R] = work(items[middle:]) if status else _received(memory)
    return [*mine, *theirs]


def _can_copy() -> bool:
    """A process with one thread, on Linux, that has two processors."""
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


def _as_copy(work: Callable[[], object], memory: BufferedRandom) -> NoReturn:
    """Says nothing but its result, and ends without what this process does at its end."""
    try:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_DFL)
        gc.disable()
        import pickle

        pickle.dump(work(), memory, pickle.HIGHEST_PROTOCOL)
        memory.flush()
        os._exit(0)
    finally:
        os._exit(1)


def _received(memory: BufferedRandom) -> list[R]:
    import pickle

    memory.seek(0)
    gc.disable()  # nothing of it is garbage
    try:
        found: list[R] = pickle.load(memory)  # noqa: S301  # a copy of this process has made it
    finally:
        gc.enable()
    return found
