"""Every class of object of PostgreSQL is seen when it changes, and nothing else is."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from psycopg2 import sql

from fidesdev.adapters.catalog import catalog_of, read_catalog
from fidesdev.adapters.postgres import connect
from fidesdev.core.schema import Catalog, compare
from fidesdev.core.url import DatabaseUrl
from tests.adapters.catalog_changes import BASE, CHANGES, LATER, WITHOUT_EFFECT
from tests.conftest import execute


@pytest.fixture(scope="module")
def base(server: DatabaseUrl) -> Iterator[DatabaseUrl]:
    """A database with an object of every class."""
    name = f"fidesdev_test_{uuid.uuid4().hex[:12]}"
    execute(server, sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    url = server.with_database(name)
    execute(url, sql.SQL(BASE))
    yield url
    execute(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def before(base: DatabaseUrl) -> Catalog:
    return read_catalog(base)


@pytest.fixture
def changed(base: DatabaseUrl) -> Iterator[Callable[[str], Catalog]]:
    """What the catalog becomes by statements, which are taken back."""
    with closing(connect(base)) as connection, connection.cursor() as cursor:

        def after(statements: str) -> Catalog:
            cursor.execute(statements)
            return catalog_of(connection)

        yield after


def told(before: Catalog, after: Catalog) -> set[str]:
    return {f"{one.verb} {one.kind} {one.name}" for one in compare(before, after).changes}


@pytest.mark.parametrize("change", CHANGES)
def test_catalog_shows_exactly_what_changed(
    change: str, base: DatabaseUrl, before: Catalog, changed: Callable[[str], Catalog]
) -> None:
    statements, expected = CHANGES[change]
    assert told(before, changed(statements)) == {one.format(user=base.user) for one in expected}


@pytest.mark.parametrize("change", LATER)
def test_catalog_shows_what_only_later_servers_have(
    change: str, base: DatabaseUrl, before: Catalog, changed: Callable[[str], Catalog]
) -> None:
    since, statements, expected = LATER[change]
    with closing(connect(base)) as connection:
        if connection.server_version < since:
            return
    assert told(before, changed(statements)) == expected


@pytest.mark.parametrize("change", WITHOUT_EFFECT)
def test_catalog_does_not_show_what_is_no_schema(
    change: str, before: Catalog, changed: Callable[[str], Catalog]
) -> None:
    after = changed(WITHOUT_EFFECT[change])
    assert told(before, after) == set()
    assert after.fingerprint == before.fingerprint


def test_catalog_of_a_copy_is_the_same(base: DatabaseUrl, before: Catalog) -> None:
    assert read_catalog(base) == before


def test_version_table_counts_unless_left_out(before: Catalog, base: DatabaseUrl) -> None:
    with closing(connect(base)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        assert len(told(before, catalog_of(connection))) == 3
        assert catalog_of(connection, [("alembic_version", "")]) == before
        assert catalog_of(connection, [("alembic_version", "public")]) == before
        assert catalog_of(connection, [("alembic_version", "other")]) != before


def test_reading_in_a_transaction_leaves_its_settings(base: DatabaseUrl) -> None:
    with closing(connect(base)) as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = 'public'; SET LOCAL jit = 'on'")
        catalog_of(connection)
        cursor.execute("SELECT current_setting('search_path'), current_setting('jit')")
        assert cursor.fetchone() == ("public", "on")


def test_names_that_have_to_be_quoted_are(changed: Callable[[str], Catalog]) -> None:
    catalog = changed('CREATE SCHEMA "A b"; CREATE TABLE "A b"."C.d" ("é" integer)')
    assert catalog.of_kind("column")['"A b"."C.d"."é"'] == "integer"


def test_passwords_of_user_mappings_are_not_read(changed: Callable[[str], Catalog]) -> None:
    catalog = changed(CHANGES["foreign table"][0])
    assert catalog.of_kind("user mapping") == {"public on s": "password"}


def test_whole_catalog_has_owners_large_objects_and_the_database(
    base: DatabaseUrl, before: Catalog
) -> None:
    whole = read_catalog(base, whole=True)
    assert before.objects < whole.objects
    assert whole.of_kind("owner")["table public.t"] == base.user
    assert whole.of_kind("database")["owner"] == base.user
    name = sql.Identifier(base.database)
    with closing(connect(base)) as connection, connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "COMMENT ON DATABASE {} IS 'x'; ALTER DATABASE {} SET work_mem = '5MB';"
                "GRANT TEMP ON DATABASE {} TO PUBLIC; ALTER DATABASE {} CONNECTION LIMIT 9;"
                "SELECT lo_create(4711)"
            ).format(*[name] * 4)
        )
        assert told(whole, catalog_of(connection, whole=True)) == {
            "added large object 4711",
            "changed database comment",
            "changed database connection limit",
            "changed database privileges",
            "changed database settings",
        }
