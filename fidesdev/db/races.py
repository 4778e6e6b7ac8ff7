"""Two processes that want to create the same row: who may, and who finds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import FromClause, PrimaryKeyConstraint, Table, UniqueConstraint, func, select
from sqlalchemy.orm import Session


def is_unique_by(table: FromClause, values: Mapping[str, Any]) -> bool:
    """Whether at most one row can have the values, by a unique constraint or index."""
    assert isinstance(table, Table)
    given = {name for name, value in values.items() if value is not None}
    constraints = [
        found.columns
        for found in table.constraints
        if isinstance(found, (PrimaryKeyConstraint, UniqueConstraint))
    ]
    indexes = [
        found.columns
        for found in table.indexes
        if found.unique and found.dialect_kwargs.get("postgresql_where") is None
    ]
    # a table without a primary key has an empty constraint in its place
    names = [set(columns.keys()) for columns in [*constraints, *indexes]]
    return any(unique and unique <= given for unique in names)


def take_turns(db: Session, table: str) -> None:
    """Wait until no other transaction that called this for the table is still open.

    By an advisory lock, which PostgreSQL gives back when the transaction ends.
    """
    if db.get_bind().dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"fidesdev.{table}"))))
