"""Rows as numbers: equal for equal rows, in any order; different for anything else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from psycopg2 import sql

from fidesdev.adapters.row_checksums import row_checksums, row_counts
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import DatabaseUnavailable
from tests.conftest import execute
from tests.projects import Project

MADE = (
    "CREATE TABLE t (a integer, b text)",
    'CREATE TABLE "Odd name" (x text)',
    "INSERT INTO t VALUES (1, 'x'), (2, NULL), (2, NULL)",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """A database of either kind with rows."""
    if request.param == "sqlite":
        made = Project(tmp_path, DatabaseUrl("sqlite", str(tmp_path / "test.db")), ())
    else:
        made = Project(tmp_path, request.getfixturevalue("database"), ())
    for statement in MADE:
        made.sql(statement)
    return made


def odd(url: DatabaseUrl) -> str:
    return "Odd name" if url.backend == "sqlite" else 'public."Odd name"'


def table(url: DatabaseUrl) -> str:
    return "t" if url.backend == "sqlite" else "public.t"


def test_rows_are_counted(project: Project) -> None:
    assert row_counts(project.url) == {table(project.url): 3, odd(project.url): 0}


def test_order_of_rows_and_columns_does_not_count(project: Project) -> None:
    before = row_checksums(project.url)
    for statement in (
        "DROP TABLE t",
        "CREATE TABLE t (b text, a integer)",
        "INSERT INTO t (a, b) VALUES (2, NULL), (1, 'x'), (2, NULL)",
    ):
        project.sql(statement)
    assert row_checksums(project.url) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE t SET b = 'X' WHERE a = 1",
        "UPDATE t SET b = '' WHERE a = 2",
        "INSERT INTO t VALUES (2, NULL), (2, NULL)",
        "DELETE FROM t WHERE a = 1",
        "UPDATE t SET a = 3 - a",
    ],
)
def test_every_change_of_a_row_counts(project: Project, statement: str) -> None:
    before = row_checksums(project.url)
    project.sql(statement)
    after = row_checksums(project.url)
    assert {name for name in after if after[name] != before[name]} == {table(project.url)}


def test_tables_can_be_left_out(project: Project) -> None:
    assert list(row_counts(project.url, [("t", "")])) == [odd(project.url)]


def test_value_of_a_sequence_counts(database: DatabaseUrl) -> None:
    execute(database, sql.SQL("CREATE SEQUENCE s"))
    before = row_checksums(database)
    execute(database, sql.SQL("SELECT nextval('s')"))
    assert row_checksums(database) != before
    assert row_counts(database) == {}


def test_text_that_is_no_utf8_is_read(tmp_path: Path) -> None:
    project = Project(tmp_path, DatabaseUrl("sqlite", str(tmp_path / "test.db")), ())
    project.sql("CREATE TABLE t (a)")
    project.sql("INSERT INTO t VALUES (CAST(x'ff' AS TEXT))")
    first = row_checksums(project.url)
    project.sql("UPDATE t SET a = x'ff'")
    assert row_checksums(project.url) != first


def test_table_that_may_not_be_read_is_told(database: DatabaseUrl) -> None:
    role = f"{database.database}_reader"
    made = "CREATE TABLE t (); CREATE ROLE {} LOGIN PASSWORD 'reader'"
    execute(database, sql.SQL(made).format(sql.Identifier(role)))
    reader = replace(database, user=role, password="reader")
    try:
        with pytest.raises(DatabaseUnavailable, match="permission denied"):
            row_counts(reader)
    finally:
        execute(database, sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def test_large_objects_count(database: DatabaseUrl) -> None:
    execute(database, sql.SQL("SELECT lo_from_bytea(4711, 'one')"))
    before = row_checksums(database)
    assert before["large objects"].rows == 1
    execute(database, sql.SQL("SELECT lo_put(4711, 0, 'two')"))
    assert row_checksums(database) != before
