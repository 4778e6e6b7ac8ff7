"""Rows for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.render.rows import csv_lines, json_lines


@dataclass(frozen=True)
class Fruit:
    """A row of every type."""

    name: str
    ripe: bool | None
    colours: tuple[str, ...]
    picked: datetime | None
    count: int | None = None


PICKED = datetime(2026, 5, 10, 14, tzinfo=timezone(timedelta(hours=2)))
APPLE = Fruit("apple", True, ("red", "green"), PICKED, 3)
NOTHING = Fruit("", None, (), None)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"))


def test_csv_has_one_header_and_a_line_for_each_row() -> None:
    assert list(csv_lines([APPLE, NOTHING], Fruit)) == [
        "name,ripe,colours,picked,count\n",
        "apple,true,red+green,2026-05-10T12:00:00Z,3\n",
        ",,,,\n",
    ]


def test_csv_of_no_rows_is_the_header() -> None:
    assert list(csv_lines([], Fruit)) == ["name,ripe,colours,picked,count\n"]


def test_json_lines_have_the_values_of_json() -> None:
    (line,) = json_lines([APPLE])
    assert json.loads(line) == {
        "name": "apple",
        "ripe": True,
        "colours": ["red", "green"],
        "picked": "2026-05-10T12:00:00Z",
        "count": 3,
    }


@given(st.lists(TEXTS, min_size=1))
def test_a_csv_reader_finds_every_text_again(texts: list[str]) -> None:
    rows = [Fruit(text, None, (), datetime(2026, 1, 1, tzinfo=UTC)) for text in texts]
    written = "".join(csv_lines(rows, Fruit))
    read = csv.DictReader(io.StringIO(written, newline="\n"))
    assert [row["name"] for row in read] == texts


def test_rows_are_taken_one_at_a_time() -> None:
    taken: list[int] = []

    def rows() -> Iterator[Fruit]:
        for number in range(3):
            taken.append(number)
            yield NOTHING

    lines = csv_lines(rows(), Fruit)
    next(lines)
    next(lines)
    assert taken == [0, 1]


def test_a_failure_before_the_first_row_leaves_no_header() -> None:
    def rows() -> Iterator[Fruit]:
        raise LookupError
        yield NOTHING

    with pytest.raises(LookupError):
        next(csv_lines(rows(), Fruit))
