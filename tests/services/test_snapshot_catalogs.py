"""A restored database is the one that was saved, object by object, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from psycopg2 import sql

from fidesdev.adapters.catalog import read_catalog
from fidesdev.adapters.postgres import connect
from fidesdev.adapters.row_checksums import row_checksums
from fidesdev.core.schema import SchemaDiff, compare
from fidesdev.core.url import DatabaseUrl
from fidesdev.services import snapshots
from tests.adapters.catalog_changes import BASE
from tests.projects import Project
from tests.services.snapshotted import save, snapshotted

FURTHER = """
CREATE ROLE {role};
ALTER TABLE child OWNER TO {role};
ALTER DATABASE {db} OWNER TO {role};
GRANT CONNECT, TEMPORARY ON DATABASE {db} TO {role};
REVOKE TEMPORARY ON DATABASE {db} FROM PUBLIC;
ALTER DATABASE {db} SET work_mem = '7MB';
ALTER DATABASE {db} SET search_path = 'public', '$user';
ALTER ROLE {role} IN DATABASE {db} SET statement_timeout = '5s';
ALTER DATABASE {db} CONNECTION LIMIT 42;
COMMENT ON DATABASE {db} IS 'the ''shop''';
CREATE EXTENSION pg_trgm;
ALTER TYPE mood ADD VALUE 'great' BEFORE 'ok';
GRANT SELECT ON t TO {role};
INSERT INTO t (a, b) VALUES (1, 'x'), (2, NULL);
SELECT setval('counter', 41, false);
SELECT lo_from_bytea(4711, 'large');
COMMENT ON LARGE OBJECT 4711 IS 'an object'
"""
WRECKING = """
DROP TABLE t CASCADE; DROP TYPE mood CASCADE; DROP EXTENSION pg_trgm;
SELECT nextval('counter'); SELECT lo_unlink(4711); CREATE TABLE more (a integer)
"""


@pytest.fixture
def project(tmp_path: Path, database: DatabaseUrl) -> Iterator[Project]:
    with snapshotted(tmp_path, database) as made:
        made.sql("DROP TABLE t")
        role = f"{database.database}_role"
        names = {"role": sql.Identifier(role), "db": sql.Identifier(database.database)}
        run(database, BASE, names)
        run(database, FURTHER, names)
        yield made
    run(database, "ALTER DATABASE {db} OWNER TO CURRENT_USER; DROP OWNED BY {role} CASCADE", names)
    run(database.with_database("postgres"), "DROP ROLE {role}", names)


def run(url: DatabaseUrl, statements: str, names: dict[str, sql.Identifier]) -> None:
    with closing(connect(url, autocommit=True)) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL(statements).format(**names))


@pytest.mark.parametrize("is_gone", [False, True], ids=["replaced", "dropped"])
def test_restored_database_is_the_saved_one(project: Project, is_gone: bool) -> None:
    catalog, rows = read_catalog(project.url, whole=True), row_checksums(project.url)
    save(project, "one")
    if is_gone:
        name = {"db": sql.Identifier(project.url.database)}
        run(project.url.with_database("postgres"), "DROP DATABASE {db}", name)
    else:
        run(project.url, WRECKING, {})
    snapshots.restore(project.workspace, "one", keep=False)
    assert compare(catalog, read_catalog(project.url, whole=True)) == SchemaDiff(())
    assert row_checksums(project.url) == rows
