"""Records in SQLite, which by itself takes anything anywhere and forgets foreign keys."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fidesdev.core.field_values import Given, Json, parse_assignments
from fidesdev.core.records import Effect
from fidesdev.core.selection import Selection, parse_conditions, parse_order, parse_place
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import (
    BrokenReference,
    CheckFailed,
    DatabaseMissing,
    DatabaseUnavailable,
    DuplicateRecord,
    FidesdevError,
    InvalidValue,
    MissingValue,
    UnknownModel,
    UsageError,
)
from fidesdev.render.records import csv_lines, json_lines
from fidesdev.services import records
from fidesdev.services.workspace import Workspace
from tests.record_tables import workspace

LIBRARY = """
CREATE TABLE author (id INTEGER PRIMARY KEY, name VARCHAR(10) NOT NULL UNIQUE);
CREATE TABLE book (
    id INTEGER PRIMARY KEY,
    author_id INTEGER REFERENCES author ON DELETE CASCADE,
    sequel_of INTEGER REFERENCES book (id) ON DELETE SET NULL,
    pages INTEGER CONSTRAINT thick CHECK (pages > 0),
    price FLOAT, sold BOOLEAN, facts JSON, cover BLOB, printed DATETIME, "o""dd ?" TEXT,
    twice INTEGER GENERATED ALWAYS AS (pages * 2)
);
CREATE TABLE loan (book_id INTEGER REFERENCES book, reader TEXT, PRIMARY KEY (book_id, reader));
CREATE TABLE note (text TEXT);
CREATE TABLE firm (id INTEGER PRIMARY KEY, size INTEGER) STRICT;
CREATE VIEW names AS SELECT name FROM author;
"""
BOOK = (
    "id=1",
    "author_id=1",
    "pages=5",
    "price=1e-3",
    "sold=true",
    'facts={"a": [1.5, null]}',
    "cover=base64:AP8=",
    "printed=2026-05-01 12:00:00",
    """o"dd ?='; DROP TABLE book; --""",
)


@pytest.fixture
def library(tmp_path: Path) -> Workspace:
    """An empty library with one author."""
    path = tmp_path / "library é.db"
    with closing(sqlite3.connect(path)) as file:
        file.executescript(LIBRARY)
        file.execute("INSERT INTO author VALUES (1, 'A')")
        file.commit()
    return workspace(DatabaseUrl("sqlite", str(path)), tmp_path)


def given(*texts: str) -> dict[str, Given]:
    return parse_assignments(texts)


def rows(space: Workspace, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(space.database.database)) as file:
        return file.execute(query).fetchall()


def test_values_are_stored_as_their_columns_are_declared(library: Workspace) -> None:
    (record,) = records.create(library, "book", given(*BOOK)).records
    assert record["twice"] == 10
    assert (record["sold"], record["facts"], record["cover"]) == (
        True,
        {"a": [1.5, None]},
        "\\x00ff",
    )
    assert rows(library, "SELECT pages, price, sold, cover, facts FROM book") == [
        (5, 0.001, 1, b"\x00\xff", '{"a": [1.5, null]}')
    ]
    assert records.get(library, "book", "1").record == record


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_was_read_can_be_written(library: Workspace, form: str) -> None:
    records.create(library, "book", given(*BOOK))
    records.create(library, "book", given("id=2", 'o"dd ?=', "sequel_of=1"))
    before = rows(library, "SELECT * FROM book")
    read = list(records.stream(library, "book", as_text=form == "csv"))
    writable = [{name: r[name] for name in r if name != "twice"} for r in read]
    lines = csv_lines(list(writable[0]), writable) if form == "csv" else json_lines(writable)
    (library.cwd / "file").write_text("".join(lines), encoding="utf-8")
    records.delete(library, "book", ["1", "2"])
    assert records.load(library, "book", "file").created == 2
    assert rows(library, "SELECT * FROM book") == before


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (["pages=many"], InvalidValue, "book.pages cannot be 'many'"),
        (["pages=99999999999999999999"], InvalidValue, "book.pages"),
        (["pages=0"], CheckFailed, "thick"),
        (["price=x"], InvalidValue, "book.price"),
        (["sold=maybe"], InvalidValue, "book.sold"),
        (["facts={"], InvalidValue, "book.facts"),
        (["cover=hex:zz"], InvalidValue, "book.cover"),
        (["printed=yesterday"], InvalidValue, "book.printed"),
        (["author_id=7"], BrokenReference, "not there"),
        (["pages:=[1]"], InvalidValue, "book.pages"),
        (["twice=3"], UsageError, "computed"),
    ],
)
def test_a_refusal_names_the_column(
    library: Workspace, values: list[str], error: type[FidesdevError], message: str
) -> None:
    with pytest.raises(error, match=message):
        records.create(library, "book", given(*values))
    assert rows(library, "SELECT count(*) FROM book") == [(0,)]


