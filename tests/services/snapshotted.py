"""A database of either kind whose snapshots are gone after the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from fidesdev.core.snapshots import Snapshot
from fidesdev.core.url import DatabaseUrl
from fidesdev.services import snapshots
from fidesdev.services.snapshot_stores import store
from tests.projects import Project

SETTINGS = {"FIDES__FIDESDEV__SNAPSHOTS": '{"spares": 0}'}
"""No copies in the background, which would outlive the test."""
MADE = (
    "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
    "INSERT INTO alembic_version VALUES ('a1')",
    "CREATE TABLE t (a integer, b text)",
    "INSERT INTO t VALUES (1, 'x'), (2, 'y')",
)


@contextmanager
def snapshotted(folder: Path, url: DatabaseUrl | None) -> Iterator[Project]:
    """A database with rows and no Alembic project; SQLite where no URL is given."""
    place = url or DatabaseUrl("sqlite", str(folder / "data.db"))
    project = Project(folder, place, (), environ=SETTINGS)
    for statement in MADE:
        project.sql(statement)
    yield project
    for one in kept(project):
        store(place).delete_snapshot(place, one)


def kept(project: Project) -> tuple[Snapshot, ...]:
    """The snapshots of the database, newest first."""
    return snapshots.list_(project.workspace).snapshots


def save(project: Project, name: str, *, automatic: bool = False) -> Snapshot:
    """A snapshot of the database as it is now."""
    return snapshots.save(project.workspace, name, message="why", automatic=automatic).snapshots[0]


def contents(project: Project, snapshot: Snapshot) -> DatabaseUrl:
    """Where the snapshot's own database or file is."""
    return replace(project.url, database=snapshot.storage)
