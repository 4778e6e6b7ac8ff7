"""The revision graph as lines of a terminal, in the manner of `git log --graph`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import singledispatch

from fidesdev.core.graph_reports import APPLIED, PENDING, STATES, UNKNOWN, GraphNode, GraphReport
from fidesdev.render.graph_lanes import ASCII, UNICODE, Row, Strokes, rows
from fidesdev.render.graph_pictures import clean
from fidesdev.render.layout import Block, Line, Span, Style, line, name, notice, quiet

_ALIGNED = 16
"""Texts begin in one column where the lanes are not wider than this."""
_KEPT = 20
"""So much of the lanes is left where a screen is too narrow for lanes and text."""
_DAY = len("2026-04-30")
_STYLES: dict[str | None, Style] = {APPLIED: "good", PENDING: "notice", UNKNOWN: "bad"}


@dataclass(frozen=True, slots=True)
class Signs:
    """What lanes and revisions are drawn with."""

    strokes: Strokes
    marks: dict[str | None, str]
    more: str

    @property
    def text(self) -> str:
        """Every character that an encoding must have."""
        strokes = self.strokes
        lines = (strokes.across, strokes.down, strokes.dotted_across, strokes.dotted_down)
        return "".join((*strokes.corners.values(), *lines, *self.marks.values(), self.more))


FINE = Signs(UNICODE, {None: "*", APPLIED: "●", PENDING: "○", UNKNOWN: "?"}, "…")
PLAIN = Signs(ASCII, {None: "*", APPLIED: "*", PENDING: "o", UNKNOWN: "?"}, "...")


def signs_for(encoding: str) -> Signs:
    """The finest signs that the encoding has."""
    try:
        FINE.text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return FINE


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: GraphReport) -> Iterable[Block]:
    return drawing(report, FINE)


def drawing(report: GraphReport, signs: Signs) -> Iterator[Block]:
    """The lanes with a text beside each revision, and below what the marks mean."""
    if not report.nodes:
        yield line(quiet("No revisions."))
    nodes = {node.id: node for node in report.nodes}
    drawn = list(rows(report.layout, signs.strokes))
    widest = max((row.width for row in drawn), default=0)
    indent = widest if widest <= _ALIGNED else 0
    for row in drawn:
        if row.id is None:
            yield Line((quiet(row.before),), cut=True)
        else:
            yield Line(tuple(_row(row, nodes[row.id], signs, indent)), cut=True)
    if report.older:
        counted = "1 older revision" if report.older == 1 else f"{report.older} older revisions"
        yield line(quiet(f"{signs.more} {counted}"))
    if report.database:
        yield line(*_legend(report, signs))


def _row(row: Row, node: GraphNode, signs: Signs, indent: int) -> Iterator[Span]:
    is_long = row.width > 2 * _KEPT
    yield Span(row.before, "quiet", f"{row.before[:_KEPT]}{signs.more} " if is_long else "")
    yield Span(signs.marks[node.state], _STYLES.get(node.state, ""))
    yield Span(f"{row.after}{' ' * (indent - row.width)} ", "quiet", " " if is_long else "")
    yield name(node.id)
    if noted := list(_notes(node)):
        yield notice(f" ({clean(', '.join(noted))})")
    if message := clean(node.message):
        yield Span(f" {message}")
    if told := [clean(text) for text in (node.author, (node.date or "")[:_DAY]) if text]:
        yield quiet(f"  {', '.join(told)}")


def _notes(node: GraphNode) -> Iterator[str]:
    if node.is_head:
        yield "head"
    if node.is_current:
        yield "current"
    yield from node.labels
    if node.branch and node.is_own:
        yield node.branch
    if node.state == UNKNOWN:
        yield node.place or "no source found"


def _legend(report: GraphReport, signs: Signs) -> Iterator[Span]:
    counts = Counter(node.state for node in report.nodes)
    for state in STATES:
        if counts[state]:
            yield Span(signs.marks[state], _STYLES[state])
            yield Span(f" {counts[state]} {state}  ")
    yield quiet(f"in {report.database}")