def test_constraints_are_told_as_those_of_postgresql(library: Workspace) -> None:
    with pytest.raises(DuplicateRecord, match="name 'A'"):
        records.create(library, "author", given("name=A"))
    with pytest.raises(MissingValue, match=r"author\.name"):
        records.create(library, "author", given("id=3"))
    with pytest.raises(InvalidValue, match="11 characters"):
        records.create(library, "author", given("name=" + "x" * 11))
    with pytest.raises(InvalidValue, match=r"firm\.size"):
        records.create(library, "firm", given("size=x"))


def test_a_deletion_counts_what_goes_along(library: Workspace) -> None:
    for values in (BOOK, ("id=2", "sequel_of=1"), ("id=3", "author_id=1")):
        records.create(library, "book", given(*values))
    dry = records.delete(library, "author", ["1"], dry_run=True)
    assert dry.effects == (Effect("book", 2, 1),)
    assert rows(library, "SELECT count(*) FROM book") == [(3,)]
    records.create(library, "loan", given("book_id=3", "reader=r"))
    with pytest.raises(BrokenReference):
        records.delete(library, "author", ["1"])
    records.delete(library, "loan", ["3,r"])
    assert records.delete(library, "author", ["1"]).effects == dry.effects
    assert rows(library, "SELECT id, sequel_of FROM book") == [(2, None)]


def test_pages_of_every_kind_of_table(library: Workspace) -> None:
    for number in range(9):
        values: dict[str, Given] = {"id": Json(number), "price": Json(number % 3 or None)}
        records.create(library, "book", values)
        records.create(library, "note", given(f"text={number}"))
    for model, sort in (("book", "-price"), ("book", ""), ("note", ""), ("note", "-text")):
        order = parse_order(sort) if sort else None
        found, after = 0, None
        while True:
            selection = Selection(order=order, after=parse_place(after) if after else None)
            page = records.list_(library, model, selection, limit=2)
            found += len(page.records)
            if (after := page.next) is None:
                break
        assert found == 9
    where = Selection(parse_conditions(["price:=null"]))
    assert len(records.list_(library, "book", where).records) == 3
    assert records.list_(library, "names").records == ({"name": "A"},)


def test_upsert_and_dry_run(library: Workspace) -> None:
    report = records.create(library, "author", given("id=7", "name=A"), conflict=["name"])
    assert (report.created, report.updated) == (0, 1)
    assert records.update(library, "author", "7", given("name=B"), dry_run=True).updated == 1
    assert rows(library, "SELECT * FROM author") == [(7, "A")]


def test_a_file_that_is_none_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        records.list_(workspace(DatabaseUrl("sqlite", str(tmp_path / "none.db")), tmp_path), "x")
    (tmp_path / "text.db").write_text("some text that is long enough to be looked at")
    with pytest.raises(DatabaseUnavailable, match="not a database"):
        records.list_(workspace(DatabaseUrl("sqlite", str(tmp_path / "text.db")), tmp_path), "x")


def test_a_typo_is_told_with_the_nearest_names(library: Workspace) -> None:
    with pytest.raises(UnknownModel) as told:
        records.list_(library, "bok")
    assert told.value.facts["nearest"] == ["book"]
