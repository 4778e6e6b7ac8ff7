"""Blocks as plain text: no colour, no border, nothing cut off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fidesdev.render.layout import Block, Line, Table, cell_text, visible, without

GAP = "  "


def plain(blocks: Iterable[Block]) -> Iterator[str]:
    """The lines of the blocks, without line ends."""
    for block in blocks:
        if isinstance(block, Line):
            text = "".join(part.text for part in block.spans)
            yield text if block.verbatim else visible(text)
        else:
            yield from _table(without(block, block.pictures))


def _table(table: Table) -> Iterator[str]:
    rows = [[cell_text(cell) for cell in row] for row in (table.headings, *table.rows)]
    if not any(table.headings):
        rows = rows[1:]
    columns = range(len(table.headings))
    widths = [max((len(row[column]) for row in rows), default=0) for column in columns]
    for row in rows:
        cells = (
            text.rjust(width) if heading in table.numeric else text.ljust(width)
            for text, width, heading in zip(row, widths, table.headings, strict=True)
        )
        yield (" " * table.indent + GAP.join(cells)).rstrip()
