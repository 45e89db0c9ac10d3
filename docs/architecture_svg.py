"""Places boxes below each other and draws them, for docs/architecture.py: an SVG that is readable in light and dark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

Arrows = frozenset[tuple[str, str]]
ROOM, GAP, PAD, HEAD, STEP, LANE = 32, 14, 14, 44, 26, 10  # pixels
WIDTH, LETTER, SMALL = 900, 7.2, 6.1


@dataclass(slots=True, kw_only=True)
class Box:
    """A room, or with `rows` a package of rooms, or with `through` a lane that a long arrow takes past others."""

    name: str
    role: str = ""
    modules: int = 0
    rows: list[list[Box]] = field(default_factory=list)
    arrows: Arrows = frozenset()
    through: bool = False
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = ROOM
    bottom: float = 0  # of its row: a neighbour may be taller

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def label(self) -> str:
        return self.name.rpartition(".")[2].split("|")[0]


def svg(house: Box) -> str:
    """The page, around all packages."""
    _place(house, WIDTH - 2 * PAD)
    body = "\n".join([*_drawn_arrows(house), *(line for row in house.rows for box in row for line in _drawn(box))])
    height = f"{house.height + PAD:.0f}"
    return _PAGE.format(width=WIDTH, height=height, pad=PAD, style=_STYLE, body=body, modules=house.modules)


def _place(box: Box, width: float) -> None:
    """Sets widths and heights from the inside out, then places from the outside in."""
    box.width = max(width, _least(box))
    box.height = ROOM if "." in box.name else HEAD
    y = box.y + (HEAD if box.name else 0)
    for row in box.rows:
        fixed = [_least(one) for one in row]
        inner = box.width - (2 * PAD if box.name else 0)
        spare = inner - sum(fixed) - GAP * (len(row) - 1)
        grows = [one for one in row if one.rows] or [one for one in row if not one.through]
        x = box.x + (PAD if box.name else 0)
        for one, least in zip(row, fixed, strict=True):
            share = spare / len(grows) if one in grows else 0
            one.x, one.y = x, y
            _place(one, least + share)
            x += one.width + GAP
        tallest = max(one.height for one in row)
        for one in row:
            one.height = tallest if one.through or one.rows else one.height
            one.bottom = y + tallest
        y += tallest + STEP
    if box.rows:
        box.height = y - STEP + PAD - box.y


def _least(box: Box) -> float:
    if box.through:
        return LANE
    own = max(LETTER * (len(box.label) + 5), SMALL * len(box.role)) + 2 * 8
    return max((own, *(sum(map(_least, row)) + GAP * (len(row) - 1) + 2 * PAD for row in box.rows)))


def _drawn(box: Box) -> Iterator[str]:
    if box.through:
        return
    kind, x = "room" if "." in box.name else "package", f"{box.x + 9:.0f}"
    size = f'width="{box.width:.0f}" height="{box.height:.0f}"'
    yield f'<rect class="{kind}" x="{box.x:.0f}" y="{box.y:.0f}" {size} rx="6"/>'
    top = box.y + (19 if box.role else 21)
    count = f'<tspan class="count" dx="6">{box.modules}</tspan>'
    yield f'<text class="name" x="{x}" y="{top:.0f}">{escape(box.label)}{count}</text>'
    if box.role:
        yield f'<text class="role" x="{x}" y="{top + 14:.0f}">{escape(box.role)}</text>'
    yield from _drawn_arrows(box)
    yield from (line for row in box.rows for one in row for line in _drawn(one))


def _drawn_arrows(box: Box) -> Iterator[str]:
    places = {one.name: one for row in box.rows for one in row if not one.through}
    ways: dict[tuple[str, str], list[Box]] = {pair: [] for pair in sorted(box.arrows)}
    for lane in (one for row in box.rows for one in row if one.through):
        one, _, other = lane.name.partition(">")
        ways[one, other].append(lane)
    # side by side where they leave and arrive, in the order of where they go to and come from
    leaving = {pair: (way[0] if way else places[pair[1]]).middle for pair, way in ways.items()}
    arriving = {pair: (way[-1] if way else places[pair[0]]).middle for pair, way in ways.items()}
    for (one, other), way in ways.items():
        begin, end = places[one], places[other]
        points = [(_port(begin, leaving, 0, other), begin.bottom)]
        for lane in way:
            points += [(lane.middle, lane.y), (lane.middle, lane.bottom)]
        points.append((_port(end, arriving, 1, one), end.y - 5))
        yield f'<path class="arrow" d="M{points[0][0]:.0f} {begin.y + begin.height:.0f} L{_curve(points)}"/>'


def _port(room: Box, beyond: Mapping[tuple[str, str], float], end: int, other: str) -> float:
    """Where on the edge of `room` its arrow from or to `other` is; `end` is 0 for leaving, 1 for arriving."""
    order = sorted((x, pair[1 - end]) for pair, x in beyond.items() if pair[end] == room.name)
    at = [name for _, name in order].index(other)
    return room.x + room.width * (at + 1) / (len(order) + 1)


def _curve(points: Sequence[tuple[float, float]]) -> str:
    (x, y), *rest = points
    text = f"{x:.0f} {y:.0f}"
    for at, (nx, ny) in enumerate(rest):
        bend = (ny - y) / 2
        text += (
            f" L{nx:.0f} {ny:.0f}" if at % 2 else f" C{x:.0f} {y + bend:.0f} {nx:.0f} {ny - bend:.0f} {nx:.0f} {ny:.0f}"
        )
        x, y = nx, ny
    return text


_STYLE = """
  .page { fill: #ffffff } .package { fill: #f3f5f8; stroke: #8a97a8 } .room { fill: #ffffff; stroke: #8a97a8 }
  text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1b2430 }
  .name { font-size: 13px; font-weight: 600 } .count { font-size: 11px; font-weight: 400; fill: #5b6878 }
  .role { font-size: 11px; fill: #5b6878 }
  .arrow { fill: none; stroke: #3b6ea8; stroke-width: 1.4; marker-end: url(#head) } .head { fill: #3b6ea8 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0f141a } .package { fill: #171e27; stroke: #55637a } .room { fill: #202a36; stroke: #55637a }
    text { fill: #e4e9ef } .count, .role { fill: #a3b0c0 }
    .arrow { stroke: #79b0ee } .head { fill: #79b0ee }
  }
"""
_PAGE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
<title>The packages of reconciler and their rooms; arrows are imports, numbers are modules ({modules} in all)</title>
<style>{style}</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path class="head" d="M0 0L8 4L0 8z"/></marker></defs>
<rect class="page" width="100%" height="100%" rx="8"/>
<g transform="translate({pad} {pad})">
{body}
</g>
</svg>
"""
