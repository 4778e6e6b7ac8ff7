"""Records as text: nothing in them moves the cursor, nothing empty takes a column."""

from __future__ import annotations

from decimal import Decimal

from fidesdev.core.records import Effect, RecordList, RecordsDeleted, RecordsWritten
from fidesdev.render.layout import Table, span
from fidesdev.render.plain import plain
from fidesdev.render.records import blocks, json_lines, text
from fidesdev.render.terminal import fitted


def test_the_key_comes_first_and_what_is_null_everywhere_last() -> None:
    rows = ({"a": 1, "id": "x", "b": None}, {"a": None, "id": "y", "b": None})
    report = RecordList("t", ("id",), ("a", "id", "b"), rows, None, more=False)
    assert list(plain(blocks(report))) == ["id  a", "x   1", "y", "Null in each: b"]


def test_control_characters_are_written_out() -> None:
    assert text("a\x1b[31m\nb") == "a\\x1b[31m\\nb"
    assert text({"a": [True, None]}) == '{"a": [true, null]}'


def test_numbers_are_written_as_they_are() -> None:
    number = Decimal("0.12345678901234567890")
    assert list(json_lines([{"a": {"b": number, "c": [1.5, "é"]}}])) == [
        '{"a": {"b": 0.12345678901234567890, "c": [1.5, "é"]}}\n'
    ]


def test_a_deletion_and_a_dry_run_say_so() -> None:
    report = RecordsDeleted("t", 2, (Effect("u", 3, 0),), executed=False)
    assert list(plain(blocks(report))) == [
        "Would delete 2 in t.",
        "Their foreign keys and triggers reach further:",
        "  table  deleted  changed",
        "  u            3",
        "Nothing has been changed.",
    ]
    written = RecordsWritten("t", 2, 1, (), executed=True)
    assert list(plain(blocks(written))) == ["Created 2 and updated 1 in t."]


def test_a_narrow_terminal_keeps_what_tells_rows_apart() -> None:
    record = {
        "id": "x" * 30,
        "created_at": "2026-05-01T12:00:00.123456Z",
        "a": "y" * 30,
        "name": "z",
    }
    report = RecordList("t", ("id",), tuple(record), (record,), None, more=False)
    (shown, *_rest) = blocks(report)
    assert isinstance(shown, Table)
    assert fitted(shown, 80).headings == ("id", "a", "name")
    cells = fitted(shown, 90).rows[0]
    assert [span(cell).text for cell in cells[1:]] == ["2026-05-01T12:00", "y" * 30, "z"]
