"""Rows of one table under way: chosen, written and told of, inside a transaction of `records`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fidesdev.core.field_values import Given, Json
from fidesdev.core.records import Model, Record
from fidesdev.core.selection import Condition, Selection, checked_selection, parse_id
from fidesdev.errors import AmbiguousRecord, MissingValue, UnknownRecord, UsageError
from fidesdev.services import record_rules
from fidesdev.services.record_models import refusals, resolved
from fidesdev.services.workspace import Workspace

if TYPE_CHECKING:
    from fidesdev.adapters.records_sql import Database


def write(
    database: Database, model: Model, values: Mapping[str, Given], key: Sequence[str]
) -> tuple[bool, Record]:
    """Whether the record is new, and the record."""
    from fidesdev.adapters.records_sql import insert, record_of

    if key:
        missing = [name for name in key if values.get(name, Json(None)) == Json(None)]
        if missing:
            raise MissingValue(model.name, missing[0])
        same = [Condition(name, values[name]) for name in key]
        if changed := change(database, model, values, same):
            return False, changed[0]
    with refusals(database, model, values):
        filled = record_rules.for_creation(database, model, values)
        piece = insert(database, model, filled, conflict=key, changed=tuple(values))
        (row,) = database.rows(piece)
    return True, record_of(database, model, row)


def change(
    database: Database,
    model: Model,
    values: Mapping[str, Given],
    conditions: Sequence[Condition],
) -> list[Record]:
    """The records that fulfil the conditions, with the new values."""
    from fidesdev.adapters.records_sql import record_of, update

    named = {condition.field: condition.given for condition in conditions}
    with refusals(database, model, {**named, **values}):
        filled = record_rules.for_change(database, model, values)
        rows = database.rows(update(database, model, filled, conditions))
    return [record_of(database, model, row) for row in rows]


def finish(database: Database, model: Model, values: Mapping[str, Given], *, dry_run: bool) -> None:
    """Keep everything, or nothing: what a commit would refuse, a dry run tells too."""
    with refusals(database, model, values):
        database.check()
        if dry_run:
            database.rollback()
        else:
            database.commit()


def only(database: Database, model: Model, conditions: Sequence[Condition], row_id: str) -> Record:
    """The record that fulfils the conditions; raises `UnknownRecord` and `AmbiguousRecord`."""
    from fidesdev.adapters.records_sql import record_of, select_record

    with refusals(database, model, {c.field: c.given for c in conditions}):
        rows = database.rows(select_record(database, model, conditions))
    if not rows:
        raise unknown(model, row_id)
    if len(rows) > 1:
        raise AmbiguousRecord(
            f"{row_id!r} names several rows of {model.name}",
            hint=f"See them with 'fidesdev records list {model.name}'.",
            id=row_id,
        )
    return record_of(database, model, rows[0])


def rows_of(
    database: Database,
    model: Model,
    selection: Selection,
    *,
    limit: int | None,
    as_text: bool = False,
) -> Iterator[tuple[Any, ...]]:
    """The rows of the list, in order."""
    from fidesdev.adapters.records_sql import select_page

    named = {c.field: c.given for c in selection.conditions}
    fetch = database.stream if limit is None else database.rows
    found = 0
    with refusals(database, model, named):
        for piece in select_page(database, model, selection, limit=limit, as_text=as_text):
            for row in fetch(piece):
                yield row
                found += 1
                if found == limit:
                    return


def reader(
    database: Database, model: Model, *, as_text: bool
) -> Callable[[tuple[Any, ...]], Record]:
    """What makes of a row of a list the record that may be shown."""
    from fidesdev.adapters.records_sql import reader_of

    read = reader_of(database, model, as_text=as_text)
    return (lambda row: record_rules.shown(model, read(row))) if model.secrets else read


def place_of(model: Model, selection: Selection, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The value in the sorted column, and the key, of a row of a list."""
    place = row[len(model.columns) :]
    return place if selection.order else (None, *place)


def resolved_selection(workspace: Workspace, model: Model, selection: Selection) -> Selection:
    """The selection, checked, with the contents of the files that it names."""
    checked = checked_selection(model, selection)
    conditions = resolved_conditions(workspace, model, checked.conditions)
    return Selection(tuple(conditions), checked.order, checked.after)


def resolved_conditions(
    workspace: Workspace, model: Model, conditions: Sequence[Condition]
) -> list[Condition]:
    """The conditions with the contents of the files that they name."""
    return [
        Condition(c.field, resolved(workspace, model, {c.field: c.given})[c.field])
        for c in conditions
    ]


def by_id(workspace: Workspace, model: Model, row_id: str) -> list[Condition]:
    """The conditions of the row that the ID names."""
    return resolved_conditions(workspace, model, parse_id(model, row_id))


def conflict_key(model: Model, wanted: Sequence[str] | None) -> tuple[str, ...]:
    """The columns by which an upsert finds its row; none where it is no upsert."""
    if wanted is None:
        return ()
    key = tuple(wanted) or model.key
    if not any(set(key) == set(unique) for unique in model.unique):
        known = "; ".join(", ".join(unique) for unique in model.unique) or "none"
        raise UsageError(
            f"{', '.join(key) or 'no key'} does not tell the rows of {model.name} apart",
            hint=f"Upsert by what is unique there ({known}): --key FIELD[,FIELD].",
            unique=[list(unique) for unique in model.unique],
        )
    return key


def unknown(model: Model, row_id: str) -> UnknownRecord:
    """The error of an ID that no row has."""
    return UnknownRecord(
        f"{model.name} has no record {row_id!r}",
        hint=f"Find one with 'fidesdev records list {model.name}'.",
        model=model.name,
        id=row_id,
    )
