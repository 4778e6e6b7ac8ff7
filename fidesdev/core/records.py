"""Records as values: what a table is made of, and one report per verb.

A record is a mapping of column to JSON value. What JSON has no type for is text as the database
writes it: numerics, dates (times in UTC), ranges, addresses; binary is `\\x` and hexadecimal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

Record = Mapping[str, object]
LIMIT = 50
"""Records of a page when nobody says how many."""
WITHHELD = "***"
"""What stands where a value is there and is not shown."""
SECRETS = frozenset({"hashed_password", "hashed_secret", "salt", "totp_secret"})
"""Columns of Fides' tables that nobody needs to see."""


class Kind(StrEnum):
    """How the values of a column are read and written."""

    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    JSON = "json"
    STRUCTURE = "structure"
    """An array or a composite type: a list or an object in JSON."""
    BINARY = "binary"
    TIME = "time"
    """A moment: a timestamp with its time zone."""
    OTHER = "other"
    """Everything else: text in the database's own syntax."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    type: str
    """As the database writes it: `character varying(255)`, `privacyrequeststatus`, `text[]`."""
    kind: Kind
    nullable: bool = True
    default: str | None = None
    labels: tuple[str, ...] = ()
    """Of an enum, or of an array of one, in the enum's order."""
    length: int | None = None
    """The most characters that it holds."""
    generated: bool = False
    """Whether the database computes it, so that nobody may give it a value."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key."""

    name: str
    table: str
    """Where the key is: the referring table."""
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: str
    """`no action`, `restrict`, `cascade`, `set null` or `set default`."""


@dataclass(frozen=True, slots=True)
class TableName:
    """A table or view that the database has."""

    schema: str
    name: str
    is_view: bool = False
    visible: bool = True
    """Whether the name alone finds it."""
    id: int = 0
    """PostgreSQL's number of it."""
    rows: int | None = None
    """How many rows it is estimated to have; None where nobody has counted."""

    def __str__(self) -> str:
        return self.name if self.visible else f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Model:
    """A table as records see it."""

    table: TableName
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """The columns that name a row; empty where nothing does."""
    unique: tuple[tuple[str, ...], ...] = ()
    """Every set of columns that is unique by a constraint or index, the key included."""
    locator: str = ""
    """What orders the rows of a table without a key: `ctid`, `rowid`; empty for a view."""

    @property
    def name(self) -> str:
        """The name that commands take."""
        return str(self.table)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def is_fides(self) -> bool:
        """Whether it has what every model of Fides has: a text `id` and two timestamps."""
        id_ = self.column("id")
        has_times = self.column("created_at") and self.column("updated_at")
        is_own = id_ is not None and id_.kind is Kind.TEXT and id_.default is None
        return self.key == ("id",) and is_own and bool(has_times)

    @property
    def secrets(self) -> frozenset[str]:
        """The fields whose values are not shown."""
        return SECRETS.intersection(self.fields) if self.is_fides else frozenset()

    def column(self, name: str) -> Column | None:
        """The column, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class RecordList:
    """Records in the order that was asked for."""

    model: str
    key: tuple[str, ...]
    fields: tuple[str, ...]
    records: tuple[Record, ...]
    next: str | None
    """The cursor of the records after these; None when there are none, or no key to go on by."""
    more: bool


@dataclass(frozen=True, slots=True)
class RecordDetail:
    """One record."""

    model: str
    key: tuple[str, ...]
    record: Record


@dataclass(frozen=True, slots=True)
class RecordsWritten:
    """Records that were written, or with `executed` false would be."""

    model: str
    created: int
    updated: int
    records: tuple[Record, ...]
    """Those that the command line gave; a file's are only counted."""
    executed: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What happened to the rows of another table."""

    table: str
    deleted: int
    updated: int
    """Rows that lost their reference."""


@dataclass(frozen=True, slots=True)
class RecordsDeleted:
    """Records that were deleted, or with `executed` false would be."""

    model: str
    deleted: int
    effects: tuple[Effect, ...]
    """What foreign keys and triggers do to other tables, or to more rows of this one."""
    executed: bool


def summed(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """The effects on each table as one, without those that are none."""
    sums: dict[str, Effect] = {}
    for effect in effects:
        before = sums.get(effect.table, Effect(effect.table, 0, 0))
        sums[effect.table] = Effect(
            effect.table, before.deleted + effect.deleted, before.updated + effect.updated
        )
    return tuple(effect for effect in sums.values() if effect.deleted or effect.updated)
