"""Lanes: which column of a drawing each revision and each of its edges has, newest first.

The terminal, SVG and the page draw the same lanes. Everything is linear in revisions and edges.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from fidesdev.core.graph import RevisionGraph

PARENT, DEPENDENCY = "parent", "depends_on"


@dataclass(frozen=True, slots=True)
class Edge:
    """From a revision down to what it requires."""

    child: str
    parent: str
    """Where it is not drawn itself, the edge leads out of the drawing at its end."""
    kind: str
    """`parent` or `depends_on`."""
    lane: int
    """Where the edge runs between its ends; the first one of a revision keeps its lane."""


@dataclass(frozen=True)
class Layout:
    """Revisions, one a row, and the edges between them."""

    lanes: Mapping[str, int]
    """The lane of each revision, in the order of the rows: newest first."""
    edges: tuple[Edge, ...]
    """In the order in which they begin."""
    width: int
    """How many lanes there are."""


def drawing_order(graph: RevisionGraph) -> tuple[str, ...]:
    """All ids, newest first, each above what it requires.

    Begins with the longest chain. What a merge joins follows it, what is joined from elsewhere
    first, and a branch that ends early stands just above where it left: few lanes pass by.
    """
    above = _longest(graph.required_by, reversed(graph.order))
    below = _longest(graph.requires, graph.order)

    def age(id_: str) -> tuple[int, str]:
        return below[id_], graph.revisions[id_].created or ""

    stack = sorted((id_ for id_ in graph.order if not above[id_]), key=age)
    drawn: dict[str, None] = {}
    while stack:
        id_ = stack.pop()
        if id_ in drawn:
            continue
        if first := [other for other in graph.required_by[id_] if other not in drawn]:
            stack += [id_, *sorted(first, key=above.__getitem__)]
        else:
            drawn[id_] = None
            parents = graph.revisions[id_].parents
            stack += [other for other in graph.requires[id_] if other not in parents]
            stack += parents
    return tuple(drawn)


def lay_out(graph: RevisionGraph, order: Sequence[str]) -> Layout:
    """Lanes for the revisions in `order`, each of which stands above what it requires."""
    free = _Free()
    lanes: dict[str, int] = {}
    edges: list[Edge] = []
    arriving: dict[str, list[int]] = defaultdict(list)
    for id_ in order:
        mine = sorted(arriving.pop(id_, ())) or [free.take()]
        lanes[id_] = mine[0]
        free.give(mine[1:])
        required = graph.requires[id_]
        for number, parent in enumerate(required):
            lane = free.take() if number else mine[0]
            kind = PARENT if parent in graph.revisions[id_].parents else DEPENDENCY
            edges.append(Edge(id_, parent, kind, lane))
            arriving[parent].append(lane)
        if not required:
            free.give(mine[:1])
    return Layout(lanes, tuple(edges), free.width)


class _Free:
    """The lanes that nothing runs in; the leftmost is taken first."""

    def __init__(self) -> None:
        self.width = 0
        self._lanes: list[int] = []

    def take(self) -> int:
        if self._lanes:
            return heappop(self._lanes)
        self.width += 1
        return self.width - 1

    def give(self, lanes: Collection[int]) -> None:
        for lane in lanes:
            heappush(self._lanes, lane)


def _longest(links: Mapping[str, Sequence[str]], order: Iterable[str]) -> dict[str, int]:
    """How long the longest way along the links is, from each id; in an order of ends first."""
    ways: dict[str, int] = {}
    for id_ in order:
        ways[id_] = max((ways[other] + 1 for other in links[id_]), default=0)
    return ways
