"""The catalog read at the cost of what changed is the one that is read whole."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from fidesdev.adapters.catalog import catalog_of
from fidesdev.adapters.catalog_reader import CatalogReader, Seen
from fidesdev.adapters.postgres import connect, create_database, drop_database
from fidesdev.core.url import DatabaseUrl
from tests.adapters.catalog_changes import BASE, CHANGES, WITHOUT_EFFECT

NAMES = {
    "a renamed table": "ALTER TABLE t RENAME TO other",
    "a renamed column": "ALTER TABLE t RENAME id TO number",
    "a renamed type": "ALTER TYPE mood RENAME TO feeling",
    "a renamed schema": "ALTER SCHEMA public RENAME TO elsewhere",
    "a renamed column of a sequence": "ALTER SEQUENCE counter OWNED BY child.id;"
    "ALTER TABLE child RENAME id TO number",
    "a dropped index": "DROP INDEX ix",
    "a dropped constraint": "ALTER TABLE child DROP CONSTRAINT child_fk",
    "a dropped trigger": "DROP TRIGGER tr ON t",
    "a dropped default": "ALTER TABLE t ALTER b DROP DEFAULT",
    "a dropped comment": "COMMENT ON TABLE t IS NULL",
    "a dropped policy": "DROP POLICY pol ON t",
    "a dropped table": "DROP TABLE t CASCADE",
    "a renamed index": "ALTER INDEX ix RENAME TO other",
    "an option of an index": "ALTER INDEX ix SET (fillfactor = 50)",
    "a table in the place of another": "DROP TABLE plain; CREATE TABLE plain (id integer)",
    "a policy that names a renamed column": "ALTER POLICY pol ON t USING"
    " (EXISTS (SELECT FROM child WHERE child.id = t.id)); ALTER TABLE child RENAME id TO number",
}
STATEMENTS = [statements for statements, _changed in CHANGES.values()]


@pytest.fixture(scope="module")
def connection(server: DatabaseUrl) -> Iterator[Connection]:
    """To a database with an object of every class."""
    url = server.with_database(f"fidesdev_test_reader_{uuid.uuid4().hex[:8]}")
    create_database(url)
    connection = connect(url)
    connection.cursor().execute(BASE)
    connection.commit()
    yield connection
    connection.close()
    drop_database(url)


@pytest.fixture(scope="module")
def begun(connection: Connection) -> tuple[CatalogReader, Seen]:
    reader = CatalogReader(connection)
    seen = reader.read()
    connection.commit()
    assert seen.catalog == catalog_of(connection)
    connection.rollback()
    return reader, seen


def execute(connection: Connection, statements: str) -> None:
    """Run them with the usual search path, which is not the reader's."""
    connection.cursor().execute(f"SET search_path TO DEFAULT; {statements}; SET search_path = ''")


@pytest.mark.parametrize("statements", [*STATEMENTS, *NAMES.values(), *WITHOUT_EFFECT.values()])
def test_what_changed_is_read(
    connection: Connection, begun: tuple[CatalogReader, Seen], statements: str
) -> None:
    reader, before = begun
    execute(connection, statements)
    after = reader.read(before)
    whole = catalog_of(connection)
    connection.rollback()

    assert after.catalog == whole


def test_nothing_is_read_anew_where_nothing_changed(
    connection: Connection, begun: tuple[CatalogReader, Seen]
) -> None:
    reader, before = begun
    again = reader.read(before)
    connection.rollback()

    assert again.touched == frozenset()
    assert again.catalog == before.catalog


def test_only_what_changed_and_what_names_others_is_read_anew(
    connection: Connection, begun: tuple[CatalogReader, Seen]
) -> None:
    reader, before = begun
    execute(connection, "ALTER TABLE plain ADD extra integer")
    after = reader.read(before)
    names = {after.relations[oid].name for oid in after.touched}
    connection.rollback()

    assert "plain" in names
    assert not names & {"parted", "parted_1", "counter"}
