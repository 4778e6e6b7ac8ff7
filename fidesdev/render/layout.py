"""What a renderer produces: lines and tables of styled text, before anyone knows the terminal.

Styles are meanings, not colours; `terminal.py` gives them colours, `plain.py` drops them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace
from typing import Any, Literal

Style = Literal["", "heading", "good", "notice", "bad", "quiet", "name"]

_COLOUR = re.compile(r"\x1b\[[\d;:]*m")
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0 and C1: they begin what moves a cursor or sets a title
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # they turn the order of what is beside them
    "\ud800-\udfff]"  # no character at all: bytes that were no UTF-8
)
_LINE_CONTROLS = "\n\t"
"""What a line of somebody's text may hold."""


@dataclass(frozen=True, slots=True)
class Span:
    """Text with one meaning."""

    text: str
    style: Style = ""
    short: str = ""
    """What stands for the text in a table or line that is too wide for the terminal."""


Cell = str | Span


@dataclass(frozen=True, slots=True)
class Line:
    """One line; its spans follow each other without a gap."""

    spans: tuple[Span, ...] = ()
    cut: bool = False
    """Whether a terminal ends it where the screen ends, instead of going on below."""
    verbatim: bool = False
    """Whether it is somebody's text, such as SQL, that is never broken between words."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; columns listed in `numeric` are set to the right."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: frozenset[str] = frozenset()
    indent: int = 0
    optional: tuple[str, ...] = ()
    """Columns that a narrow terminal leaves out, the first one first."""
    pictures: frozenset[str] = frozenset()
    """Columns that repeat others as a drawing: only a terminal shows them."""
    elastic: str = ""
    """A column of texts, which a narrow terminal ends early before it leaves out another."""
    folded: bool = False
    """Whether a cell that is too wide goes on below, instead of being ended early."""


Block = Line | Table


def line(*parts: Cell) -> Line:
    """A line of plain and styled parts; without any, an empty line."""
    return Line(tuple(span(part) for part in parts))


def verbatim(text: str) -> Iterator[Line]:
    """The lines of somebody's text, as they are."""
    return (Line((Span(one),), verbatim=True) for one in text.splitlines())


def table(
    headings: Iterable[str],
    rows: Iterable[Iterable[Cell]],
    *,
    numeric: Iterable[str] = (),
    indent: int = 0,
    optional: Iterable[str] = (),
    pictures: Iterable[str] = (),
    **more: Any,
) -> Table:
    """A table of any iterables; `more` are fields of `Table` from `elastic` on."""
    cells = tuple(tuple(row) for row in rows)
    titles, right, drawn = tuple(headings), frozenset(numeric), frozenset(pictures)
    return Table(titles, cells, right, indent, tuple(optional), drawn, **more)


def facts(rows: Iterable[tuple[Cell, Cell]], *, indent: int = 0) -> Table:
    """Names or commands, each with what is to say of it; a long text goes on below itself."""
    return table(("", ""), rows, indent=indent, folded=True)


def without(table: Table, dropped: Set[str]) -> Table:
    """The table without the columns of these headings."""
    kept = [index for index, title in enumerate(table.headings) if title not in dropped]
    return replace(
        table,
        headings=tuple(table.headings[index] for index in kept),
        rows=tuple(tuple(row[index] for index in kept) for row in table.rows),
    )


def visible(text: str, kept: str = _LINE_CONTROLS) -> str:
    """The text with every character that could control a terminal written out, but for `kept`."""
    return text if text.isprintable() else _CONTROLS.sub(lambda one: _told(one[0], kept), text)


def harmless(block: Block) -> Block:
    """The block with nothing in it that could control a terminal.

    Names, messages, rows and what containers print are written by others.
    """
    if isinstance(block, Line):
        return replace(block, spans=tuple(_harmless(one, block) for one in block.spans))
    return replace(
        block,
        headings=tuple(map(cell_text, block.headings)),
        rows=tuple(tuple(map(_harmless_cell, row)) for row in block.rows),
        numeric=frozenset(map(cell_text, block.numeric)),
        optional=tuple(map(cell_text, block.optional)),
        pictures=frozenset(map(cell_text, block.pictures)),
        elastic=cell_text(block.elastic),
    )


def cell_text(cell: Cell) -> str:
    """What a table shows of the cell: one line of it."""
    return visible(span(cell).text, kept="")


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


def _harmless(one: Span, block: Line) -> Span:
    """The span; colours of a text that is shown as it is go, since ours mean something."""
    text = _COLOUR.sub("", one.text) if block.verbatim else one.text
    return replace(one, text=visible(text), short=visible(one.short))


def _harmless_cell(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return cell_text(cell)
    return replace(cell, text=cell_text(cell), short=visible(cell.short, kept=""))


def _told(character: str, kept: str) -> str:
    return character if character in kept else repr(character)[1:-1]
