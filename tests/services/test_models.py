"""Models: what a database has, read from its catalog."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import UnknownModel
from fidesdev.services import models
from fidesdev.services.workspace import Workspace
from tests.record_tables import library_fixture, library_template_fixture, run, workspace  # noqa: F401 - fixtures
from tests.requests_databases import present_fixture, present_template_fixture  # noqa: F401 - fixtures

pytestmark = pytest.mark.server


def test_every_table_and_view_is_listed_with_an_estimate(library: Workspace) -> None:
    run(library.database, "INSERT INTO author (name) VALUES ('A'), ('B')", "ANALYZE author")
    report = models.list_(library)
    rows = {row.name: row for row in report.models}
    assert rows.keys() == {
        *("author", "book", "loan", "review", "titles", 'Odd "Name%', "attic.author", "attic.chest")
    }
    assert report.estimated
    assert rows["author"].rows == 2
    assert rows["titles"].is_view


def test_a_table_that_a_class_is_mapped_to_says_so(present: DatabaseUrl, tmp_path: Path) -> None:
    rows = {row.name: row.mapped for row in models.list_(workspace(present, tmp_path)).models}
    assert (rows["policy"], rows["identity_salt"]) == ("Policy", None)


def test_one_table_is_shown_with_all_that_binds_it(library: Workspace) -> None:
    shown = models.show(library, "Book")
    assert shown.key == ("id",)
    columns = {column.name: column for column in shown.columns}
    assert columns["genre"].labels == ("novel", "poem", 'it\'s "odd"')
    assert (columns["title"].length, columns["title"].nullable) == (20, False)
    assert [index.name for index in shown.indexes] == ["book_pkey"]
    assert [check.name for check in shown.checks] == ["priced"]
    assert {(r.columns, r.target, r.on_delete) for r in shown.references} == {
        (("author_id",), "author", "cascade"),
        (("sequel_of",), "book", "set null"),
    }
    assert {r.table for r in shown.referenced_by} == {"book", "loan", "review"}
    with pytest.raises(UnknownModel):
        models.show(library, "bock!")


def test_a_diagram_has_what_is_named_and_what_that_refers_to(library: Workspace) -> None:
    whole = models.diagram(library)
    assert len(whole.entities) == 7
    assert len(whole.references) == 4
    part = models.diagram(library, ["loan"], every_column=True)
    assert [entity.name for entity in part.entities] == ["book", "loan"]
    assert [column.name for column in part.entities[0].columns] == ["id", "author_id", "sequel_of"]
    assert [column.name for column in part.entities[1].columns][-1] == "day %s"


def test_sqlite_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as file:
        file.executescript(
            "CREATE TABLE a (id INTEGER PRIMARY KEY, name VARCHAR(9) UNIQUE);"
            "CREATE TABLE b (a INTEGER REFERENCES a ON DELETE CASCADE);"
            "INSERT INTO a VALUES (1, 'x');"
        )
    space = workspace(DatabaseUrl("sqlite", str(path)), tmp_path)
    report = models.list_(space)
    assert [(row.name, row.rows) for row in report.models] == [("a", 1), ("b", 0)]
    assert not report.estimated
    shown = models.show(space, "a")
    assert [(r.table, r.target_columns, r.on_delete) for r in shown.referenced_by] == [
        ("b", ("id",), "cascade")
    ]
    assert len(models.diagram(space).references) == 1
