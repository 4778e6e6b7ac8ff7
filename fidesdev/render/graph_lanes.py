"""Lanes as text: a row for each revision, and between them a row wherever edges leave or arrive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fidesdev.core.lanes import PARENT, Edge, Layout

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8


@dataclass(frozen=True, slots=True)
class Strokes:
    """The characters that lanes are drawn with."""

    corners: Mapping[int, str]
    """By the directions in which a line goes on from a place."""
    across: str
    down: str
    dotted_across: str
    dotted_down: str


UNICODE = Strokes(
    {
        UP | DOWN | RIGHT: "├",
        UP | DOWN | LEFT: "┤",
        UP | DOWN | LEFT | RIGHT: "┼",
        UP | LEFT: "╯",
        UP | RIGHT: "╰",
        UP | LEFT | RIGHT: "┴",
        DOWN | LEFT: "╮",
        DOWN | RIGHT: "╭",
        DOWN | LEFT | RIGHT: "┬",
    },
    *("─", "│", "┄", "┊"),
)
ASCII = Strokes(
    {
        UP | DOWN | RIGHT: "|",
        UP | DOWN | LEFT: "|",
        UP | DOWN | LEFT | RIGHT: "|",
        UP | LEFT: "'",
        UP | RIGHT: "'",
        UP | LEFT | RIGHT: "'",
        DOWN | LEFT: ".",
        DOWN | RIGHT: ".",
        DOWN | LEFT | RIGHT: ".",
    },
    *("-", "|", ".", ":"),
)
Cells = list[str]
"""Characters; those of lanes are at even places."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the drawing, and the revision whose mark goes between its parts."""

    before: str
    id: str | None = None
    after: str = ""

    @property
    def width(self) -> int:
        """How many characters it has, with the mark."""
        return len(self.before) + (self.id is not None) + len(self.after)


def rows(layout: Layout, strokes: Strokes) -> Iterator[Row]:
    """The lines of the drawing."""
    arriving, leaving = _by(layout.edges, "parent"), _by(layout.edges, "child")
    running: dict[int, Edge] = {}
    ended = -1
    for id_, lane in layout.lanes.items():
        joined = [edge for edge in arriving[id_] if edge.lane != lane]
        if lane == ended and not arriving[id_]:
            yield Row("".join(_running(running, strokes)).rstrip())
        if joined:
            yield _link(running, joined, (lane, UP), strokes)
        for edge in joined:
            del running[edge.lane]
        running.pop(lane, None)
        cells = "".join(_running(running, strokes, to=lane))
        yield Row(cells[: 2 * lane], id_, cells[2 * lane + 1 :])
        running |= {edge.lane: edge for edge in leaving[id_]}
        if forked := leaving[id_][1:]:
            yield _link(running, forked, (lane, DOWN), strokes)
        ended = -1 if leaving[id_] else lane


def _by(edges: Iterable[Edge], end: str) -> defaultdict[str, list[Edge]]:
    found: defaultdict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        found[getattr(edge, end)].append(edge)
    return found


def _running(running: Mapping[int, Edge], strokes: Strokes, *, to: int = 0) -> Cells:
    """Every edge that goes straight down; room at least until lane `to`."""
    cells = [" "] * (2 * max((*running, to)) + 1)
    for lane, edge in running.items():
        cells[2 * lane] = strokes.down if edge.kind == PARENT else strokes.dotted_down
    return cells


def _link(
    running: Mapping[int, Edge], edges: list[Edge], end: tuple[int, int], strokes: Strokes
) -> Row:
    """Edges on their way between their own lanes and a revision's; others pass through them.

    `end` is the lane of the revision, and the direction in which the edges go on in their own.
    """
    lane, onward = end
    cells, places = _running(running, strokes, to=lane), sorted([lane, *(e.lane for e in edges)])
    first, last = places[0], places[-1]
    solid = any(edge.kind == PARENT for edge in edges)
    across = strokes.across if solid else strokes.dotted_across
    for column in range(2 * first, 2 * last + 1):
        if cells[column] == " ":
            cells[column] = across
    for place in places:
        sides = (LEFT if place > first else 0) | (RIGHT if place < last else 0)
        cells[2 * place] = strokes.corners[sides | (UP | DOWN if place == lane else onward)]
    return Row("".join(cells))
