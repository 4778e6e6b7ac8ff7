"""The schema of a SQLite file as a value."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fidesdev.adapters.sqlite import open_existing
from fidesdev.core.schema import Catalog, SchemaObject
from fidesdev.core.sqlite_ddl import plain_text, read_table
from fidesdev.errors import DatabaseUnavailable

OBJECTS = """
SELECT type, name, tbl_name, sql FROM sqlite_schema
WHERE sql > '' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
"""


def read_sqlite_catalog(path: str, without: Collection[tuple[str, str]] = ()) -> Catalog:
    """Every object of the file, however its statement was written; of no file: none."""
    with open_for_reading(path) as file:
        return sqlite_objects(file.execute(OBJECTS).fetchall(), without)


def sqlite_objects(
    rows: Iterable[Sequence[Any]], without: Collection[tuple[str, str]] = ()
) -> Catalog:
    """The catalog that the rows of `OBJECTS` are."""
    left_out = {name for name, _schema in without}
    return Catalog(
        frozenset(
            one
            for kind, name, table, statement in rows
            if table not in left_out
            for one in _objects(kind, name, statement)
        )
    )


@contextmanager
def open_for_reading(path: str) -> Iterator[sqlite3.Connection]:
    """A connection to read by; to nothing where there is no file, which it does not make.

    Raises `DatabaseUnavailable` for a file that is no database, also when it is read.
    """
    file = Path(path)
    missing = path == ":memory:" or not file.exists()
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(":memory:") if missing else open_existing(file)
        yield connection
    except sqlite3.Error as error:
        raise DatabaseUnavailable(
            f"cannot read the SQLite database {path}: {error}",
            hint="Check with 'fidesdev db url' that this is the database you mean.",
            address=path,
            reason=str(error),
        ) from error
    finally:
        if connection is not None:
            connection.close()


def _objects(kind: str, name: str, statement: str) -> Iterator[SchemaObject]:
    text = plain_text(statement)
    if kind != "table" or not text.upper().startswith("CREATE TABLE"):
        yield SchemaObject(kind, name, text)
        return
    table = read_table(statement)
    yield SchemaObject("table", name, table.options)
    for column, definition in table.columns:
        yield SchemaObject("column", f"{name}.{column}", definition)
    for constraint, definition in table.constraints:
        yield SchemaObject("constraint", f"{name}.{constraint or definition}", definition)
