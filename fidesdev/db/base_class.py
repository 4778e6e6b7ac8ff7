"""The base class of every model: identity, timestamps and the methods that read and write rows.

    policy = Policy.create(db, data={"name": "Access"})      # key "access", committed
    policy.update(db, data={"execution_timeframe": 45})
    Policy.get_by(db, field="key", value="access")

A model is a subclass in `fidesdev/models/`, imported in `fidesdev/db/base.py`:

    class Book(Base):
        name: Mapped[str] = mapped_column(index=True)
        page_count: Mapped[int | None]

The methods have the names and parameters of Fides' own. They never change the caller's `data`, and
what the database refuses is a `RecordError`, after which the session can be used as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Self
from uuid import uuid4

from sqlalchemy import ColumnElement, DateTime, MetaData, String, func, inspect
from sqlalchemy.orm import DeclarativeBase, Mapped, Query, Session, declared_attr, mapped_column

from fidesdev.db.keys import checked_key, key_from
from fidesdev.db.races import is_unique_by, take_turns
from fidesdev.db.refusals import refusals, savepoint
from fidesdev.errors import DuplicateRecord, KeyOrNameAlreadyExists, UnknownField

# the names that PostgreSQL itself gives to constraints, which are those in a Fides database
NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_name)s_key",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
}
_ATTEMPTS = 3
"""How often `create_or_update` looks again when its row comes and goes under its hands."""


class Base(DeclarativeBase):
    """A row with an id and two timestamps; table name = class name in lower case unless given."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = MappingProxyType({datetime: DateTime(timezone=True)})
    # a row that somebody else deleted first is gone all the same
    __mapper_args__ = {"confirm_deleted_rows": False}  # noqa: RUF012 - typed so by SQLAlchemy

    created_at: Mapped[datetime | None] = mapped_column(server_default=func.now(), sort_order=-2)
    updated_at: Mapped[datetime | None] = mapped_column(
        server_default=func.now(), onupdate=func.now(), sort_order=-1
    )

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 - a declared attribute is called with the class
        return cls.__name__.lower()

    @declared_attr
    def id(cls) -> Mapped[str]:  # noqa: N805 - as above
        """`<first three letters of the table>_<uuid4>`; three letters do not tell tables apart."""
        return mapped_column(
            String(255),
            primary_key=True,
            index=True,
            sort_order=-3,
            default=lambda: f"{cls.__tablename__[:3]}_{uuid4()}",
        )

    # Reading

    @classmethod
    def get(cls, db: Session, *, object_id: Any) -> Self | None:
        """The row with the id, or None."""
        return None if object_id is None else db.get(cls, object_id)

    @classmethod
    def get_by(cls, db: Session, *, field: str, value: Any) -> Self | None:
        """The first row whose field has the value, or None; raises `UnknownField`."""
        return db.query(cls).filter_by(**cls._known({field: value})).first()

    @classmethod
    def get_by_key_or_id(cls, db: Session, *, data: Mapping[str, Any]) -> Self | None:
        """The row with the `id` in data, else (where there is none) with its `key`, or None."""
        field = "id" if data.get("id") is not None else "key"
        if data.get(field) is None or field not in cls._fields():
            return None
        return cls.get_by(db, field=field, value=data[field])

    @classmethod
    def query(cls, db: Session) -> Query[Self]:
        """A query for all rows."""
        return db.query(cls)

    @classmethod
    def all(cls, db: Session) -> list[Self]:
        """All rows."""
        return db.query(cls).all()

    @classmethod
    def filter(cls, db: Session, *, conditions: ColumnElement[bool]) -> Query[Self]:
        """A query for the rows that satisfy the conditions."""
        return db.query(cls).filter(conditions)

    @classmethod
    def get_optional_field_names(cls) -> list[str]:
        """The names of the columns that may be NULL."""
        return [column.name for column in inspect(cls).columns if column.nullable]

    def refresh_from_db(self, db: Session) -> Self | None:
        """The row as the database has it now, or None if it is gone."""
        identity = inspect(self).identity
        return db.get(type(self), identity, populate_existing=True) if identity else None

    # Writing: each commits, except those that say otherwise

    @classmethod
    def create(cls, db: Session, *, data: Mapping[str, Any], check_name: bool = True) -> Self:
        """A new row; a model with keys gets the one given, else its name in snake case.

        `check_name` also refuses a name that a row has already, in a table where names need not
        be unique. Raises `UnknownField`, `KeyValidationError`, `KeyOrNameAlreadyExists`,
        `DuplicateRecord` for other columns, `RecordRefused`.
        """
        values = cls._known(data)
        if "key" in cls._fields():
            values["key"] = key_from(values, model=cls.__name__)
        name = values.get("name") if check_name else None
        if name is not None and cls.get_by(db, field="name", value=name) is not None:
            raise KeyOrNameAlreadyExists(cls.__name__, {"name": name})
        with savepoint(db, cls.__name__):
            record = cls(**values)
            db.add(record)
        return cls.persist_obj(db, record)

    @classmethod
    def create_or_update(
        cls, db: Session, *, data: Mapping[str, Any], check_name: bool = True
    ) -> Self:
        """The row that `get_by_key_or_id` finds, updated; a new one where it finds none.

        When two processes do this at once, one creates the row and the other updates it (at the
        isolation level READ COMMITTED, PostgreSQL's default; at stricter ones it is refused).
        """
        for _ in range(_ATTEMPTS):
            found = cls._locked(db, data)
            if found is not None:
                return found.update(db, data=data)
            try:
                return cls.create(db, data=data, check_name=check_name)
            except DuplicateRecord as error:
                # either a row that came between the look and the insert, or a real clash
                clash = error
        raise clash

    @classmethod
    def get_or_create(cls, db: Session, *, data: Mapping[str, Any]) -> tuple[bool, Self]:
        """Whether a row was created, and the row that has *all* the values of data.

        When two processes do this at once, one creates the row and the other gets it: a unique
        constraint sees to that, and where none covers the data, taking turns does.
        """
        values = cls._known(data)
        found = cls._having(db, values)
        if found is None and not is_unique_by(inspect(cls).local_table, values):
            take_turns(db, cls.__tablename__)
            found = cls._having(db, values)
        if found is not None:
            return False, found
        try:
            return True, cls.create(db, data=data)
        except DuplicateRecord:
            found = cls._having(db, values)
            if found is None:
                raise
            return False, found

    def update(self, db: Session, *, data: Mapping[str, Any]) -> Self:
        """This row with the values of data; after a refusal it is as it was.

        Raises what `create` raises, and `UnknownRecord` when somebody deleted the row.
        """
        values = self._known(data)
        if "key" in values:
            named = {"name": getattr(self, "name", None), **values}
            values["key"] = key_from(named, model=type(self).__name__)
        with savepoint(db, type(self).__name__):
            for field, value in values.items():
                setattr(self, field, value)
            db.add(self)
        return self.persist_obj(db, self)

    def save(self, db: Session) -> Self:
        """This row as it stands in memory; a key is checked when it is new or was changed.

        A refusal rolls the whole transaction back, since the values were set outside a savepoint.
        """
        state = inspect(self)
        if "key" in self._fields() and (state.transient or state.attrs.key.history.has_changes()):
            checked_key(state.attrs.key.value, model=type(self).__name__)
        return self.persist_obj(db, self)

    def delete(self, db: Session) -> Self:
        """This row, deleted; raises `RecordRefused` while other rows refer to it."""
        with savepoint(db, type(self).__name__):
            db.delete(self)
        with refusals(db, type(self).__name__):
            db.commit()
        return self

    @classmethod
    def delete_with_class(cls, db: Session, *, id: str) -> Self | None:  # noqa: A002 - Fides' name
        """The row with the id, deleted, or None if there is none."""
        found = cls.get(db, object_id=id)
        return None if found is None else found.delete(db)

    @classmethod
    def delete_all(cls, db: Session) -> int:
        """How many rows there were; all are deleted. Does not commit."""
        with savepoint(db, cls.__name__):
            return db.query(cls).delete()

    @classmethod
    def update_with_class(
        cls, db: Session, *, conditions: ColumnElement[bool], values: Mapping[str, Any]
    ) -> int:
        """How many rows satisfied the conditions; each now has the values. Does not commit."""
        known = cls._known(values)
        if "key" in known:
            checked_key(known["key"], model=cls.__name__)
        with savepoint(db, cls.__name__):
            return db.query(cls).filter(conditions).update(dict[Any, Any](known))

    @classmethod
    def persist_obj(cls, db: Session, resource: Self) -> Self:
        """The record, committed and read again; override it in a model that commits later."""
        with refusals(db, cls.__name__):
            db.add(resource)
            db.commit()
            db.refresh(resource)
        return resource

    @classmethod
    def _fields(cls) -> tuple[str, ...]:
        """The names that data may have: columns and writable relationships."""
        return tuple(
            attribute.key
            for attribute in inspect(cls).attrs
            if not getattr(attribute, "viewonly", False)
        )

    @classmethod
    def _known(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """A copy of data, all of whose names are fields."""
        fields = cls._fields()
        unknown = tuple(name for name in data if name not in fields)
        if unknown:
            raise UnknownField(cls.__name__, unknown, fields)
        return dict(data)

    @classmethod
    def _having(cls, db: Session, values: Mapping[str, Any]) -> Self | None:
        return db.query(cls).filter_by(**values).first()

    @classmethod
    def _locked(cls, db: Session, data: Mapping[str, Any]) -> Self | None:
        """What `get_by_key_or_id` finds, which then cannot change before it is updated."""
        found = cls.get_by_key_or_id(db, data=data)
        if found is None:
            return None
        with refusals(db, cls.__name__):
            db.flush()  # or locking would forget what the caller changed in memory
        return db.get(cls, found.id, populate_existing=True, with_for_update=True)
