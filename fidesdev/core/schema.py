"""Schemas as values: every object with its definition, and what differs between two of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True, order=True)
class SchemaObject:
    """One object of a schema; kind and name together are its identity."""

    kind: str
    """`table`, `column`, `index`, `constraint`, `enum`, `comment`, `privileges` ..."""
    name: str
    """Qualified and quoted where need be: `public.ctl_systems.name`."""
    definition: str
    """All that it is, as text; two objects are equal when their texts are."""

    def __str__(self) -> str:
        """The object in one line."""
        return " ".join(f"{self.kind} {self.name} {self.definition}".split())


@dataclass(frozen=True)
class Catalog:
    """Every object of a schema, whatever the order in which it was made."""

    objects: frozenset[SchemaObject] = field(repr=False)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all definitions: equal for equal schemas."""
        rows = [(one.kind, one.name, one.definition) for one in sorted(self.objects)]
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()

    def of_kind(self, kind: str) -> dict[str, str]:
        """The definitions of one kind by name."""
        return {one.name: one.definition for one in self.objects if one.kind == kind}


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of one table."""

    rows: int
    checksum: int
    """Of the rows in any order."""


@dataclass(frozen=True, slots=True, order=True)
class SchemaChange:
    """One object that two schemas do not have in common."""

    kind: str
    name: str
    before: str | None
    """Its definition in the first schema; None: it is not there."""
    after: str | None
    """Its definition in the second schema."""

    @property
    def verb(self) -> str:
        """What happened on the way from the first to the second: added, removed or changed."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


@dataclass(frozen=True, slots=True)
class SchemaDiff:
    """What differs between two schemas, ordered by kind and name."""

    changes: tuple[SchemaChange, ...]

    def __bool__(self) -> bool:
        return bool(self.changes)


def compare(before: Catalog, after: Catalog) -> SchemaDiff:
    """What it takes to come from one schema to the other; empty for equal ones."""
    old = _by_identity(before.objects - after.objects)
    new = _by_identity(after.objects - before.objects)
    changes = [
        SchemaChange(kind, name, old.get((kind, name)), new.get((kind, name)))
        for kind, name in old.keys() | new.keys()
    ]
    return SchemaDiff(tuple(sorted(changes, key=lambda one: (one.kind, one.name))))


def _by_identity(objects: Iterable[SchemaObject]) -> Mapping[tuple[str, str], str]:
    return {(one.kind, one.name): one.definition for one in objects}
