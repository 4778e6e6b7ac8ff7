"""What removing requests does to rows of other tables, counted along the foreign keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg2 import sql

from fidesdev.adapters.request_conditions import where
from fidesdev.adapters.requests_catalog import REQUESTS, Tables
from fidesdev.core.request_filters import Selection
from fidesdev.core.request_review import RowEffect
from fidesdev.errors import StillReferenced

ACTIONS = {"c": "cascade", "n": "set null", "d": "set default", "a": "no action", "r": "restrict"}
_DEEPEST = 8
"""How far cascades are followed; Fides' own end after two tables."""
_KEYS = """
SELECT k.conrelid, n.nspname, t.relname, k.confdeltype::text,
       ARRAY(SELECT attname::text FROM unnest(k.conkey) WITH ORDINALITY AS c (number, place)
               JOIN pg_attribute ON attrelid = k.conrelid AND attnum = number ORDER BY place),
       ARRAY(SELECT attname::text FROM unnest(k.confkey) WITH ORDINALITY AS c (number, place)
               JOIN pg_attribute ON attrelid = k.confrelid AND attnum = number ORDER BY place)
  FROM pg_constraint AS k JOIN pg_class AS t ON t.oid = k.conrelid
  JOIN pg_namespace AS n ON n.oid = t.relnamespace
 WHERE k.contype = 'f' AND k.confrelid = %s AND k.conparentid = 0
 ORDER BY n.nspname, t.relname, k.conname
"""


@dataclass(frozen=True, slots=True)
class _Removed:
    """Rows that go: of the table, those named by the condition on its alias `r`."""

    oid: int
    name: sql.Composable
    condition: sql.Composable


def removal_effects(tables: Tables, selection: Selection) -> tuple[RowEffect, ...]:
    """The rows that go or lose their reference with the selected requests.

    Raises `StillReferenced` when there are rows for which the database would refuse.
    """
    cursor = tables.connection.cursor()
    cursor.execute("SELECT to_regclass(%s)::oid", (REQUESTS,))
    ((oid,),) = cursor.fetchall()
    start = _Removed(oid, sql.Identifier(REQUESTS), where(tables.catalog, selection))
    found = tuple(effect for effect in _followed(tables, start, 0) if effect.rows)
    blocking = tuple(
        (effect.table, effect.column, effect.rows)
        for effect in found
        if effect.action in {"no action", "restrict"}
    )
    if blocking:
        raise StillReferenced(blocking)
    return found


def _followed(tables: Tables, removed: _Removed, depth: int) -> Iterator[RowEffect]:
    cursor = tables.connection.cursor()
    cursor.execute(_KEYS, (removed.oid,))
    for oid, schema, table, action, columns, referred in cursor.fetchall():
        condition = sql.SQL("({}) IN (SELECT {} FROM {} AS r WHERE {})").format(
            _columns(columns), _columns(referred), removed.name, removed.condition
        )
        name = sql.Identifier(schema, table)
        count = tables.connection.cursor()
        count.execute(sql.SQL("SELECT count(*) FROM {} AS r WHERE {}").format(name, condition))
        ((rows,),) = count.fetchall()
        yield RowEffect(table, ", ".join(columns), rows, ACTIONS[action])
        if action == "c" and rows and depth < _DEEPEST and oid != removed.oid:
            yield from _followed(tables, _Removed(oid, name, condition), depth + 1)


def _columns(names: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL("r.{}").format(sql.Identifier(name)) for name in names)
