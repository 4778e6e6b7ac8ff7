"""Blocks in a real terminal, by Rich: colours for meanings, tables that fit the width."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from fidesdev.render.layout import Block, Cell, Line, Span, Style, Table, span, without

GAP = 2
"""Spaces between columns."""

COLOURS: dict[Style, str] = {
    "": "",
    "heading": "bold",
    "good": "green",
    "notice": "yellow",
    "bad": "red",
    "quiet": "dim",
    "name": "cyan",
}
_UNLIMITED = 100_000
"""Columns of what is no terminal, where FORCE_COLOR asks for colour."""


class _Console(Console):
    """Rich without its own exit code for a reader who has gone."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console(stream: TextIO, *, colour: bool) -> Console:
    """A Rich console that adds no highlighting of its own, and cuts only where a screen ends."""
    return _Console(
        file=stream,
        highlight=False,
        color_system="auto" if colour else None,
        force_terminal=colour or None,
        width=None if stream.isatty() else _UNLIMITED,
    )


def show(blocks: Iterable[Block], console: Console) -> None:
    """Print the blocks."""
    for block in blocks:
        if isinstance(block, Line):
            console.print(_line(block, console.width), soft_wrap=True)
        else:
            fitting = fitted(block, console.width)
            console.print(Padding(_table(fitting), (0, 0, 0, block.indent), expand=False))


def fitted(table: Table, width: int) -> Table:
    """The table with short forms, then without optional columns, as far as `width` asks for it."""
    if _width(table) <= width:
        return table
    table = replace(table, rows=tuple(tuple(_shortened(cell) for cell in r) for r in table.rows))
    dropped = set(table.optional)
    for heading in reversed(table.optional):  # what is left out first comes back last
        if _width(without(table, dropped - {heading})) <= width:
            dropped.remove(heading)
    return without(table, dropped)


def _width(table: Table) -> int:
    """The characters that the widest row needs."""
    widths = _widths(table)
    return table.indent + sum(widths) + GAP * (len(widths) - 1)


def _widths(table: Table) -> list[int]:
    """What each column needs."""
    columns = zip(*(table.headings, *table.rows), strict=True)
    return [max(cell_len(span(cell).text) for cell in column) for column in columns]


def _shortened(cell: Cell) -> Cell:
    return replace(cell, text=cell.short) if isinstance(cell, Span) and cell.short else cell


def _line(line: Line, width: int) -> Text:
    text = _text(line)
    if line.cut and text.cell_len > width:
        text = _text(replace(line, spans=tuple(span(_shortened(part)) for part in line.spans)))
        text.truncate(width, overflow="ellipsis")
    return text


def _text(line: Line) -> Text:
    return Text.assemble(*((part.text, COLOURS[part.style]) for part in line.spans))


def _table(table: Table) -> RichTable:
    made = RichTable(
        box=None,
        pad_edge=False,
        padding=(0, GAP, 0, 0),
        show_header=any(table.headings),
        header_style="bold",
    )
    widths = _widths(table)
    for heading, width in zip(table.headings, widths, strict=True):
        made.add_column(
            heading,
            min_width=width if width < max(widths) else None,  # the widest one gives way
            justify="right" if heading in table.numeric else "left",
            overflow="ellipsis",
            no_wrap=True,
        )
    for row in table.rows:
        made.add_row(*(Text(span(cell).text, COLOURS[span(cell).style]) for cell in row))
    return made
