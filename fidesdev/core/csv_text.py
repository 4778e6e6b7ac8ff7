"""CSV as PostgreSQL's COPY reads and writes it: nothing is null, and `""` is the empty text.

The standard library's `csv` cannot tell the two apart before Python 3.12.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from fidesdev.errors import UsageError

_CELL = re.compile(r'"((?:[^"]|"")*)"(?=,|$)|([^",]*)(?=,|$)')
_QUOTED = re.compile(r'[",\r\n]|^\s|\s$|^$')


def csv_line(cells: Sequence[str | None]) -> str:
    """One line, its end included; None is nothing between two commas."""
    return ",".join("" if cell is None else _quoted(cell) for cell in cells) + "\n"


def csv_rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str | None]]]:
    """Number of the first line, and cells, of each row; empty lines are left out.

    Raises `UsageError` for a quote that has no other.
    """
    held: list[str] = []
    start, quotes = 1, 0
    for number, line in enumerate(lines, 1):
        start = start if held else number
        held.append(line)
        quotes += line.count('"')
        if quotes % 2 == 0:
            text, held, quotes = "".join(held).rstrip("\r\n"), [], 0
            if text:
                yield start, _cells(text, start)
    if held:
        raise _misquoted(start)


def _cells(text: str, line: int) -> list[str | None]:
    cells: list[str | None] = []
    place = 0
    while place <= len(text):
        found = _CELL.match(text, place)
        if found is None:
            raise _misquoted(line)
        quoted, plain = found.groups()
        cells.append(quoted.replace('""', '"') if quoted is not None else plain or None)
        place = found.end() + 1
    return cells


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell


def _misquoted(line: int) -> UsageError:
    return UsageError(
        f"line {line}: a quote stands where CSV has none, or is never closed",
        hint='Write a text with quotes as "say ""yes""".',
        line=line,
    )
