"""CSV in which null and the empty text are two things."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.csv_text import csv_line, csv_rows
from fidesdev.errors import UsageError

CELLS = st.none() | st.text(max_size=8)
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=4)


@given(ROWS)
def test_what_was_written_is_read(rows: list[list[str | None]]) -> None:
    text = "".join(map(csv_line, rows))
    lines = io.StringIO(text, newline="")
    assert [cells for _number, cells in csv_rows(lines)] == rows


@given(ROWS)
def test_other_readers_read_the_same(rows: list[list[str | None]]) -> None:
    text = "".join(map(csv_line, rows))
    expected = [[cell or "" for cell in row] for row in rows]
    assert list(csv.reader(io.StringIO(text, newline=""))) == expected


def test_a_row_is_named_by_its_first_line() -> None:
    lines = ['a,"b\n', 'c"\n', "\n", "d,e\n"]
    assert list(csv_rows(lines)) == [(1, ["a", "b\nc"]), (4, ["d", "e"])]


@pytest.mark.parametrize("line", ['a"b', '"a"b', '"a', '"a" ,b'])
def test_a_stray_quote_is_an_error(line: str) -> None:
    with pytest.raises(UsageError, match="line 1"):
        list(csv_rows([line]))
