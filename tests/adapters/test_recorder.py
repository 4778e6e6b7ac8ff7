"""Reading the version table, without Alembic, of whatever database there is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, pool

from fidesdev.adapters.postgres import connect
from fidesdev.adapters.recorder import Recorded, read_recorded
from fidesdev.adapters.worker import identity
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import DatabaseMissing, DatabaseUnavailable

USUAL = ("alembic_version", "")


@pytest.fixture
def file(tmp_path: Path) -> DatabaseUrl:
    return DatabaseUrl("sqlite", str(tmp_path / "shop.db"))


def test_database_without_a_version_table_has_no_rows(database: DatabaseUrl) -> None:
    recorded = read_recorded(database, *USUAL)
    assert (recorded.rows, recorded.has_table) == (frozenset(), False)
    assert recorded.server_version[0].isdigit()


def test_rows_of_the_usual_table(database: DatabaseUrl) -> None:
    run(database, table("alembic_version", "a", "b"))
    assert read_recorded(database, *USUAL).rows == {"a", "b"}


@pytest.mark.parametrize("name", ["Revs", 'odd "name"', "select", "with.dot", "per%cent"])
def test_table_and_schema_of_any_name(database: DatabaseUrl, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    run(database, f"CREATE SCHEMA {quoted}; {table(f'{quoted}.{quoted}', 'a')}")
    assert read_recorded(database, name, name).rows == {"a"}
    assert not read_recorded(database, name, "").has_table


def test_schema_that_is_not_there_has_no_table(database: DatabaseUrl) -> None:
    assert not read_recorded(database, "alembic_version", "nowhere").has_table


def test_search_path_of_the_url_is_followed(database: DatabaseUrl) -> None:
    run(database, f"CREATE SCHEMA tenant; {table('tenant.alembic_version', 'a')}")
    at_tenant = replace(database, params=(("options", "-csearch_path=tenant"),))
    assert read_recorded(at_tenant, *USUAL).rows == {"a"}
    assert not read_recorded(database, *USUAL).has_table


def test_table_that_is_no_version_table_is_told(database: DatabaseUrl) -> None:
    run(database, "CREATE TABLE alembic_version (other text)")
    with pytest.raises(DatabaseUnavailable, match="version_num"):
        read_recorded(database, *USUAL)


def test_table_that_may_not_be_read_is_told(database: DatabaseUrl, stranger: DatabaseUrl) -> None:
    run(database, table("alembic_version", "a"))
    with pytest.raises(DatabaseUnavailable, match="permission denied") as caught:
        read_recorded(stranger, *USUAL)
    assert stranger.password not in str(caught.value)


def test_missing_database_is_told(database: DatabaseUrl) -> None:
    with pytest.raises(DatabaseMissing):
        read_recorded(database.with_database("no_such_database"), *USUAL)


def test_looking_at_a_sqlite_file_makes_none(file: DatabaseUrl) -> None:
    assert read_recorded(file, *USUAL).rows == frozenset()
    assert not Path(file.database).exists()


def test_rows_of_a_sqlite_file(file: DatabaseUrl) -> None:
    with closing(sqlite3.connect(file.database)) as connection:
        connection.executescript(table("alembic_version", "a", "b"))
    assert read_recorded(file, *USUAL).rows == {"a", "b"}


def test_rows_of_a_sqlite_file_that_is_being_written(file: DatabaseUrl) -> None:
    with closing(sqlite3.connect(file.database)) as connection:
        connection.executescript(f"PRAGMA journal_mode = wal; {table('alembic_version', 'a')}")
        connection.execute("INSERT INTO alembic_version VALUES ('uncommitted')")
        assert read_recorded(file, *USUAL).rows == {"a"}


@pytest.mark.parametrize("content", [b"not a database, and longer than its header would be " * 9])
def test_file_that_is_no_database_is_told(file: DatabaseUrl, content: bytes) -> None:
    Path(file.database).write_bytes(content)
    with pytest.raises(DatabaseUnavailable, match="not a database"):
        read_recorded(file, *USUAL)


def test_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable):
        read_recorded(DatabaseUrl("sqlite", str(tmp_path)), *USUAL)


def test_identity_is_what_the_worker_sees(database: DatabaseUrl, file: DatabaseUrl) -> None:
    Path(file.database).touch()
    link = Path(file.database).with_name("link.db")
    link.symlink_to(file.database)
    for url, other in ((database, database), (file, DatabaseUrl("sqlite", str(link)))):
        assert seen_by_worker(other) == list(read_recorded(url, *USUAL).identity)


def test_two_databases_of_a_server_differ(database: DatabaseUrl, server: DatabaseUrl) -> None:
    both: list[Recorded] = [read_recorded(url, *USUAL) for url in (database, server)]
    assert both[0].identity != both[1].identity


@pytest.fixture
def stranger(database: DatabaseUrl) -> Iterator[DatabaseUrl]:
    """A role with no rights but to connect."""
    role = f"stranger_{database.database}"
    run(database, f"CREATE ROLE {role} LOGIN PASSWORD 's3cret'")
    yield replace(database, user=role, password="s3cret")
    run(database, f"DROP ROLE {role}")


def table(name: str, *rows: str) -> str:
    """Statements that make a version table."""
    values = ", ".join(f"('{row}')" for row in rows)
    return f"CREATE TABLE {name} (version_num text); INSERT INTO {name} VALUES {values};"


def run(url: DatabaseUrl, statements: str) -> None:
    with closing(connect(url, autocommit=True)) as connection:
        connection.cursor().execute(statements)


def seen_by_worker(url: DatabaseUrl) -> list[object]:
    driver = "psycopg2" if url.backend == "postgresql" else ""
    engine = create_engine(url.render(driver=driver), poolclass=pool.NullPool)
    with engine.connect() as connection:
        return identity(connection)
