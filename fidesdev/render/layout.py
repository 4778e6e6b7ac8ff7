"""What a renderer produces: lines and tables of styled text, before anyone knows the terminal.

Styles are meanings, not colours; `terminal.py` gives them colours, `plain.py` drops them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Style = Literal["", "heading", "good", "notice", "bad", "quiet", "name"]


@dataclass(frozen=True, slots=True)
class Span:
    """Text with one meaning."""

    text: str
    style: Style = ""
    short: str = ""
    """What stands for the text in a table that is too wide for the terminal."""


Cell = str | Span


@dataclass(frozen=True, slots=True)
class Line:
    """One line; its spans follow each other without a gap."""

    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; columns listed in `numeric` are set to the right."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: frozenset[str] = frozenset()
    indent: int = 0
    optional: tuple[str, ...] = ()
    """Columns that a narrow terminal leaves out, the first one first."""


Block = Line | Table


def line(*parts: Cell) -> Line:
    """A line of plain and styled parts; without any, an empty line."""
    return Line(tuple(span(part) for part in parts))


def table(
    headings: Iterable[str],
    rows: Iterable[Iterable[Cell]],
    *,
    numeric: Iterable[str] = (),
    indent: int = 0,
    optional: Iterable[str] = (),
) -> Table:
    """A table of any iterables."""
    cells = tuple(tuple(row) for row in rows)
    return Table(tuple(headings), cells, frozenset(numeric), indent, tuple(optional))


def span(cell: Cell) -> Span:
    """The cell as a span."""
    return Span(cell) if isinstance(cell, str) else cell


def heading(text: str) -> Span:
    """A title."""
    return Span(text, "heading")


def good(text: str) -> Span:
    """As it should be."""
    return Span(text, "good")


def notice(text: str) -> Span:
    """Worth a look."""
    return Span(text, "notice")


def bad(text: str) -> Span:
    """Wrong, or about to be lost."""
    return Span(text, "bad")


def quiet(text: str) -> Span:
    """Less important than what stands beside it."""
    return Span(text, "quiet")


def name(text: str, short: str = "") -> Span:
    """An identifier that can be typed; `short` where a beginning of it will do."""
    return Span(text, "name", short)
