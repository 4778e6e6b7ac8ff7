"""Blocks in a real terminal, by Rich: colours for meanings, tables that fit the width."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from fidesdev.render.layout import Block, Cell, Line, Span, Style, Table, harmless, span, without

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
ELASTIC = 32
"""Characters of an elastic column that are worth more than another column."""
READABLE = 24
"""Characters below which the last of the folded columns does not go while others can."""
_UNLIMITED = 100_000
"""Columns of what is no terminal, where FORCE_COLOR asks for colour."""
_TITLE = re.compile(r"[^\s:]+(?: [^\s:]+)? {2,}")
_WORD = re.compile(r" *[^ ]+ *")
_COMMAND = re.compile(r"'fidesdev [^']*'")
_JOINED = "\0"


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
    for block in map(harmless, blocks):
        if isinstance(block, Line):
            for text in _lines(block, console.width):
                console.print(text, soft_wrap=True)
        else:
            fitting = fitted(block, console.width)
            drawn = _table(fitting, console.width - block.indent)
            console.print(Padding(drawn, (0, 0, 0, block.indent), expand=False))


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
    """The characters that the widest row needs, its elastic cell ended early."""
    widths = _widths(table)
    for index, heading in enumerate(table.headings):
        if heading and heading == table.elastic:
            widths[index] = min(widths[index], ELASTIC)
    return table.indent + sum(widths) + GAP * (len(widths) - 1)


def _widths(table: Table) -> list[int]:
    """What each column needs."""
    columns = zip(*(table.headings, *table.rows), strict=True)
    return [max(cell_len(span(cell).text) for cell in column) for column in columns]


def _narrowed(table: Table, width: int) -> list[int]:
    """What each column gets, so that all are on the screen: the widest one gives way first.

    Of folded columns it is the last one, as far as it stays readable.
    """
    widths = _widths(table)
    excess = sum(widths) + GAP * (len(widths) - 1) - width
    if table.folded and widths and excess > 0:
        given = min(excess, max(0, widths[-1] - READABLE))
        widths[-1] -= given
        excess -= given
    while excess > 0 and max(widths, default=1) > 1:
        widest = widths.index(max(widths))
        widths[widest] -= 1
        excess -= 1
    return widths


def _shortened(cell: Cell) -> Cell:
    return replace(cell, text=cell.short) if isinstance(cell, Span) and cell.short else cell


def _lines(line: Line, width: int) -> Iterator[Text]:
    """The line as it is, ended early, or broken between words."""
    text = _text(line)
    if line.verbatim or text.cell_len <= width:
        yield text
    elif line.cut:
        text = _text(replace(line, spans=tuple(span(_shortened(part)) for part in line.spans)))
        text.truncate(width, overflow="ellipsis")
        yield text
    else:
        yield from _broken(line, text, width)


def _broken(line: Line, text: Text, width: int) -> Iterator[Text]:
    """Lines that fit; all but the first begin below the text that follows a title."""
    words = [*_WORD.finditer("".join(map(_unbroken, line.spans)))]
    longest = max(cell_len(text.plain[word.start() : word.end()].strip()) for word in words)
    hanging = _hanging(text.plain, min(width // 3, width - longest))
    start, end, room = 0, 0, width
    for word in words:
        if cell_len(text.plain[start : word.end()].rstrip()) > room and start < word.start():
            yield _placed(text[start:end], 0 if start == 0 else hanging)
            start, room = word.start(), width - hanging
        end = word.end()
    yield _placed(text[start:end], 0 if start == 0 else hanging)


def _hanging(text: str, most: int) -> int:
    """Where what follows the indentation and the titles begins, as far as `most` allows it."""
    end = len(text) - len(text.lstrip(" "))
    while (title := _TITLE.match(text, end)) and title.end() <= most:
        end = title.end()
    return end if end <= most else 0


def _placed(text: Text, indent: int) -> Text:
    text.rstrip()
    return Text(" " * indent).append_text(text)


def _unbroken(span: Span) -> str:
    """The span's text, with something else for the spaces of a command: it is typed as a whole."""
    if span.style == "name":
        return span.text.replace(" ", _JOINED)
    return _COMMAND.sub(lambda command: command[0].replace(" ", _JOINED), span.text)


def _text(line: Line) -> Text:
    return Text.assemble(*((part.text, COLOURS[part.style]) for part in line.spans))


def _table(table: Table, width: int) -> RichTable:
    made = RichTable(
        box=None,
        pad_edge=False,
        padding=(0, GAP, 0, 0),
        show_header=any(table.headings),
        header_style="bold",
    )
    for heading, given in zip(table.headings, _narrowed(table, width), strict=True):
        made.add_column(
            heading,
            width=given,
            justify="right" if heading in table.numeric else "left",
            overflow="fold" if table.folded else "ellipsis",
            no_wrap=not table.folded,
        )
    for row in table.rows:
        made.add_row(*(Text(span(cell).text, COLOURS[span(cell).style]) for cell in row))
    return made
