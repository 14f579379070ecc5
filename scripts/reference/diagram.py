"""docs/tables/diagram.svg: the tables, their keys, and how they hang together.

Groups are panels. Inside a panel a table stands below the one that it hangs below. A link between
tables at the top of panels side by side is a line; any other is an arrow and a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from reference.lanes import EDGE, LANE, Trunk, trunks, widths
from reference.layout import INDENT, LINE, MIDDLE, PAD, TITLE, WIDTH, Box, Panel, panels

STYLE = Path(__file__).with_name("diagram.css")
MARGIN, ROUND = 32, 6


def diagram() -> str:
    """The text of the picture."""
    shown = panels()
    made = trunks(shown)
    lefts: list[float] = [MARGIN]
    for gutter in widths(made):
        lefts.append(lefts[-1] + WIDTH + gutter)
    width = lefts[-1] + WIDTH + MARGIN
    height = max(panel.bottom for panel in shown) + MARGIN
    return "\n".join(_drawn(shown, made, lefts, width, height)) + "\n"


def _drawn(
    shown: list[Panel], made: list[Trunk], lefts: list[float], width: float, height: float
) -> Iterator[str]:
    count = sum(len(panel.boxes) for panel in shown)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" aria-labelledby="title">'
    )
    yield f'<title id="title">The {count} tables of chimpline, with their keys and links</title>'
    yield f"<style>\n{STYLE.read_text('utf-8')}</style>"
    yield f'<rect class="paper" width="{width:g}" height="{height:g}"/>'
    yield f'<text class="top" x="{MARGIN}" y="50">{count} tables and their keys</text>'
    yield (
        f'<text class="hint" x="{MARGIN}" y="78">A gray line leads from a table to those below it; '
        "their key is its key and the columns under their name. A colored line, or an arrow and a "
        "name, leads to a table of which a row is named.</text>"
    )
    for panel in shown:
        yield from _panel(panel, lefts[panel.column])
    for trunk in sorted(made, key=lambda one: (one.gutter, one.lane)):
        yield from _trunk(trunk, lefts)
    yield "</svg>"


def _panel(panel: Panel, left: float) -> Iterator[str]:
    yield (
        f'<rect class="panel" x="{left:g}" y="{panel.y:g}" width="{WIDTH}" '
        f'height="{panel.bottom - panel.y:g}" rx="10"/>'
    )
    yield (
        f'<text class="group g{panel.group}" x="{left + PAD:g}" y="{panel.y + 29:g}">'
        f"{escape(panel.title)}</text>"
    )
    by_name = {box.table.name: box for box in panel.boxes}
    for box in panel.boxes:
        upper = box.table.above
        if upper:
            start = by_name[upper.name]
            x, y = left + start.x + INDENT / 2, box.y + MIDDLE
            yield f'<path class="tree" d="M{x:g} {start.bottom:g}V{y:g}H{left + box.x:g}"/>'
    for box in panel.boxes:
        yield from _box(box, left + box.x)


def _box(box: Box, x: float) -> Iterator[str]:
    y = box.y
    yield f'<a href="{box.table.name}.md">'
    place = f'x="{x:g}" y="{y:g}" height="{box.height:g}"'
    yield f'<rect class="box" {place} width="{box.width:g}" rx="4"/>'
    yield f'<rect class="bar g{box.group}" {place} width="4" rx="2"/>'
    yield f'<text class="name" x="{x + 14:g}" y="{y + TITLE:g}">{escape(box.table.name)}</text>'
    lines = [*(("key", line) for line in box.key), *(("names", line) for line in box.names)]
    for number, (kind, line) in enumerate(lines, 1):
        height = y + TITLE + LINE * number
        yield f'<text class="{kind}" x="{x + 14:g}" y="{height:g}">{escape(line)}</text>'
    yield "</a>"


def _trunk(trunk: Trunk, lefts: list[float]) -> Iterator[str]:
    """From each source to the lane, along it, and to the target."""
    lane = lefts[trunk.gutter] + WIDTH + EDGE + LANE * trunk.lane
    target, group = trunk.target, trunk.target.group
    end = _edge(target, trunk.gutter, lefts)
    inward = -1 if end < lane else 1  # from the lane to the target
    y = target.y + MIDDLE
    for source, down in trunk.sources:
        start, from_y = _edge(source, trunk.gutter, lefts), source.y + MIDDLE + down
        outward = 1 if start < lane else -1
        turn = ROUND if y > from_y else -ROUND
        yield (
            f'<path class="link g{group}" d="M{start:g} {from_y:g}H{lane - outward * ROUND:g}'
            f"Q{lane:g} {from_y:g} {lane:g} {from_y + turn:g}V{y - turn:g}"
            f'Q{lane:g} {y:g} {lane + inward * ROUND:g} {y:g}H{end - inward * 7:g}"/>'
        )
    yield (f'<path class="head g{group}" d="M{end:g} {y:g}l{-inward * 8:g} -4.5v9z"/>')


def _edge(box: Box, gutter: int, lefts: list[float]) -> float:
    """Where a box ends towards a gutter."""
    x = lefts[box.column] + box.x
    return x if box.column > gutter else x + box.width
