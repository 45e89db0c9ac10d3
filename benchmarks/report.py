"""The page of 5,000 resources: made of documents, and used in Chromium. Exits with 1 at a missed limit.

    .venv/bin/python benchmarks/report.py [--repeat 5] [--resources 5000]

Used is: loaded and drawn, then searched for a word, until the page has been drawn anew.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CHECKOUT / "examples"), str(CHECKOUT / "tests")]

from measured import Command, medians, tool  # noqa: E402  # after the path is known
from support import browser as chromium  # noqa: E402
from support import overviews  # noqa: E402

from reconciler.views import forms  # noqa: E402
from reconciler.views.paper import Paper  # noqa: E402

BYTES, MADE, USED = 3_000_000, 2.0, 2.0  # of the page; seconds of the processor; seconds
WIDTHS, WORDS = (1280, 390), ("application-0042", "drifted")
Row = tuple[str, str, str, bool]
_DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
_FOUND = """(word) => new Promise((done) => {
  const asked = document.getElementById("word"), told = document.getElementById("found");
  new MutationObserver((_, seen) => {
    seen.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => done()));
  }).observe(told, { childList: true });
  asked.value = word;
  asked.dispatchEvent(new Event("input"));
})"""


def main() -> int:
    arguments = _arguments()
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(f"Python {platform.python_version()}, {cores} cores, load {load:.1f}; medians of {arguments.repeat}\n")
    with tempfile.TemporaryDirectory(prefix="reconciler-bench-") as name:
        rows = [*_rows(Path(name), arguments.resources, arguments.repeat)]
    for row in rows:
        print(f"{row[0]:62}{row[1]:>9}   {row[2]:12}{'' if row[3] else 'MISSED'}".rstrip())
    missed = sum(not row[3] for row in rows)
    print(f"\n{missed} missed." if missed else "\nAll limits met.")
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5, help="how often each is measured; the median counts")
    parser.add_argument("--resources", type=int, default=5_000)
    return parser.parse_args()


def _rows(folder: Path, resources: int, repeat: int) -> Iterator[Row]:
    yield from _made(folder, resources, repeat)
    if chromium.CHROMIUM is None:
        print("skipped: no browser: apt-get install chromium-headless-shell")
        return
    with chromium.started() as browser:
        for width in WIDTHS:
            yield from _used(browser, folder / "report.html", width, repeat)


def _made(folder: Path, resources: int, repeat: int) -> Iterator[Row]:
    found = overviews.large(resources)
    handshakes = [one.handshake for one in found.proofs]
    users = {one.handshake.relay: one.used_by for one in found.proofs}
    documents = {
        "plan.json": forms.rendered("drift", "json", found.plan, Paper(), proof=None),
        "verify.json": forms.rendered("verify", "json", handshakes, Paper(), declared={}, users=users),
    }
    for name, text in documents.items():
        (folder / name).write_text(text, encoding="utf-8")
    command = Command(arguments=[tool("reconciler"), "report", *documents], folder=folder, says="Wrote report.html")
    (figure,) = medians([command], repeat)
    size = (folder / "report.html").stat().st_size
    yield f"page of {resources:,} resources", f"{size / 1e6:.2f} MB", f"≤ {BYTES / 1e6:g} MB", size <= BYTES
    yield "  made of a plan and handshakes, cpu", f"{figure.busy:.2f} s", f"≤ {MADE:g} s", figure.busy <= MADE


def _used(browser: Any, file: Path, width: int, repeat: int) -> Iterator[Row]:
    turns = [[*_seconds(browser, file, width)] for _ in range(repeat)]
    load, *searches = (median(one) for one in zip(*turns, strict=True))
    yield f"  loaded and drawn, {width} px wide", f"{load:.2f} s", f"≤ {USED:g} s", load <= USED
    for word, seconds in zip(WORDS, searches, strict=True):
        yield f"    searched for {word}", f"{seconds:.2f} s", f"≤ {USED:g} s", seconds <= USED


def _seconds(browser: Any, file: Path, width: int) -> Iterator[float]:
    page = browser.new_page(viewport={"width": width, "height": 900})
    begin = time.perf_counter()
    page.goto(file.as_uri())
    page.evaluate(_DRAWN)
    yield time.perf_counter() - begin
    for word in WORDS:
        begin = time.perf_counter()
        page.evaluate(_FOUND, word)
        yield time.perf_counter() - begin
    page.close()


if __name__ == "__main__":
    sys.exit(main())
