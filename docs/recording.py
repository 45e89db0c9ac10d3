"""Draws docs/demo.svg: what `make demo` prints on a terminal, scene by scene, as text in an SVG without a script.

python docs/recording.py [FILE]      of a demo that runs now (a minute), or of what `script` has kept of one
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import Iterator
from html import escape
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
PICTURE = TOP / "docs/demo.svg"
COLUMNS, ROWS, SECONDS = 110, 26, 6
_TAIL = 4  # rows that a long scene ends with: the summary is last
_SGR = re.compile(r"\x1b\[([\d;]*)m")
_CLASSES = {"1": "b", "2": "d", "31": "r", "32": "g", "33": "y", "34": "u", "35": "m", "36": "c"}
_STYLE = """
.back{fill:#0d1117} text{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#c9d1d9;white-space:pre}
.b{font-weight:700;fill:#f0f6fc} .d{fill:#8b949e} .r{fill:#ff7b72} .g{fill:#7ee787} .y{fill:#e3b341} .u{fill:#79c0ff}
.m{fill:#d2a8ff} .c{fill:#76e3ea} .scene{opacity:0}
"""


def recorded() -> str:
    """Runs the demo on a terminal of its own."""
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update(PYTHONPATH="examples", TERM="xterm-256color")
        os.execv(sys.executable, [sys.executable, "-m", "lab.demo"])  # noqa: S606  # fixed arguments
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    pieces: list[bytes] = []
    while piece := _piece(terminal):
        pieces.append(piece)
    if os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]):
        sys.exit("the demo failed: make demo")
    return b"".join(pieces).decode()


def _piece(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # how Linux says that the other end is closed
        return b""


def scenes(text: str) -> list[list[str]]:
    """A caption, a command and what it printed; of a long one the beginning and the end."""
    found: list[list[str]] = []
    for line in text.replace("\r", "").split("\n"):
        if _SGR.sub("", line).startswith("# "):
            found.append([])
        if found:
            found[-1].append(line)
    return [_short(one) for one in found if any("$ reconciler" in line for line in one)]


def _short(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    if len(lines) <= ROWS:
        return lines
    left_out = len(lines) - (ROWS - 1)
    return [*lines[: ROWS - 1 - _TAIL], f"\x1b[2m  … {left_out} lines …\x1b[0m", *lines[-_TAIL:]]


def svg(found: list[list[str]]) -> str:
    width, height, total = COLUMNS * 7.9 + 20, ROWS * 18 + 24, SECONDS * len(found)
    part = 100 / len(found)
    shown = f"@keyframes show{{0%,{part:.3f}%{{opacity:1}}{part + 0.01:.3f}%,100%{{opacity:0}}}}"
    moving = f".scene{{animation:show {total}s infinite}}"
    still = "@media (prefers-reduced-motion:reduce){.scene{animation:none}.first{opacity:1}}"
    size = f'viewBox="0 0 {width:.0f} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="make demo, recorded">'
    scene = [_scene(at, lines) for at, lines in enumerate(found)]
    back = f'<rect class="back" width="{width:.0f}" height="{height}" rx="8"/>'
    return "\n".join([head, f"<style>{_STYLE}{shown}{moving}{still}</style>", back, *scene, "</svg>", ""])


def _scene(at: int, lines: list[str]) -> str:
    """The second one, a plan, stands for all where nothing may move."""
    kind = "scene first" if at == 1 else "scene"
    return f'<g class="{kind}" style="animation-delay:{at * SECONDS}s">{"".join(_rows(lines))}</g>'


def _rows(lines: list[str]) -> Iterator[str]:
    for at, line in enumerate(lines):
        if line.strip():
            yield f'<text x="10" y="{at * 18 + 24}" xml:space="preserve">{"".join(_spans(line))}</text>'


def _spans(line: str) -> Iterator[str]:
    """Colours become classes; the last one counts."""
    style, room = "", COLUMNS
    for at, piece in enumerate(_SGR.split(line)):
        if at % 2:
            style = next((_CLASSES[one] for one in reversed(piece.split(";")) if one in _CLASSES), "")
        elif piece and room > 0:
            words = escape(piece[:room], quote=False)
            room -= len(piece)
            yield f'<tspan class="{style}">{words}</tspan>' if style else words


def main() -> int:
    text = Path(sys.argv[1]).read_text("utf-8") if sys.argv[1:] else recorded()
    PICTURE.write_text(svg(scenes(text)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
