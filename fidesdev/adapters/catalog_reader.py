"""The catalog of one database read again and again, at the cost of what changed in between.

Every row of PostgreSQL's own tables tells in `xmin` which transaction wrote it, and a later
transaction has a higher number. So the number of rows that belong to a relation, and the sum of
their `xmin`, are the same only as long as none of them changed. Definitions are written out for
relations whose sums differ, and for those whose text can name them: views, sequences of theirs,
tables with a foreign key to them, policies and rules. What belongs to no relation is always read;
when something of it is gone or other, or a relation has another name, all is read again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fidesdev.adapters.catalog import VersionTable
from fidesdev.adapters.catalog_queries import others_statement, relations_statement
from fidesdev.core.schema import Catalog, SchemaObject

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

_EPOCH = 1 << 32
_SETTINGS = """
SET search_path = ''; SET jit = off; SET quote_all_identifiers = off; SET DateStyle = 'ISO';
SET plan_cache_mode = force_generic_plan;
"""
_STAMPS = """
PREPARE fidesdev_stamps (bigint) AS
WITH rel AS MATERIALIZED (
    SELECT c.oid, nspname, relname, c.xmin, reltoastrelid,
        relkind IN ('v', 'm') OR relrowsecurity OR relhasrules AS names_others
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND relpersistence <> 't'
        AND nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'fidesdev')
),
idx AS MATERIALIZED (
    SELECT indrelid, indexrelid, i.xmin AS x, c.xmin AS cx FROM pg_index i
    JOIN pg_class c ON c.oid = indexrelid WHERE indrelid >= 16384
),
seq AS MATERIALIZED (
    SELECT objid, refobjid FROM pg_depend WHERE classid = 'pg_class'::regclass
        AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i') AND objid >= 16384
        AND refobjsubid > 0
),
part (id, x) AS (
    SELECT oid, xmin FROM rel
    UNION ALL SELECT r.oid, c.xmin FROM rel r JOIN pg_class c ON c.oid = r.reltoastrelid
    UNION ALL SELECT adrelid, xmin FROM pg_attrdef
    UNION ALL SELECT conrelid, xmin FROM pg_constraint WHERE conrelid >= 16384
    UNION ALL SELECT tgrelid, xmin FROM pg_trigger
    UNION ALL SELECT polrelid, xmin FROM pg_policy
    UNION ALL SELECT ev_class, xmin FROM pg_rewrite WHERE ev_class >= 16384
    UNION ALL SELECT indrelid, x FROM idx
    UNION ALL SELECT indrelid, cx FROM idx
    UNION ALL SELECT coalesce(indrelid, inhrelid), h.xmin FROM pg_inherits h
        LEFT JOIN idx ON indexrelid = inhrelid
    UNION ALL SELECT seqrelid, s.xmin FROM pg_sequence s
    UNION ALL SELECT refobjid, s.xmin FROM pg_sequence s JOIN seq ON objid = seqrelid
    UNION ALL SELECT ftrelid, xmin FROM pg_foreign_table
    UNION ALL SELECT partrelid, xmin FROM pg_partitioned_table
),
stamp AS MATERIALIZED (
    SELECT id, count(*) AS rows, sum(x::text::bigint) AS total FROM part GROUP BY id
)
SELECT oid::bigint, nspname, relname, rows, total::bigint, names_others,
    oid IN (SELECT attrelid FROM pg_attribute
        WHERE attrelid >= 16384 AND xmin::text::bigint >= $1)
FROM rel JOIN stamp ON id = oid
"""
_DEPENDENT = """
PREPARE fidesdev_dependent (oid[]) AS
SELECT conrelid::bigint FROM pg_constraint WHERE confrelid = ANY ($1)
UNION SELECT objid::bigint FROM pg_depend WHERE classid = 'pg_class'::regclass
    AND refclassid = 'pg_class'::regclass AND refobjid = ANY ($1) AND deptype IN ('a', 'i')
