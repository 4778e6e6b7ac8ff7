"""Models: the tables of a database, by reflection; the managed project is never imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fidesdev.core.model_reports import Entity, ModelDetail, ModelDiagram, ModelList, ModelRow
from fidesdev.core.records import Model, Reference, TableName
from fidesdev.services.record_models import find_table, opened_records
from fidesdev.services.record_rules import mapped_classes
from fidesdev.services.workspace import Workspace

if TYPE_CHECKING:
    from fidesdev.adapters.records_sql import Database


def list_(workspace: Workspace) -> ModelList:
    """Every table and view; PostgreSQL estimates their rows, SQLite counts them."""
    with opened_records(workspace, reading=True) as database:
        classes = _classes()
        rows = tuple(_row(table, database, classes) for table in database.tables())
        return ModelList(rows, database.estimates)


def show(workspace: Workspace, name: str) -> ModelDetail:
    """Columns, indexes, checks and foreign keys of one table; raises `UnknownModel`."""
    with opened_records(workspace, reading=True) as database:
        table = find_table(database, name)
        model = database.model(table)
        references = database.references(table)
        indexes, checks = database.rules(table)
        return ModelDetail(
            _row(table, database, _classes()),
            database.estimates,
            model.key,
            model.columns,
            indexes,
            checks,
            tuple(r for r in references if r.table == model.name),
            tuple(r for r in references if r.target == model.name),
        )


def diagram(
    workspace: Workspace, names: Sequence[str] = (), *, every_column: bool = False
) -> ModelDiagram:
    """The named tables with those that they refer to, or all; raises `UnknownModel`.

    Without `every_column` a table shows its key and its references.
    """
    with opened_records(workspace, reading=True) as database:
        tables = {str(table): table for table in database.tables() if not table.is_view}
        references = database.references()
        wanted = {str(find_table(database, name)) for name in names}
        near = {r.target for r in references if r.table in wanted}
        chosen = sorted((wanted | near) & tables.keys()) if names else sorted(tables)
        entities = []
        for name in chosen:
            full = every_column and (not names or name in wanted)
            entities.append(_entity(database.model(tables[name]), references, full=full))
        shown = tuple(r for r in references if {r.table, r.target} <= set(chosen))
        return ModelDiagram(tuple(entities), shown)


def _row(table: TableName, database: Database, classes: Mapping[str, str]) -> ModelRow:
    mapped = classes.get(table.name) if table.visible else None
    rows = database.counted(table) if table.rows is None else table.rows
    return ModelRow(str(table), table.schema, mapped, table.is_view, rows)


def _classes() -> dict[str, str]:
    """Class by table."""
    return {table: class_ for class_, table in mapped_classes().items()}


def _entity(model: Model, references: Sequence[Reference], *, full: bool) -> Entity:
    referring = {name for r in references if r.table == model.name for name in r.columns}
    shown = referring | set(model.key)
    columns = tuple(c for c in model.columns if full or c.name in shown)
    return Entity(model.name, model.key, columns)
