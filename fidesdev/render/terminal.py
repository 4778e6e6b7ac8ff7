"""Blocks in a real terminal, by Rich: colours for meanings, tables that fit the width."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from fidesdev.render.layout import Block, Line, Style, Table, span

COLOURS: dict[Style, str] = {
    "": "",
    "heading": "bold",
    "good": "green",
    "notice": "yellow",
    "bad": "red",
    "quiet": "dim",
    "name": "cyan",
}


def console(stream: TextIO, *, colour: bool) -> Console:
    """A Rich console that adds no highlighting of its own."""
    return Console(file=stream, highlight=False, no_color=not colour, force_terminal=colour or None)


def show(blocks: Iterable[Block], console: Console) -> None:
    """Print the blocks."""
    for block in blocks:
        if isinstance(block, Line):
            console.print(_text(block), soft_wrap=True)
        else:
            console.print(Padding(_table(block), (0, 0, 0, block.indent), expand=False))


def _text(line: Line) -> Text:
    text = Text()
    for part in line.spans:
        text.append(part.text, COLOURS[part.style])
    return text


def _table(table: Table) -> RichTable:
    made = RichTable(box=None, pad_edge=False, show_header=any(table.headings), header_style="bold")
    for heading in table.headings:
        made.add_column(
            heading,
            justify="right" if heading in table.numeric else "left",
            overflow="ellipsis",
            no_wrap=True,
        )
    for row in table.rows:
        made.add_row(*(Text(span(cell).text, COLOURS[span(cell).style]) for cell in row))
    return made
