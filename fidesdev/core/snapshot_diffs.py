"""What differs between two states of a database: objects of the schema, and numbers of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fidesdev.core.schema import SchemaChange, TableRows


@dataclass(frozen=True, slots=True)
class DiffSide:
    """One of the two: a snapshot, or the database itself."""

    name: str
    """Of the snapshot; for the database: its own."""
    is_live: bool
    revisions: tuple[str, ...]
    """The rows of the version table."""


@dataclass(frozen=True, slots=True)
class RowsChange:
    """A table whose rows differ."""

    table: str
    before: int | None
    """How many rows; None: there is no such table."""
    after: int | None


@dataclass(frozen=True, slots=True)
class SnapshotDiff:
    """How the second differs from the first."""

    before: DiffSide
    after: DiffSide
    schema: tuple[SchemaChange, ...]
    rows: tuple[RowsChange, ...]
    compared: str
    """`counts`, or `checksums` where equal numbers of other rows were looked for too."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs of what was compared."""
        return not (self.schema or self.rows)


def rows_changed(
    before: Mapping[str, TableRows], after: Mapping[str, TableRows]
) -> tuple[RowsChange, ...]:
    """The tables that do not have the same rows on both sides, by name."""
    return tuple(
        RowsChange(table, _count(before.get(table)), _count(after.get(table)))
        for table in sorted(before.keys() | after.keys())
        if before.get(table) != after.get(table)
    )


def _count(found: TableRows | None) -> int | None:
    return None if found is None else found.rows
