"""Records of any table: listed, read, created, changed and deleted, by PostgreSQL's own rules.

A verb that writes is one transaction: all of it is kept, or nothing. With `dry_run` everything is
executed and then undone, so that what would be refused is refused.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

from fidesdev.core.records import (
    LIMIT,
    Effect,
    Record,
    RecordDetail,
    RecordList,
    RecordsDeleted,
    RecordsWritten,
    summed,
)
from fidesdev.core.selection import Condition, Place, Selection
from fidesdev.errors import RecordError, UsageError
from fidesdev.services import record_rules
from fidesdev.services.record_models import opened_model, refusals, resolved
from fidesdev.services.record_rows import (
    by_id,
    change,
    conflict_key,
    finish,
    only,
    place_of,
    reader,
    resolved_conditions,
    resolved_selection,
    rows_of,
    unknown,
    write,
)
from fidesdev.services.workspace import Workspace

MOST = 100_000
"""The longest page; what is longer is streamed."""
EVERYTHING = Selection()


def list_(
    workspace: Workspace,
    name: str,
    selection: Selection = EVERYTHING,
    *,
    limit: int | None = None,
    as_text: bool = False,
) -> RecordList:
    """The first `limit` records that match (by default 50), and the cursor of what follows."""
    from fidesdev.adapters.records_sql import key_names

    limit = LIMIT if limit is None else limit
    if not 1 <= limit <= MOST:
        raise UsageError(
            f"--limit {limit} is not between 1 and {MOST}",
            hint=f"For every record: 'fidesdev records list {name} --all'.",
        )
    with opened_model(workspace, name, reading=True) as (database, model):
        chosen = resolved_selection(workspace, model, selection)
        rows = list(rows_of(database, model, chosen, limit=limit + 1, as_text=as_text))
        more = len(rows) > limit
        after = None
        if more and key_names(database, model):
            value, *key = place_of(model, chosen, rows[limit - 1])
            after = str(Place(model.name, chosen.order, value, tuple(key)))
        shown = tuple(map(reader(database, model, as_text=as_text), rows[:limit]))
        return RecordList(model.name, model.key, model.fields, shown, after, more)


def stream(
    workspace: Workspace,
    name: str,
    selection: Selection = EVERYTHING,
    *,
    as_text: bool = False,
) -> Generator[Record, None, None]:
    """Every record that matches, one at a time, in memory that does not grow with their number.

    With `as_text` every value is text in the database's own syntax, or None. All records belong
    to one moment; the connection stays open until the last one was taken.
    """
    with opened_model(workspace, name, reading=True) as (database, model):
        chosen = resolved_selection(workspace, model, selection)
        read = reader(database, model, as_text=as_text)
        for row in rows_of(database, model, chosen, limit=None, as_text=as_text):
            yield read(row)


def fields(workspace: Workspace, name: str) -> tuple[str, ...]:
    """The fields of a model, in order."""
    with opened_model(workspace, name, reading=True) as (_database, model):
        return model.fields


def get(workspace: Workspace, name: str, row_id: str) -> RecordDetail:
    """The record that the ID names; raises `UnknownRecord`."""
    with opened_model(workspace, name, reading=True) as (database, model):
        conditions = by_id(workspace, model, row_id)
        record = only(database, model, conditions, row_id)
        return RecordDetail(model.name, model.key, record_rules.shown(model, record))


def create(
    workspace: Workspace,
    name: str,
    values: Mapping[str, object],
    *,
    conflict: Sequence[str] | None = None,
    dry_run: bool = False,
) -> RecordsWritten:
    """A new record; with `conflict` (empty: the key) one that has the same values is changed.

    Values are those of Python (None, numbers, text, lists, dates, bytes) or of `field_values`.
    Raises `RecordError` and its kinds for what the table does not take.
    """
    with opened_model(workspace, name) as (database, model):
        given = resolved(workspace, model, values)
        key = conflict_key(model, conflict)
        created, record = write(database, model, given, key)
        finish(database, model, given, dry_run=dry_run)
        shown = (record_rules.shown(model, record),)
        return RecordsWritten(model.name, int(created), int(not created), shown, not dry_run)


def load(
    workspace: Workspace,
    name: str,
    source: str,
    *,
    conflict: Sequence[str] | None = None,
    dry_run: bool = False,
) -> RecordsWritten:
    """The records of a file, all of them or none; an error names the line."""
    from fidesdev.adapters.record_files import read_records

    counts = {True: 0, False: 0}
    with opened_model(workspace, name) as (database, model):
        key = conflict_key(model, conflict)
        for line, values in read_records(workspace.cwd, source):
            try:
                given = resolved(workspace, model, values)
                created, _record = write(database, model, given, key)
            except RecordError as error:
                raise error.at(source, line) from error
            counts[created] += 1
        finish(database, model, {}, dry_run=dry_run)
        return RecordsWritten(model.name, counts[True], counts[False], (), not dry_run)


def update(
    workspace: Workspace,
    name: str,
    row_id: str,
    values: Mapping[str, object],
    *,
    dry_run: bool = False,
) -> RecordsWritten:
    """The record with the new values; raises `UnknownRecord`."""
    if not values:
        raise UsageError(
            "nothing is to be changed",
            hint="Name fields: 'fidesdev records update MODEL ID FIELD=VALUE'.",
        )
    with opened_model(workspace, name) as (database, model):
        conditions = by_id(workspace, model, row_id)
        given = resolved(workspace, model, values)
        changed = change(database, model, given, conditions)
        if not changed:
            raise unknown(model, row_id)
        finish(database, model, given, dry_run=dry_run)
        shown = tuple(record_rules.shown(model, record) for record in changed)
        return RecordsWritten(model.name, 0, len(changed), shown, not dry_run)


def delete(
    workspace: Workspace,
    name: str,
    row_ids: Sequence[str] = (),
    *,
    conditions: Sequence[Condition] = (),
    dry_run: bool = False,
) -> RecordsDeleted:
    """What was deleted, here and by foreign keys elsewhere; raises `UnknownRecord` for an ID.

    With `dry_run` the database itself counts: everything is deleted and brought back.
    """
    from fidesdev.adapters.records_sql import delete as deletion

    _check_either(row_ids, conditions)
    total, effects = 0, list[Effect]()
    with opened_model(workspace, name) as (database, model):
        wanted = {row_id: by_id(workspace, model, row_id) for row_id in row_ids}
        for row_id, given in (wanted or {"": list(conditions)}).items():
            chosen = resolved_conditions(workspace, model, given)
            with refusals(database, model, {c.field: c.given for c in chosen}):
                deleted, elsewhere = database.effects(model, deletion(database, model, chosen))
            if row_id in wanted and not deleted:
                raise unknown(model, row_id)
            total += deleted
            effects += elsewhere
        finish(database, model, {}, dry_run=dry_run)
        return RecordsDeleted(model.name, total, summed(effects), not dry_run)


def _check_either(row_ids: Sequence[str], conditions: Sequence[Condition]) -> None:
    if bool(row_ids) == bool(conditions):
        raise UsageError(
            "either an ID or --where says what is to be deleted",
            hint="Give one: 'fidesdev records delete MODEL ID' or '... --where FIELD=VALUE'.",
        )
