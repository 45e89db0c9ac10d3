"""One browser for the process, without a network, in a thread of its own that serves all others.

The only file that starts Playwright.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import importlib
import os
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.drivers.admin_page import executable, faults, folders
from reconciler.errors import PlatformError
from reconciler.model import posix
from reconciler.secrets import surroundings

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import BrowserContext, Playwright

T = TypeVar("T")
AT_ONCE = 2  # installations: each page costs some 45 MB, and all together stay below 400
START = 60.0  # seconds
# a proxy that is not there, for loopback too; no names; no way around for WebRTC
_NO_NETWORK = (
    "--proxy-server=http://127.0.0.1:1",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-background-networking",
)
_LITTLE = "--max-semi-space-size=1"  # MB: what V8, in Node and in pages, holds before it looks what is still needed
_SMALL = (
    f"--js-flags={_LITTLE}",
    "--disable-gpu",
    "--disable-software-rasterizer",
    "--disable-extensions",
    "--mute-audio",
)


class Browser:
    """Jobs are coroutines; any thread may hand one in, and waits for its end.

    Raises PlatformError where no browser is found, or it does not start.
    """

    def __init__(self, named: str | None) -> None:
        posix.need("a console in a browser", why="no locks of folders")
        executable.check_environment(os.environ)
        self._executable = executable.found(named)
        folders.sweep()
        self._folder = _folder()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="browser", daemon=True)
        self._thread.start()
        self._turn = asyncio.Semaphore(AT_ONCE)
        try:
            self._awaited(self._start(), START)
        except PlatformError as error:
            self.close()
            raise _does_not_start(self._executable) from error
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        return self._chromium.is_connected()

    def run(self, job: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
        """The job's result. Raises PlatformError: what the job raises, or that the browser failed."""
        return self._awaited(self._in_turn(job, seconds))

    async def context(self) -> BrowserContext:
        """A new one, which shares nothing with others. Called inside a job."""
        # its own name says "Headless", for which some consoles have no page
        agent = f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{self._version} Safari/537.36"
        return await self._chromium.new_context(service_workers="block", user_agent=agent, accept_downloads=False)

    def close(self) -> None:
        """Ends the browser and removes its folder; never raises."""
        if self._loop.is_closed():
            return
        with contextlib.suppress(PlatformError):
            self._awaited(self._stop(), 10.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5.0)
        if not self._thread.is_alive():
            self._loop.close()
        self._folder.remove()

    async def _in_turn(self, job: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
        async with self._turn:
            return await asyncio.wait_for(job(), seconds)

    def _awaited(self, job: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        future: Future[T] = asyncio.run_coroutine_threadsafe(faults.translated(job), self._loop)
        try:
            return future.result(seconds)
        except TimeoutError:
            future.cancel()
            raise PlatformError("the browser did not answer in time", fix="raise connection.timeout") from None
        except BaseException:
            future.cancel()  # interrupted: the job must not go on typing
            raise

    _playwright: Playwright | None = None
    _chromium: Chromium
    _first: BrowserContext | None = None

    async def _start(self) -> None:
        from playwright.async_api import async_playwright

        with _small_node():
            self._playwright = await async_playwright().start()
        # as a persistent context: else Playwright makes a folder of its own, which a killed run leaves behind
        self._first = await self._playwright.chromium.launch_persistent_context(
            self._folder.path / "profile",
            executable_path=self._executable,
            artifacts_dir=self._folder.path / "artifacts",
            args=[*_NO_NETWORK, *_SMALL],
            env={**_surroundings(os.environ)},
            chromium_sandbox=sandboxed(os.geteuid()),
            service_workers="block",
            handle_sigint=False,  # ^C is for this process to answer
            timeout=START * 1000,
        )
        chromium = self._first.browser
        if chromium is None:
            fix = "pip install 'mail-reconciler[browser]'"
            raise PlatformError("this version of Playwright gives no browser", fix=fix)
        self._chromium, self._version = chromium, chromium.version
        for blank in self._first.pages:  # the context is needed for its profile folder alone, and a page is 25 MB
            await blank.close()

    async def _stop(self) -> None:
        if self._first is not None:
            await self._first.close()
        if self._playwright is not None:
            await self._playwright.stop()


def sandboxed(user: int) -> bool:
    """Whether Chromium starts with its sandbox for a user, by number: as root it refuses to."""
    return user != 0


@contextmanager
def _small_node() -> Iterator[None]:
    """Playwright hands all of our environment on to its Node, the secrets too, and has no option against that.

    And Node else takes 50 MB more with every hundred visits.
    """
    transport: Any = importlib.import_module("playwright._impl.transport")
    if (whole := getattr(transport, "get_driver_env", None)) is None:
        what, why = "this version of Playwright is not known", "it would hand our secrets on to its Node"
        raise PlatformError(what, why=why, fix="pip install 'playwright==1.65.2'")

    def small() -> dict[str, str]:
        given = whole()
        own = {name: value for name, value in given.items() if name.startswith(("PW_", "PLAYWRIGHT_"))}
        return {**_surroundings(given), **own, "NODE_OPTIONS": f"{given.get('NODE_OPTIONS', '')} {_LITTLE}".strip()}

    transport.get_driver_env = small
    try:
        yield
    finally:
        transport.get_driver_env = whole


def _surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    """With what says where Chromium's sandbox and the fonts are."""
    own = {name: value for name, value in environ.items() if name.startswith(("CHROME_", "FONTCONFIG_"))}
    return {**surroundings.small(environ), **own}


def _folder() -> folders.Folder:
    try:
        return folders.made()
    except OSError as error:
        raise PlatformError(
            f"no folder for the browser: {error.strerror}", fix="make the folder in TMPDIR writable for this user"
        ) from None


def _does_not_start(program: Path) -> PlatformError:
    return PlatformError(
        f"the browser {program} does not start",
        why="not Chromium, a missing library, or a container without user namespaces",
        fix=f"try it by hand: {program} --dump-dom about:blank",
    )


def of_process(named: str | None) -> Browser:
    """The one of this process, started at first use. Raises PlatformError."""
    with _LOCK:
        current = _CURRENT.get("browser")
        if current is None or not current.alive:
            if current is not None:
                current.close()
            _CURRENT["browser"] = current = Browser(named)
        return current


def close() -> None:
    """At the end of the process, and for tests."""
    with _LOCK:
        current = _CURRENT.pop("browser", None)
    if current is not None:
        current.close()


_LOCK = threading.Lock()
_CURRENT: dict[str, Browser] = {}
atexit.register(close)
