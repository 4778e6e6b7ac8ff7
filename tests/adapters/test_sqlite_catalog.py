"""Every class of object of SQLite is seen when it changes, and nothing else is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fidesdev.adapters.catalog import read_catalog
from fidesdev.core.schema import Catalog, compare
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import DatabaseUnavailable

BASE = """
CREATE TABLE s (id INTEGER PRIMARY KEY);
CREATE TABLE t (
    a INTEGER NOT NULL, b TEXT DEFAULT 'x', s_id INTEGER, CONSTRAINT positive CHECK (a > 0)
);
CREATE INDEX ix ON t (a);
CREATE VIEW v AS SELECT a FROM t;
CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END;
"""
CHANGES = {
    "table": ("CREATE TABLE u (a)", {"added table u", "added column u.a"}),
    "column": ("ALTER TABLE t ADD c TEXT", {"added column t.c"}),
    "dropped column": ("ALTER TABLE t DROP b", {"removed column t.b"}),
    "index": ("DROP INDEX ix; CREATE INDEX ix ON t (a DESC)", {"changed index ix"}),
    "view": ("DROP VIEW v; CREATE VIEW v AS SELECT a, b FROM t", {"changed view v"}),
    "trigger": (
        "DROP TRIGGER tr; CREATE TRIGGER tr AFTER DELETE ON t BEGIN SELECT 1; END",
        {"changed trigger tr"},
    ),
    "virtual table": ("CREATE VIRTUAL TABLE r USING rtree (id, x, y)", {"added table r"}),
}
REWRITTEN = {
    "type": ("a BIGINT NOT NULL", "changed column t.a"),
    "nullability": ("a INTEGER", "changed column t.a"),
    "default": ("a INTEGER NOT NULL DEFAULT 1", "changed column t.a"),
    "collation": ("a INTEGER NOT NULL COLLATE NOCASE", "changed column t.a"),
}
"""Another column `a` of `t`."""
REST = "b TEXT DEFAULT 'x', s_id INTEGER, CONSTRAINT positive CHECK (a > 0)"
CONSTRAINTS = {
    "check": ("CONSTRAINT positive CHECK (a > 1)", "changed constraint t.positive"),
    "foreign key": (
        "CONSTRAINT positive CHECK (a > 0), CONSTRAINT fk FOREIGN KEY (s_id) REFERENCES s (id)",
        "added constraint t.fk",
    ),
    "unique": (
        "CONSTRAINT positive CHECK (a > 0), UNIQUE (b)",
        "added constraint t.UNIQUE (b)",
    ),
}


@pytest.fixture
def url(tmp_path: Path) -> DatabaseUrl:
    found = DatabaseUrl("sqlite", str(tmp_path / "a #b.db"))
    run(found, BASE)
    return found


def run(url: DatabaseUrl, statements: str) -> None:
    with closing(sqlite3.connect(url.database)) as file:
        file.executescript(statements)


def told(url: DatabaseUrl, before: Catalog) -> set[str]:
    changes = compare(before, read_catalog(url)).changes
    return {f"{one.verb} {one.kind} {one.name}" for one in changes if "r_" not in one.name}


def written_again(url: DatabaseUrl, body: str) -> None:
    """Make the table anew, with what hangs on it."""
    rest = BASE[BASE.index("CREATE INDEX") :]
    run(url, f"DROP VIEW v; DROP TABLE t; CREATE TABLE t ({body}); {rest}")


@pytest.mark.parametrize("change", CHANGES)
def test_catalog_shows_exactly_what_changed(change: str, url: DatabaseUrl) -> None:
    before = read_catalog(url)
    statements, expected = CHANGES[change]
    run(url, statements)
    assert told(url, before) == expected


@pytest.mark.parametrize("change", REWRITTEN)
def test_catalog_shows_what_a_column_became(change: str, url: DatabaseUrl) -> None:
    before = read_catalog(url)
    written_again(url, f"{REWRITTEN[change][0]}, {REST}")
    assert told(url, before) == {REWRITTEN[change][1]}


@pytest.mark.parametrize("change", CONSTRAINTS)
def test_catalog_shows_constraints(change: str, url: DatabaseUrl) -> None:
    before = read_catalog(url)
    body, expected = CONSTRAINTS[change]
    written_again(url, f"a INTEGER NOT NULL, b TEXT DEFAULT 'x', s_id INTEGER, {body}")
    assert told(url, before) == {expected}


def test_order_of_columns_spelling_and_rows_do_not_count(url: DatabaseUrl) -> None:
    before = read_catalog(url)
    written_again(
        url,
        "[s_id] integer, b text default ('x'), \"a\" INTEGER not null, -- as before\n"
        "CONSTRAINT positive CHECK (a>0)",
    )
    run(url, "INSERT INTO t (a) VALUES (1); ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME TO t")
    assert told(url, before) == set()
    assert read_catalog(url) == before


def test_version_table_can_be_left_out(url: DatabaseUrl) -> None:
    before = read_catalog(url)
    run(url, "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
    assert read_catalog(url) != before
    assert read_catalog(url, [("alembic_version", "")]) == before


def test_no_file_is_an_empty_schema_and_is_not_made(tmp_path: Path) -> None:
    url = DatabaseUrl("sqlite", str(tmp_path / "none.db"))
    assert read_catalog(url).objects == frozenset()
    assert not (tmp_path / "none.db").exists()


def test_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("no database, and long enough to be looked at" * 40)
    with pytest.raises(DatabaseUnavailable, match="not a database"):
        read_catalog(DatabaseUrl("sqlite", str(tmp_path / "x.db")))
