"""Snapshots compared: schema and numbers of rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fidesdev.core.schema import SchemaChange
from fidesdev.core.snapshot_diffs import DiffSide, RowsChange
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import UnknownSnapshot
from fidesdev.services.snapshot_diffs import diff
from tests.projects import Project
from tests.services.snapshotted import save, snapshotted


@pytest.fixture
def project(tmp_path: Path, url: DatabaseUrl | None) -> Iterator[Project]:
    with snapshotted(tmp_path, url) as made:
        yield made


def prefix(project: Project) -> str:
    return "" if project.url.backend == "sqlite" else "public."


def test_snapshot_of_an_unchanged_database_differs_in_nothing(project: Project) -> None:
    save(project, "one")
    report = diff(project.workspace, "one", checksums=True)
    assert report.is_empty
    assert report.before == DiffSide("one", False, ("a1",))
    assert report.after == DiffSide(project.url.database, True, ("a1",))


def test_changes_of_schema_and_rows_are_told_by_themselves(project: Project) -> None:
    save(project, "one")
    for statement in (
        "UPDATE alembic_version SET version_num = 'b2'",
        "ALTER TABLE t ADD c integer",
        "DELETE FROM t WHERE a = 1",
        "CREATE TABLE u (a integer)",
    ):
        project.sql(statement)
    p = prefix(project)
    report = diff(project.workspace, "one")
    assert [(one.verb, one.kind, one.name) for one in report.schema] == [
        ("added", "column", f"{p}t.c"),
        ("added", "column", f"{p}u.a"),
        ("added", "table", f"{p}u"),
    ]
    assert report.rows == (RowsChange(f"{p}t", 2, 1), RowsChange(f"{p}u", None, 0))
    assert report.after.revisions == ("b2",)


def test_two_snapshots_are_compared_in_the_order_given(project: Project) -> None:
    save(project, "one")
    project.sql("DROP TABLE t")
    save(project, "two")
    there, back = (diff(project.workspace, *names) for names in (("one", "two"), ("two", "one")))
    assert {one.verb for one in there.schema} == {"removed"}
    turned = [SchemaChange(one.kind, one.name, one.after, one.before) for one in there.schema]
    assert list(back.schema) == turned
    assert back.rows[0].after == 2


def test_other_rows_of_the_same_number_are_found_by_checksums_alone(project: Project) -> None:
    save(project, "one")
    project.sql("UPDATE t SET b = 'z' WHERE a = 2")
    assert diff(project.workspace, "one").is_empty
    report = diff(project.workspace, "one", checksums=True)
    assert report.rows == (RowsChange(f"{prefix(project)}t", 2, 2),)


def test_name_that_means_no_snapshot_is_told(project: Project) -> None:
    with pytest.raises(UnknownSnapshot):
        diff(project.workspace, "none")


def test_snapshot_can_be_restored_and_copied_after_it_was_read(project: Project) -> None:
    from fidesdev.services import snapshots

    save(project, "one")
    diff(project.workspace, "one")
    project.sql("DELETE FROM t")
    snapshots.restore(project.workspace, "one", keep=False)
    assert diff(project.workspace, "one", checksums=True).is_empty
