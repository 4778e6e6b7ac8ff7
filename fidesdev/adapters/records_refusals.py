"""What PostgreSQL refuses, said with the column, the value and what is allowed.

An error about a value does not name its column, and the transaction it ended cannot be asked. So
each value is tried again by itself, cast to the type of its column, once everything is undone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import psycopg2
from psycopg2 import errors

from fidesdev.adapters.records_catalog import converted
from fidesdev.core.field_values import Given, Json, Structure, invalid, postgres_value
from fidesdev.core.records import Column, Model
from fidesdev.errors import (
    AuthenticationFailed,
    BrokenReference,
    CheckFailed,
    DatabaseUnavailable,
    DuplicateRecord,
    FidesdevError,
    InvalidValue,
    KeyOrNameAlreadyExists,
    MissingValue,
    RecordError,
    RecordRefused,
    UsageError,
)

if TYPE_CHECKING:
    from fidesdev.adapters.records_postgres import PostgresRecords

# the only place that has the values, in any language: Key (a, b)=(1, 2) already exists.
_KEY = re.compile(r"\((?P<columns>.*?)\)=\((?P<values>.*)\)", re.DOTALL)
_CHECK = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s AND contype = 'c'"
_REFERENCE = (
    "SELECT ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid"
    " AND attnum = ANY (conkey)), confrelid::regclass::text FROM pg_constraint"
    " WHERE conname = %s AND contype = 'f'"
)
_OURS = (errors.SyntaxError, errors.UndefinedColumn, errors.UndefinedTable)
"""Statements that only a mistake of ours can produce; a trigger's function may raise them too."""
_TOO_MUCH = "54"
"""The class of errors about a limit of PostgreSQL, such as the size of a key."""


def explained(
    records: PostgresRecords,
    error: psycopg2.Error,
    model: Model | None,
    values: Mapping[str, Given],
) -> FidesdevError | None:
    """The refusal as one of our errors; everything of the transaction is undone by then."""
    code = error.pgcode or ""
    outage = isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError))
    if not code or (outage and not code.startswith(_TOO_MUCH)):
        return _gave_up(records, error)
    records.rollback()
    if isinstance(error, (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)):
        return AuthenticationFailed(
            f"user {records.connection.info.user!r} may not do that in database"
            f" {records.title!r}: {_reason(error)}",
            hint="Give a role that may: fidesdev --database-url postgresql://... records list.",
            address=records.url.address,
        )
    if model is None:
        return None
    found = _refused(records, error, model, values) or _culprit(records, model, values)
    if found is None and isinstance(error, _OURS) and not error.diag.context:
        return None
    return found or _plainly(error, model.name)


def _refused(
    records: PostgresRecords,
    error: psycopg2.Error,
    model: Model,
    values: Mapping[str, Given],
) -> FidesdevError | None:
    """A refusal that says by itself what is wrong; a type says it in any class of error."""
    diag, name = error.diag, model.name
    refusal: FidesdevError | None = None
    match error:
        case errors.NotNullViolation() if diag.column_name and diag.table_name == model.table.name:
            column = model.column(diag.column_name)
            refusal = MissingValue(name, diag.column_name, column.type if column else "")
        case errors.UniqueViolation() if found := _KEY.search(diag.message_detail or ""):
            refusal = _duplicate(diag.table_name or name, found)
        case errors.ForeignKeyViolation() | errors.RestrictViolation():
            refusal = _reference(records, error, model, values)
        case errors.CheckViolation() if diag.table_name and diag.constraint_name:
            rows = _ask(records, _CHECK, (diag.constraint_name,))
            condition = rows[0][0] if rows else ""
            refusal = CheckFailed(diag.table_name, diag.constraint_name, condition)
        case errors.UndefinedFunction() | errors.DatatypeMismatch() if not diag.context:
            refusal = _incomparable(error, name)
    return refusal


def _culprit(
    records: PostgresRecords,
    model: Model,
    values: Mapping[str, Given],
) -> InvalidValue | None:
    """The value that does not become what its column is, if one alone does not."""
    for name, given in values.items():
        column = model.column(name)
        if column is None or given == Json(None):
            continue
        value = postgres_value(model.name, column, given)
        shown = value.text if isinstance(value, Structure) else str(value)
        if column.length is not None and len(shown.rstrip()) > column.length:
            return invalid(model.name, column, shown, reason=f"it has {len(shown)} characters")
        if reason := _failure(records, column, value):
            return invalid(model.name, column, shown, reason=reason)
    return None


def _failure(records: PostgresRecords, column: Column, value: str | Structure | None) -> str | None:
    """Why the value cannot become what the column is; None when it can."""
    if isinstance(value, Structure):
        query, value = converted(column), value.text
    else:
        query = "SELECT CAST(%s AS {})".replace("{}", column.type.replace("%", "%%"))
    try:
        records.connection.cursor().execute(query, (value,))
    except psycopg2.Error as error:
        return _reason(error)
    finally:
        records.rollback()
    return None


def _duplicate(table: str, found: re.Match[str]) -> DuplicateRecord:
    columns = found["columns"].replace('"', "")
    kind = KeyOrNameAlreadyExists if columns in {"key", "name"} else DuplicateRecord
    return kind(table, {columns: found["values"]})


def _reference(
    records: PostgresRecords,
    error: psycopg2.Error,
    model: Model,
    values: Mapping[str, Given],
) -> RecordError:
    """Either a row that is not there was named, or one that others need is to go."""
    diag = error.diag
    rows = _ask(records, _REFERENCE, (diag.constraint_name,))
    columns, target = rows[0] if rows else ([], "")
    found = _KEY.search(diag.message_detail or "")
    value = found["values"] if found else ""
    facts = {"constraint": diag.constraint_name, "fields": columns, "value": value}
    if diag.table_name == model.table.name and set(columns) & values.keys():
        return BrokenReference(
            model.name,
            f"{', '.join(columns)} is {value!r}, and {target} has no such row",
            hint=f"Find one with 'fidesdev records list {target}', or create it first.",
            **facts,
        )
    where = f" --where {columns[0]}={value}" if len(columns) == 1 else ""
    return BrokenReference(
        model.name,
        f"rows of {diag.table_name} still refer to {value or 'it'} by {', '.join(columns)}",
        hint=f"See them with 'fidesdev records list {diag.table_name}{where}'; "
        "change or delete them first.",
        **facts,
    )


def _incomparable(error: psycopg2.Error, model: str) -> UsageError:
    return UsageError(
        f"{model}: the database cannot compare or sort by that field: {_reason(error)}",
        hint=f"See the types of its fields with 'fidesdev models show {model}'.",
        model=model,
    )


def _plainly(error: psycopg2.Error, model: str) -> RecordRefused:
    detail = (error.diag.message_detail or "").rstrip(".")
    reason = _reason(error)
    return RecordRefused(
        error.diag.table_name or model,
        f"{reason} ({detail})" if detail else reason,
        constraint=error.diag.constraint_name,
    )


def _gave_up(records: PostgresRecords, error: psycopg2.Error) -> FidesdevError:
    return DatabaseUnavailable(
        f"the database at {records.url.address} gave up: {_reason(error)}",
        hint="Run the command again; 'fidesdev db status' shows whether the server answers.",
        address=records.url.address,
    )


def _reason(error: psycopg2.Error) -> str:
    return error.diag.message_primary or str(error).strip()


def _ask(records: PostgresRecords, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    cursor = records.connection.cursor()
    try:
        cursor.execute(query, values)
        return cursor.fetchall()
    finally:
        records.rollback()
