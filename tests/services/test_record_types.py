"""Every type there and back: what was read can be written, and is equal then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fidesdev.core.field_values import Given, Json, Text
from fidesdev.core.json_text import parse_json
from fidesdev.core.records import Record
from fidesdev.core.url import DatabaseUrl
from fidesdev.render.records import csv_lines, json_lines
from fidesdev.services import records
from fidesdev.services.workspace import Workspace
from tests.record_tables import FULL, ODD, TYPES, run, workspace
from tests.requests_tables import ask

pytestmark = pytest.mark.server
ROWS = "SELECT t::text FROM everything AS t ORDER BY id"
"""Whole rows as PostgreSQL itself writes them."""


@pytest.fixture
def typed(database: DatabaseUrl, tmp_path: Path) -> Workspace:
    """A table with every type, and rows in it."""
    run(database, TYPES, FULL, ODD)
    return workspace(database, tmp_path)


def emptied(space: Workspace) -> list[tuple[str]]:
    """The rows that were there."""
    rows = ask(space.database, ROWS)
    run(space.database, "DELETE FROM everything")
    return rows


def test_json_lines_come_back_as_they_were(typed: Workspace) -> None:
    file = typed.cwd / "rows.jsonl"
    file.write_text("".join(json_lines(records.stream(typed, "everything"))), encoding="utf-8")
    before = emptied(typed)
    assert records.load(typed, "everything", file.name).created == 3
    # a json column is the only one that keeps spaces, doubled keys and last zeros
    assert [_without_json(row) for row in ask(typed.database, ROWS)] == [
        _without_json(row) for row in before
    ]


def test_csv_comes_back_to_the_letter(typed: Workspace) -> None:
    file = typed.cwd / "rows.csv"
    fields = records.fields(typed, "everything")
    rows = records.stream(typed, "everything", as_text=True)
    file.write_text("".join(csv_lines(fields, rows)), encoding="utf-8", newline="")
    before = emptied(typed)
    assert records.load(typed, "everything", file.name).created == 3
    assert ask(typed.database, ROWS) == before


def test_one_record_at_a_time_comes_back_as_json_values(typed: Workspace) -> None:
    shown = [records.get(typed, "everything", str(id_)).record for id_ in (1, 2)]
    before = emptied(typed)
    for record in shown:
        values: dict[str, Given] = {name: Json(value) for name, value in record.items()}
        assert records.create(typed, "everything", values).records == (record,)
    assert ask(typed.database, ROWS) == [row for row in before if not row[0].startswith("(-")]


def test_what_was_read_can_be_written_over_itself(typed: Workspace) -> None:
    before = ask(typed.database, ROWS)
    record = records.get(typed, "everything", "2").record
    values: dict[str, Given] = {name: Json(value) for name, value in record.items()}
    assert records.update(typed, "everything", "2", values).records == (record,)
    assert ask(typed.database, ROWS) == before


def test_values_have_the_types_of_json(typed: Workspace) -> None:
    record = records.get(typed, "everything", "id=-9223372036854775808").record
    assert _some(record, "id", "boolean", "bigint", "real", "grid", "pair") == (
        -9223372036854775808,
        True,
        9007199254740993,
        0.1,
        [[1, 2], [3, None]],
        {"a": 1, "b": 'x,"y"'},
    )
    assert _some(record, "timestamptz", "timestamp", "bytea", "numeric", "range") == (
        "2026-05-01T10:00:00.123456Z",
        "2026-05-01 12:00:00.000001",
        "\\x00ff0a5c",
        "12345678901234567890.0123456789012345678900",
        "[1,10)",
    )


def test_a_number_that_no_float_has_keeps_its_digits(typed: Workspace) -> None:
    (line,) = [
        line for line in json_lines(records.stream(typed, "everything")) if "12345678901" in line
    ]
    assert "0.12345678901234567890123" in line
    assert json.loads(line)["jsonb"]["a"][0] == 1.5
    assert parse_json(line)["jsonb"]["z"] is None


def test_json_null_and_null_are_two_things_in_csv_and_in_text(typed: Workspace) -> None:
    records.create(typed, "everything", {"id": Text("5"), "jsonb": Text("null")})
    records.create(typed, "everything", {"id": Text("6"), "jsonb": Json(None)})
    texts = {r["id"]: r["jsonb"] for r in records.stream(typed, "everything", as_text=True)}
    assert (texts["5"], texts["6"]) == ("null", None)


def test_lists_may_be_typed_as_json_or_as_postgresql_writes_them(typed: Workspace) -> None:
    for id_, text in ((7, "{a,b}"), (8, '["a", "b"]'), (9, "[1:2]={a,b}")):
        values: dict[str, Given] = {"id": Json(id_), "texts": Text(text)}
        assert records.create(typed, "everything", values).records[0]["texts"] == ["a", "b"]


def test_binary_is_typed_in_three_ways(typed: Workspace) -> None:
    for id_, text in ((7, "base64:AP8="), (8, "hex:00ff"), (9, "\\x00ff")):
        values: dict[str, Given] = {"id": Json(id_), "bytea": Text(text)}
        assert records.create(typed, "everything", values).records[0]["bytea"] == "\\x00ff"


def _some(record: Record, *names: str) -> tuple[object, ...]:
    return tuple(record[name] for name in names)


def _without_json(row: tuple[str]) -> str:
    return row[0].replace(
        '" {""b"" :1, ""a"": [1.50, null, 1e400], ""b"": 2}"',
        '"{""b"": 2, ""a"": [1.5, null, 1E+400]}"',
    )
