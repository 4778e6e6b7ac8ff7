"""What differs between a snapshot and the database, or another snapshot."""

from __future__ import annotations

from contextlib import ExitStack

from fidesdev.adapters.catalog import read_catalog
from fidesdev.adapters.row_checksums import row_checksums, row_counts
from fidesdev.adapters.snapshot_contents import readable
from fidesdev.core.schema import Catalog, TableRows, compare
from fidesdev.core.snapshot_diffs import DiffSide, SnapshotDiff, rows_changed
from fidesdev.core.url import DatabaseUrl
from fidesdev.services.snapshot_stores import find
from fidesdev.services.snapshots import describe
from fidesdev.services.workspace import Workspace


def diff(
    workspace: Workspace, first: str, second: str | None = None, *, checksums: bool = False
) -> SnapshotDiff:
    """How the second differs from the first: schema and numbers of rows, by themselves.

    The second is the database itself where none is named. With `checksums` every row is read, and
    a table counts that has as many rows but others. Raises what `find` raises.
    """
    before, old_schema, old_rows = _side(workspace, first, checksums=checksums)
    after, schema, rows = _side(workspace, second, checksums=checksums)
    return SnapshotDiff(
        before=before,
        after=after,
        schema=compare(old_schema, schema).changes,
        rows=rows_changed(old_rows, rows),
        compared="checksums" if checksums else "counts",
    )


def _side(
    workspace: Workspace, name: str | None, *, checksums: bool
) -> tuple[DiffSide, Catalog, dict[str, TableRows]]:
    with ExitStack() as opened:
        url = workspace.database
        if name is None:
            side = DiffSide(url.database, True, describe(workspace, None).revisions)
        else:
            snapshot = find(workspace, name)
            side = DiffSide(snapshot.name, False, snapshot.revisions)
            url = opened.enter_context(readable(url, snapshot))
        return side, read_catalog(url), _rows(url, checksums=checksums)


def _rows(url: DatabaseUrl, *, checksums: bool) -> dict[str, TableRows]:
    if checksums:
        return row_checksums(url)
    return {table: TableRows(count, 0) for table, count in row_counts(url).items()}
