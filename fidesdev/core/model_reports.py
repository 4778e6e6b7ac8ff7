"""Models as values: the tables of a database, what one is made of, how they refer to each other."""

from __future__ import annotations

from dataclasses import dataclass

from fidesdev.core.records import Column, Reference


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One table or view of a list."""

    name: str
    schema: str
    mapped: str | None
    """The class in `fidesdev/models/`, if any."""
    is_view: bool
    rows: int | None
    """How many rows it has or is estimated to have; None where nobody has counted."""


@dataclass(frozen=True, slots=True)
class ModelList:
    """The tables of a database, in the order of their names."""

    models: tuple[ModelRow, ...]
    estimated: bool
    """Whether the numbers are the database's own estimates."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that every row fulfils."""

    name: str
    condition: str


@dataclass(frozen=True, slots=True)
class ModelDetail:
    """What one table is made of."""

    model: ModelRow
    estimated: bool
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...]
    checks: tuple[Check, ...]
    references: tuple[Reference, ...]
    """The foreign keys that it has."""
    referenced_by: tuple[Reference, ...]
    """The foreign keys of others (or its own) that point to it."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One table of a diagram."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class ModelDiagram:
    """Tables and the foreign keys between them."""

    entities: tuple[Entity, ...]
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file with its text."""

    path: str
    text: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class ModelAdded:
    """A model that was written, or with `executed` false would be."""

    model: str
    table: str
    files: tuple[SourceFile, ...]
    revision: str | None
    """The revision that makes the table; None as long as it is not written."""
    path: str | None
    """The file of the revision."""
    executed: bool
