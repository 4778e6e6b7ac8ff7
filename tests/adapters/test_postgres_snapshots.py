"""Snapshots on a real server: what they keep, and that nothing else is touched."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg2
import pytest
from psycopg2 import sql

from fidesdev.adapters import postgres_snapshots as snapshots
from fidesdev.adapters import spare_copies
from fidesdev.adapters.database_copies import for_copying, read_attributes
from fidesdev.adapters.postgres import connect, create_database, drop_database
from fidesdev.adapters.server_statements import server_of
from fidesdev.core.snapshots import Snapshot, ignore
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import (
    CopyRefused,
    DatabaseMissing,
    FidesdevError,
    LockBusy,
    UnknownSnapshot,
)
from tests.conftest import execute

CONTENTS = """
SELECT json_build_object(
  'rows', (SELECT json_agg(p ORDER BY id) FROM pair p),
  'enum', (SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum),
  'sequence', (SELECT json_build_array(last_value, is_called) FROM counter),
  'extensions', (SELECT json_agg(json_build_array(extname, extversion) ORDER BY extname)
                   FROM pg_extension),
  'objects', (SELECT json_agg(json_build_array(loid, encode(data, 'hex')) ORDER BY loid, pageno)
                FROM pg_largeobject),
  'owners', (SELECT json_agg(json_build_array(relname, pg_get_userbyid(relowner), relacl::text)
                    ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
  'statistics', (SELECT count(*) FROM pg_stats WHERE tablename = 'pair'),
  'database', (SELECT json_build_array(datname, encoding, datcollate, datctype)
                 FROM pg_database WHERE datname = current_database()))
"""


def named(url: DatabaseUrl, name: str = "then") -> Snapshot:
    return Snapshot(name, url.database, ("r1",), "main", "c0ffee", "why", datetime.now(UTC))


def saved(url: DatabaseUrl, name: str = "then") -> Snapshot:
    return snapshots.save_snapshot(url, named(url, name), ignore)


def run(url: DatabaseUrl, *statements: str) -> None:
    with closing(connect(url, autocommit=True)) as connection:
        for statement in statements:
            connection.cursor().execute(statement)


def one(url: DatabaseUrl, query: str) -> Any:
    with closing(connect(url, autocommit=True)) as connection:
        cursor = connection.cursor()
        cursor.execute(query)
        ((value,),) = cursor.fetchall()
        return value


def listed(url: DatabaseUrl) -> list[Snapshot]:
    return [s for s in snapshots.list_snapshots(url) if s.database == url.database]


def oid(url: DatabaseUrl, name: str) -> int:
    with server_of(url) as server:
        ((found,),) = server.rows("SELECT oid FROM pg_database WHERE datname = %s", (name,))
        return int(found)


def databases(url: DatabaseUrl) -> set[str]:
    with server_of(url) as server:
        return {name for (name,) in server.rows("SELECT datname FROM pg_database")}


@contextmanager
def role(server: DatabaseUrl, options: str) -> Iterator[str]:
    """A role that can log in, dropped afterwards."""
    name = f"fidesdev_role_{uuid.uuid4().hex[:12]}"
    execute(
        server,
        sql.SQL(f"CREATE ROLE {{}} LOGIN PASSWORD 'x' {options}").format(sql.Identifier(name)),
    )
    yield name
    execute(server, sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


@contextmanager
def reconnecting(url: DatabaseUrl, clients: int) -> Iterator[list[object]]:
    """Clients that connect again whenever they can; what each connection said."""
    stopped, said = threading.Event(), list[object]()

    def reconnect() -> None:
        while not stopped.is_set():
            with suppress(psycopg2.Error, FidesdevError), closing(connect(url)) as connection:
                connection.cursor().execute("SELECT 1")
                said.append(connection)

    threads = [threading.Thread(target=reconnect) for _ in range(clients)]
    for thread in threads:
        thread.start()
    yield said
    stopped.set()
    for thread in threads:
        thread.join()


@pytest.fixture
def url(database: DatabaseUrl) -> Iterator[DatabaseUrl]:
    """A database with one row, and no snapshot of it left behind."""
    run(database, "CREATE TABLE t AS SELECT 1 AS a")
    yield database
    for snapshot in listed(database):
        snapshots.delete_snapshot(database, snapshot)


def test_everything_is_as_it_was_by_the_catalogs(url: DatabaseUrl, server: DatabaseUrl) -> None:
    with role(server, "NOSUPERUSER") as owner, role(server, "NOSUPERUSER") as reader:
        run(
            url,
            "CREATE TYPE size AS ENUM ('small', 'large')",
            "ALTER TYPE size ADD VALUE 'medium' BEFORE 'large'",
            "CREATE TABLE pair (id serial PRIMARY KEY, s size DEFAULT 'medium')",
            "INSERT INTO pair (s) VALUES ('large'), ('small')",
            "CREATE SEQUENCE counter START 41; SELECT nextval('counter')",
            "CREATE EXTENSION pg_trgm",
            "SELECT lo_from_bytea(0, 'a large object')",
            f"GRANT SELECT ON pair TO {reader}; ANALYZE pair",
            f"ALTER DATABASE {url.database} OWNER TO {owner}",
            f"REVOKE ALL ON DATABASE {url.database} FROM PUBLIC",
            f"GRANT CONNECT ON DATABASE {url.database} TO {reader} WITH GRANT OPTION",
            f"SET ROLE {reader}; GRANT CONNECT ON DATABASE {url.database} TO pg_monitor; RESET"
            " ROLE",
            f'ALTER DATABASE {url.database} SET search_path TO "$user", public, "we,i ""rd"',
            f"ALTER DATABASE {url.database} SET statement_timeout TO '5min'",
            f"ALTER DATABASE {url.database} SET app.tenant TO 'it''s \\ 7'",
            f"ALTER ROLE {reader} IN DATABASE {url.database} SET work_mem TO '8MB'",
            f"ALTER DATABASE {url.database} CONNECTION LIMIT 7",
            f"COMMENT ON DATABASE {url.database} IS 'it''s 100 % ours'",
        )
        contents = one(url, CONTENTS)
        with server_of(url) as admin:
            attributes = read_attributes(admin, url.database)
        then = saved(url)
        with server_of(url) as admin:
            assert read_attributes(admin, url.database) == attributes
        run(url, "DROP TABLE pair; DROP SEQUENCE counter; DROP EXTENSION pg_trgm",
            "SELECT lo_unlink(oid) FROM pg_largeobject_metadata", "DROP TYPE size")  # fmt: skip
        snapshots.restore_snapshot(url, then, ignore)
        with server_of(url) as admin:
            assert read_attributes(admin, url.database) == attributes
        assert one(url, CONTENTS) == contents
        drop_database(url)
        snapshots.restore_snapshot(url, then, ignore)
        with server_of(url) as admin:
            assert read_attributes(admin, url.database) == attributes
        assert one(url, CONTENTS) == contents
        drop_database(url)
        snapshots.delete_snapshot(url, then)


def test_twenty_saves_of_twenty_succeed_while_clients_reconnect(url: DatabaseUrl) -> None:
    with reconnecting(url, 3) as connected:
        for number in range(20):
            snapshots.delete_snapshot(url, saved(url, str(number)))
    assert len(connected) > 20


def test_restores_succeed_while_a_client_reconnects(url: DatabaseUrl) -> None:
    then = saved(url)
    with reconnecting(url, 1):
        for _ in range(5):
            snapshots.restore_snapshot(url, then, ignore)
    assert one(url, "SELECT a FROM t") == 1


def test_what_is_replaced_becomes_a_snapshot_that_brings_it_back(url: DatabaseUrl) -> None:
    then = saved(url)
    run(url, "UPDATE t SET a = 2")
    kept = snapshots.restore_snapshot(url, then, ignore, kept=named(url, "kept"))
    assert one(url, "SELECT a FROM t") == 1
    assert kept is not None
    assert {s.name for s in listed(url)} == {"then", "kept"}
    snapshots.restore_snapshot(url, kept, ignore)
    assert one(url, "SELECT a FROM t") == 2


def test_a_spare_is_renamed_instead_of_copied(url: DatabaseUrl) -> None:
    then = saved(url)
    assert snapshots.prepare_spare(url, then.storage)
    assert not snapshots.prepare_spare(url, then.storage)
    spare = oid(url, snapshots.spare_name(then.storage))
    snapshots.restore_snapshot(url, then, ignore)
    assert oid(url, url.database) == spare
    assert snapshots.spare_name(then.storage) not in databases(url)
    assert one(url, "SELECT a FROM t") == 1


def test_a_background_process_makes_the_spare(url: DatabaseUrl) -> None:
    then = saved(url)
    spare_copies.start(url, then.storage)
    deadline = time.monotonic() + 30
    while snapshots.spare_name(then.storage) not in databases(url):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_deleting_a_snapshot_takes_its_spare_along(url: DatabaseUrl) -> None:
    then = saved(url)
    snapshots.prepare_spare(url, then.storage)
    spare = snapshots.spare_name(then.storage)
    assert spare in databases(url)
    snapshots.delete_snapshot(url, then)
    assert databases(url) & {spare, then.storage} == set()


def test_the_spare_of_a_snapshot_that_was_dropped_by_hand_goes_too(url: DatabaseUrl) -> None:
    then = saved(url)
    snapshots.prepare_spare(url, then.storage)
    drop_database(url.with_database(then.storage))
    saved(url, "another")
    assert snapshots.spare_name(then.storage) not in databases(url)


def test_no_spare_is_made_of_a_snapshot_that_is_gone(url: DatabaseUrl) -> None:
    then = saved(url)
    snapshots.delete_snapshot(url, then)
    assert not snapshots.prepare_spare(url, then.storage)


def test_a_snapshot_replaces_the_one_of_the_same_name(url: DatabaseUrl) -> None:
    first = saved(url)
    run(url, "UPDATE t SET a = 2")
    second = saved(url)
    assert listed(url) == [second]
    assert first.storage not in databases(url)
    snapshots.restore_snapshot(url, second, ignore)
    assert one(url, "SELECT a FROM t") == 2


def test_a_renamed_snapshot_stays_where_it_is(url: DatabaseUrl) -> None:
    then = saved(url)
    renamed = snapshots.rename_snapshot(url, then, "雪 100 % ' \" \\")
    assert listed(url) == [renamed]
    assert renamed.storage == then.storage
    snapshots.restore_snapshot(url, renamed, ignore)


def test_a_snapshot_that_is_gone_cannot_be_restored(url: DatabaseUrl) -> None:
    then = saved(url)
    snapshots.delete_snapshot(url, then)
    snapshots.delete_snapshot(url, then)
    with pytest.raises(UnknownSnapshot):
        snapshots.restore_snapshot(url, then, ignore)
    assert one(url, "SELECT a FROM t") == 1


def test_databases_of_others_are_never_taken_for_snapshots(
    url: DatabaseUrl, server: DatabaseUrl
) -> None:
    names = [
        f"fidesdevxsnapshot_{uuid.uuid4().hex[:6]}",
        f"fidesdev_snapshot_{uuid.uuid4().hex[:6]}",
    ]
    try:
        for name in names:
            create_database(server.with_database(name))
            execute(
                server,
                sql.SQL('COMMENT ON DATABASE {} IS \'{{"name": "x"}}\'').format(
                    sql.Identifier(name)
                ),
            )
        assert {one.storage for one in snapshots.list_snapshots(url)} & set(names) == set()
        saved(url)
        assert set(names) <= databases(url)
    finally:
        for name in names:
            drop_database(server.with_database(name))


def test_nobody_can_connect_to_a_snapshot(url: DatabaseUrl) -> None:
    then = saved(url)
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(**parameters(url.with_database(then.storage)))


def test_a_database_that_its_owner_closed_is_saved_and_stays_closed(url: DatabaseUrl) -> None:
    execute(
        url.with_database("postgres"),
        sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(url.database)),
    )
    then = saved(url)
    snapshots.restore_snapshot(url, then, ignore)
    with server_of(url) as server:
        found = read_attributes(server, url.database)
    assert found is not None
    assert not found.allows_connections


def test_a_role_that_may_not_create_databases_is_told_so(
    url: DatabaseUrl, server: DatabaseUrl
) -> None:
    for options, reason in (("NOCREATEDB", "create databases"), ("CREATEDB", "copy database")):
        with (
            role(server, options) as name,
            pytest.raises(CopyRefused, match=f"role '{name}' may not {reason}"),
        ):
            saved(replace(url, user=name, password="x"))


def test_an_owner_who_is_no_superuser_saves_and_restores(
    url: DatabaseUrl, server: DatabaseUrl
) -> None:
    with role(server, "NOSUPERUSER CREATEDB") as name:
        run(
            url,
            f"ALTER DATABASE {url.database} OWNER TO {name}",
            f"ALTER DATABASE {url.database} SET jit TO off",
        )
        theirs = replace(url, user=name, password="x")
        then = saved(theirs)
        run(url, "UPDATE t SET a = 2")
        snapshots.restore_snapshot(theirs, then, ignore)
        assert one(url, "SELECT a FROM t") == 1
        assert snapshots.free_bytes(theirs) is None
        snapshots.delete_snapshot(theirs, then)
        drop_database(url)


def test_the_session_of_somebody_mightier_is_told_and_nothing_is_done(
    url: DatabaseUrl, server: DatabaseUrl
) -> None:
    with role(server, "NOSUPERUSER CREATEDB") as name:
        run(url, f"ALTER DATABASE {url.database} OWNER TO {name}")
        with closing(connect(url)), pytest.raises(CopyRefused, match="terminate"):
            saved(replace(url, user=name, password="x"))
        assert listed(url) == []
        drop_database(url)


def test_a_migration_that_runs_is_not_ended(url: DatabaseUrl) -> None:
    with closing(
        psycopg2.connect(**{**parameters(url), "application_name": "fidesdev lock a@b pid 7"})
    ) as other:
        with pytest.raises(LockBusy, match="a@b pid 7"), for_copying(url, patience=0.1):
            pass
        other.cursor().execute("SELECT 1")


def test_a_database_that_does_not_exist_cannot_be_saved(server: DatabaseUrl) -> None:
    with pytest.raises(DatabaseMissing):
        saved(server.with_database("fidesdev_not_there"))


def test_an_operating_system_that_was_updated_since_is_no_hindrance(url: DatabaseUrl) -> None:
    if one(url, "SHOW server_version_num") < "150000":
        pytest.skip("PostgreSQL 15 is the first that compares")
    run(url, f"UPDATE pg_database SET datcollversion = '0.1' WHERE datname = '{url.database}'")
    snapshots.restore_snapshot(url, saved(url), ignore)
    query = "SELECT datcollversion FROM pg_database WHERE datname = current_database()"
    assert one(url, query) == "0.1"


def parameters(url: DatabaseUrl) -> dict[str, Any]:
    return {"host": url.host, "port": url.port, "user": url.user, "password": url.password,
            "dbname": url.database}  # fmt: skip
