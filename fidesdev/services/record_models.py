"""Databases opened for records, and the table that MODEL names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fidesdev.core.field_values import FromFile, Given, Json, Raw, given, nearest
from fidesdev.core.json_text import parse_json
from fidesdev.core.records import Model, TableName
from fidesdev.core.selection import require_fields
from fidesdev.errors import AmbiguousModel, UnknownModel, UsageError
from fidesdev.services.record_rules import mapped_classes
from fidesdev.services.workspace import Workspace

if TYPE_CHECKING:
    from fidesdev.adapters.records_sql import Database


@contextmanager
def opened_records(workspace: Workspace, *, reading: bool) -> Iterator[Database]:
    """The records of the workspace's database, in one transaction.

    What the database refuses outside `refusals` is an error without a model.
    """
    url = workspace.database
    database: Database
    if url.backend == "sqlite":
        from fidesdev.adapters.records_sqlite import opened_sqlite

        with opened_sqlite(url.database) as database, refusals(database, None):
            yield database
        return
    from fidesdev.adapters.records_postgres import opened_postgres

    with opened_postgres(url, reading=reading) as database, refusals(database, None):
        yield database


@contextmanager
def opened_model(
    workspace: Workspace, text: str, *, reading: bool = False
) -> Iterator[tuple[Database, Model]]:
    """The database, and the table that is meant; what it refuses, is told of that table."""
    with opened_records(workspace, reading=reading) as database:
        model = database.model(find_table(database, text))
        with refusals(database, model):
            yield database, model


@contextmanager
def refusals(
    database: Database, model: Model | None, values: Mapping[str, Given] | None = None
) -> Iterator[None]:
    """Run the block; a refusal by the database is one of our errors, and everything is undone."""
    try:
        yield
    except Exception as error:
        explained = database.explain(error, model, values or {})
        if explained is None:
            raise
        raise explained from error


def find_table(database: Database, text: str) -> TableName:
    """The table of this name, in any spelling that only one has; else that of a mapped class.

    Raises `UnknownModel` with the nearest names, and `AmbiguousModel`.
    """
    tables = database.tables()
    for spelling in (_exactly, _loosely):
        found = [table for table in tables if text and spelling(table, text)]
        if len(found) > 1:
            found = [table for table in found if table.visible] or found
        if len(found) > 1:
            raise AmbiguousModel(text, tuple(f"{table.schema}.{table.name}" for table in found))
        if found:
            return found[0]
    classes = mapped_classes()
    own = [table for table in tables if table.visible and table.name == classes.get(text)]
    if own:
        return own[0]
    known = [*(name for name, table in classes.items() if _has(tables, table)), *map(str, tables)]
    raise UnknownModel(text, database.title, nearest(text, known))


def resolved(workspace: Workspace, model: Model, values: Mapping[str, object]) -> dict[str, Given]:
    """The values with the contents of the files that they name; raises `UnknownField`."""
    require_fields(model, tuple(values))
    return {name: _content(workspace.cwd, name, given(value)) for name, value in values.items()}


def _content(folder: Path, field: str, value: Given) -> Given:
    if not isinstance(value, FromFile):
        return value
    from fidesdev.adapters.record_files import read_content

    content = read_content(folder / value.path)
    if not value.is_json:
        return Raw(content)
    try:
        return Json(parse_json(content.decode()))
    except ValueError as error:
        raise UsageError(
            f"{value.path} holds no JSON: {error}",
            hint=f"For text write {field}=@{value.path}.",
            field=field,
        ) from error


def _exactly(table: TableName, text: str) -> bool:
    return text in {table.name, f"{table.schema}.{table.name}"}


def _loosely(table: TableName, text: str) -> bool:
    """`PrivacyRequest` is `privacyrequest`, and `ManualTask` is `manual_task`."""
    return _bare(text) in {_bare(table.name), _bare(f"{table.schema}.{table.name}")}


def _bare(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _has(tables: tuple[TableName, ...], name: str) -> bool:
    return any(table.name == name and table.visible for table in tables)
