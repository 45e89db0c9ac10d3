"""One runspace pool per server and run, kept open between units, and at most so many servers at work at once.

A pool serves one script at a time. It is opened anew where the connection or the shell was lost, and the script is
run again only when it cannot have begun, or only reads.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from reconciler.drivers.powershell import failure, patience, values, winrm
from reconciler.drivers.powershell.answer import Ended
from reconciler.drivers.powershell.faults import Fault
from reconciler.drivers.powershell.scripts import Script
from reconciler.drivers.powershell.server import Server
from reconciler.drivers.powershell.values import Parameter
from reconciler.errors import ReconcilerError

AT_ONCE = 32  # servers that are worked on at the same time
_STOPPING = 5.0  # seconds for a script that was told to stop


class Pool:
    """Of one server. Thread-safe: whoever comes second waits."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._lock = threading.Lock()
        self._wsman: Any = None
        self._pool: Any = None
        self._keyed = False
        self._deadline = 0.0

    def run(self, script: Script, parameters: Mapping[str, Parameter], *, reads: bool) -> Ended:
        """Raises PlatformError, as `failure` says."""
        with self._lock, _SERVERS:
            used = self._pool is not None
            try:
                return self._run(script, parameters)
            except Exception as error:  # noqa: BLE001  # these libraries raise whatever theirs do
                self._drop()
                if not used or not (_never_began(error) or (reads and _lost(error))):
                    raise _told(error, self.server) from None
            try:
                return self._run(script, parameters)
            except Exception as error:  # noqa: BLE001  # these libraries raise whatever theirs do
                self._drop()
                raise _told(error, self.server) from None

    def close(self) -> None:
        with self._lock:
            pool, wsman = self._pool, self._wsman
            self._pool = self._wsman = None
            self._deadline = time.monotonic() + _STOPPING
            with contextlib.suppress(Exception):  # what is left there ends by its idle timeout
                if wsman is not None:
                    wsman.transport.read_timeout = _STOPPING
                if pool is not None:
                    pool.close()
            _close(wsman)

    def _run(self, script: Script, parameters: Mapping[str, Parameter]) -> Ended:
        from pypsrp.powershell import PowerShell

        plain = values.plain(parameters)
        self._deadline = time.monotonic() + self.server.timeout
        self._open()
        if values.secret(parameters) and not self._keyed:
            self._pool.exchange_keys()
            self._keyed = True
        pipeline = PowerShell(self._pool)
        if self.server.functions:
            pipeline.add_cmdlet(script.function)
        else:
            # local scope: else parameters and preferences would stay in the runspace, for the next script
            pipeline.add_script(script.text, use_local_scope=True)
        if plain:
            pipeline.add_parameters(plain)
        pipeline.begin_invoke()
        return _ended(pipeline, self._deadline, self.server)

    def _open(self) -> None:
        if self._pool is not None:
            return
        try:
            from pypsrp.powershell import RunspacePool
            from pypsrp.wsman import WSMan
        except ImportError as error:
            raise failure.needs(error, self.server) from None
        _silence()
        try:
            self._wsman = WSMan(**self.server.options())
        except ImportError as error:
            raise failure.needs(error, self.server) from None
        patience.patient(self._wsman.transport, lambda: self._deadline)
        pool = RunspacePool(self._wsman, configuration_name=self.server.configuration, no_profile=True)
        pool.open()
        self._pool, self._keyed = pool, False

    def _drop(self) -> None:
        _close(self._wsman)
        self._pool = self._wsman = None


def pool(server: Server) -> Pool:
    """The one of this server and login, for the whole process."""
    with _LOCK:
        return _POOLS.setdefault(server.identity, Pool(server))


def close_all() -> None:
    """At the end of a run, and for tests."""
    with _LOCK:
        pools = list(_POOLS.values())
        _POOLS.clear()
    threads = [threading.Thread(target=one.close, daemon=True) for one in pools]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_STOPPING)


def _ended(pipeline: Any, deadline: float, server: Server) -> Ended:
    from pypsrp.complex_objects import PSInvocationState

    while pipeline.state == PSInvocationState.RUNNING:
        left = deadline - time.monotonic()
        if left <= 0:
            with contextlib.suppress(Exception):
                pipeline.stop()
            raise failure.too_slow(server)
        pipeline.poll_invoke(timeout=max(1, min(server.options()["operation_timeout"], round(left))))
    completed = pipeline.state == PSInvocationState.COMPLETED
    faults = [_fault(record) for record in pipeline.streams.error]
    with contextlib.suppress(Exception):  # it is over; the shell forgets it with the pool
        pipeline.close()
    return Ended(completed=completed, output=list(pipeline.output), errors=faults)


def _fault(record: Any) -> Fault:
    info = getattr(record, "invocation_info", None)
    line = getattr(info, "adapted_properties", {}).get("ScriptLineNumber", 0) if info else 0
    exception = getattr(record, "exception", None)
    types = tuple(map(str, getattr(exception, "types", ()) or ()))
    return Fault(id=str(record.fq_error or ""), message=str(record), types=types[:1], line=line)


def _never_began(error: Exception) -> bool:
    """The server forgot the connection's login or the shell: it refused before it looked at the script."""
    from pypsrp.exceptions import AuthenticationError, WSManFaultError

    gone = isinstance(error, WSManFaultError) and winrm.gone(error.code)
    return gone or isinstance(error, AuthenticationError)


def _lost(error: Exception) -> bool:
    import requests

    lost = requests.exceptions.ConnectionError | requests.exceptions.ChunkedEncodingError
    return isinstance(error, lost) and not isinstance(error, requests.exceptions.Timeout)


def _told(error: Exception, server: Server) -> ReconcilerError:
    return error if isinstance(error, ReconcilerError) else failure.translated(error, server)


def _close(wsman: Any) -> None:
    with contextlib.suppress(Exception):
        if wsman is not None:
            patience.close(wsman.transport)


def _silence() -> None:
    """These log whole messages, parameters included: nothing of it reaches a handler, whatever level is set."""
    for name in ("pypsrp", "spnego", "requests_credssp"):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers = [logging.NullHandler()]


_LOCK = threading.Lock()
_SERVERS = threading.BoundedSemaphore(AT_ONCE)
_POOLS: dict[tuple[object, ...], Pool] = {}
atexit.register(close_all)