"""
_NEXT = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"

Key = tuple[str, str]
"""Schema and name of a relation."""


@dataclass(frozen=True, slots=True)
class _Relation:
    oid: int
    schema: str
    name: str
    rows: int
    total: int
    names_others: bool
    has_new_columns: bool

    @property
    def stamp(self) -> tuple[str, str, int, int]:
        return self.schema, self.name, self.rows, self.total


@dataclass(frozen=True)
class Seen:
    """The catalog at one moment, and how to tell what changed since."""

    next_transaction: int
    relations: Mapping[int, _Relation] = field(repr=False)
    by_relation: Mapping[Key, frozenset[SchemaObject]] = field(repr=False)
    others: frozenset[SchemaObject] = field(repr=False)
    touched: frozenset[int] = frozenset()
    """The OIDs of the relations that were read anew, whether or not they are others now."""

    @property
    def catalog(self) -> Catalog:
        """All objects."""
        return Catalog(self.others.union(*self.by_relation.values()))


class CatalogReader:
    """Reads by one connection, which nobody else uses and which commits by itself.

    Only one session may write to the database, and not while it is read.
    """

    def __init__(self, connection: Connection, without: Collection[VersionTable] = ()) -> None:
        self._connection, self._without = connection, frozenset(without)
        version = connection.server_version
        with connection.cursor() as cursor:
            cursor.execute(_SETTINGS)
            cursor.execute(_STAMPS)
            cursor.execute(_DEPENDENT)
            cursor.execute(f"PREPARE fidesdev_others AS {others_statement(version)}")
            relations = relations_statement(version)
            cursor.execute(f"PREPARE fidesdev_relations (oid[]) AS {relations}")

    def read(self, before: Seen | None = None) -> Seen:
        """What is there now; `before` is what this database was, or the one it is a copy of."""
        next_ = self._number(_NEXT)
        if before is None or before.next_transaction // _EPOCH != next_ // _EPOCH:
            return self._whole(next_)
        relations = self._relations(before.next_transaction % _EPOCH)
        others = self._others()
        renamed = any(
            (one.schema, one.name) != (known.schema, known.name)
            for oid, one in relations.items()
            if (known := before.relations.get(oid))
        )
        if renamed or before.others - others - _remarks(before.others):
            return self._whole(next_, relations, others)
        changed = {oid for oid, one in relations.items() if _differs(one, before)}
        if changed:
            changed |= self._dependent(changed)
            changed |= {oid for oid, one in relations.items() if one.names_others}
        kept = {
            (one.schema, one.name): objects
            for oid, one in relations.items()
            if oid not in changed
            and (objects := before.by_relation.get((one.schema, one.name))) is not None
        }
        found = self._objects(sorted(changed & relations.keys()))
        return Seen(next_, relations, {**kept, **found}, others, frozenset(changed))

    def _whole(
        self,
        next_: int,
        relations: Mapping[int, _Relation] | None = None,
        others: frozenset[SchemaObject] | None = None,
    ) -> Seen:
        relations = self._relations(next_ % _EPOCH) if relations is None else relations
        others = self._others() if others is None else others
        found = self._objects(sorted(relations))
        return Seen(next_, relations, found, others, frozenset(relations))

    def _number(self, query: str) -> int:
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            ((number,),) = cursor.fetchall()
        return int(number)

    def _relations(self, since: int) -> dict[int, _Relation]:
        with self._connection.cursor() as cursor:
            cursor.execute("EXECUTE fidesdev_stamps (%s)", (since,))
            return {row[0]: _Relation(*row) for row in cursor}

    def _dependent(self, oids: Collection[int]) -> set[int]:
        """The relations whose text can name something of these."""
        with self._connection.cursor() as cursor:
            cursor.execute("EXECUTE fidesdev_dependent (%s::oid[])", (list(oids),))
            return {oid for (oid,) in cursor}

    def _others(self) -> frozenset[SchemaObject]:
        with self._connection.cursor() as cursor:
            cursor.execute("EXECUTE fidesdev_others")
            return frozenset(one for _key, one in self._counting(cursor.fetchall()))

    def _objects(self, oids: Sequence[int]) -> dict[Key, frozenset[SchemaObject]]:
        if not oids:
            return {}
        with self._connection.cursor() as cursor:
            cursor.execute("EXECUTE fidesdev_relations (%s::oid[])", (list(oids),))
            found: dict[Key, set[SchemaObject]] = {}
            for key, one in self._counting(cursor.fetchall()):
                found.setdefault(key, set()).add(one)
        return {key: frozenset(objects) for key, objects in found.items()}

    def _counting(
        self, rows: Sequence[tuple[str, str, str, str, str | None]]
    ) -> list[tuple[Key, SchemaObject]]:
        """The objects with the relation they belong to, without those of tables left out."""
        out = self._without
        return [
            ((schema, table), SchemaObject(kind, name, definition or ""))
            for kind, schema, table, name, definition in rows
            if not ((table, schema) in out or (table, "") in out)
        ]


def _differs(one: _Relation, before: Seen) -> bool:
    known = before.relations.get(one.oid)
    return known is None or one.has_new_columns or one.stamp != known.stamp


def _remarks(objects: frozenset[SchemaObject]) -> frozenset[SchemaObject]:
    """What no other definition names."""
    kinds = {"comment", "privileges", "default privileges"}
    return frozenset(one for one in objects if one.kind in kinds)
