"""What Fides does beside what a table says: ids, keys, names and the time of the last change.

The same as `db.base_class.Base` does, for every table that looks like one of Fides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import uuid4

from fidesdev.core.field_values import Given, Json, Text
from fidesdev.core.records import WITHHELD, Model, Record
from fidesdev.core.selection import Condition
from fidesdev.db.keys import key_from
from fidesdev.errors import InvalidValue, KeyOrNameAlreadyExists, UsageError

if TYPE_CHECKING:
    from fidesdev.adapters.records_sql import Database

Values = Mapping[str, Given]


def mapped_classes() -> dict[str, str]:
    """Table by name of the class, for every class in `fidesdev/models/`."""
    from fidesdev.db.base import Base

    return {
        mapper.class_.__name__: str(mapper.class_.__tablename__) for mapper in Base.registry.mappers
    }


def for_creation(database: Database, model: Model, values: Values) -> dict[str, Given]:
    """The values of a new row, with those that Fides gives it."""
    from fidesdev.adapters.records_sql import count

    _refuse_computed(model, values)
    filled = dict(values)
    if not model.is_fides:
        return filled
    if filled.get("id", Json(None)) == Json(None):
        filled["id"] = Text(f"{model.table.name[:3]}_{uuid4()}")
    if not _is_mapped(model):
        return filled
    if model.column("key"):
        filled["key"] = Text(key_from(_plain(filled), model=model.name))
    name = filled.get("name", Json(None))
    if model.column("name") is None or name == Json(None):
        return filled
    if database.rows(count(database, model, [Condition("name", name)]))[0][0]:
        raise KeyOrNameAlreadyExists(model.name, {"name": str(_plain(filled)["name"])})
    return filled


def for_change(database: Database, model: Model, values: Values) -> dict[str, Given]:
    """The new values of a row, with the time of the change."""
    _refuse_computed(model, values)
    filled = dict(values)
    if not model.is_fides:
        return filled
    filled.setdefault("updated_at", Text(database.now()))
    if "key" in filled and _is_mapped(model):
        filled["key"] = Text(key_from(_plain(filled), model=model.name))
    return filled


def shown(model: Model, record: Record) -> Record:
    """The record with `***` for what nobody needs to see."""
    hidden = {name: WITHHELD for name in model.secrets if record[name] is not None}
    return {**record, **hidden}


def _refuse_computed(model: Model, values: Values) -> None:
    for name, given in values.items():
        column = model.column(name)
        if column is None:
            continue
        if column.generated:
            raise UsageError(
                f"{model.name}.{name} is computed by the database and takes no value",
                hint=f"Leave it out; see 'fidesdev models show {model.name}'.",
                field=name,
            )
        if name in model.secrets and given in (Text(WITHHELD), Json(WITHHELD)):
            raise _withheld(model, name, column.type)


def _withheld(model: Model, name: str, type_: str) -> InvalidValue:
    return InvalidValue(
        model.name,
        name,
        WITHHELD,
        type_=type_,
        allowed="the value itself; leave the field out to keep what is there",
        reason="that stands for a value which is not shown",
    )


def _is_mapped(model: Model) -> bool:
    """Whether a class is mapped to the table, and has a key or a name to be looked after."""
    if model.column("key") is None and model.column("name") is None:
        return False
    return model.table.visible and model.table.name in mapped_classes().values()


def _plain(values: Values) -> dict[str, object]:
    return {
        name: given.value if isinstance(given, Json) else getattr(given, "text", None)
        for name, given in values.items()
    }
