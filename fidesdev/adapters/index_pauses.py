"""Tables without their indexes for as long as very many rows are written, in one transaction.

An index that is made afterwards is sorted once, where row by row it is searched each time. Others
wait until the transaction ends, and find every index again whichever way it ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from psycopg2 import errors, sql

from fidesdev.adapters.requests_catalog import Tables

_INDEXES = """
SELECT n.nspname, i.relname, pg_get_indexdef(x.indexrelid)
  FROM pg_index AS x
  JOIN pg_class AS i ON i.oid = x.indexrelid
  JOIN pg_namespace AS n ON n.oid = i.relnamespace
  JOIN pg_class AS t ON t.oid = x.indrelid
 WHERE x.indrelid = to_regclass(quote_ident(%s))
   AND t.relkind = 'r' AND pg_has_role(t.relowner, 'USAGE')
   AND x.indisvalid AND NOT x.indisunique AND NOT x.indisexclusion AND NOT x.indisclustered
   AND i.reltablespace = 0 AND obj_description(i.oid) IS NULL
 ORDER BY i.relname
"""
"""Those that the statement in `pg_get_indexdef` makes again as they are, and that check nothing."""
_MEMORY = "SET LOCAL maintenance_work_mem = '128MB'"


@contextmanager
def without_indexes(tables: Tables, names: Collection[str]) -> Iterator[int]:
    """The tables without the indexes that check nothing; how many that are.

    None where somebody is using the tables, or the role may not lock them.
    """
    cursor = tables.connection.cursor()
    found: list[tuple[str, str, str]] = []
    for name in names if _lock(tables, tuple(names)) else ():
        cursor.execute(_INDEXES, (name,))
        found += cursor.fetchall()
    for schema, index, _statement in found:
        cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(schema, index)))
    yield len(found)
    cursor.execute(_MEMORY)
    for _schema, _index, statement in found:
        cursor.execute(statement)


def _lock(tables: Tables, names: tuple[str, ...]) -> bool:
    """Whether nobody else uses the tables, nor may until the transaction ends."""
    if not names:
        return False
    cursor = tables.connection.cursor()
    cursor.execute("SAVEPOINT unlocked")
    try:
        cursor.execute(
            sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT").format(
                sql.SQL(", ").join(map(sql.Identifier, names))
            )
        )
    except (errors.LockNotAvailable, errors.InsufficientPrivilege):
        cursor.execute("ROLLBACK TO SAVEPOINT unlocked")
        return False
    return True


def estimated_rows(tables: Tables, name: str) -> int:
    """About how many rows the table has, as the last ANALYZE counted."""
    cursor = tables.connection.cursor()
    cursor.execute(
        "SELECT greatest(reltuples, 0)::bigint FROM pg_class"
        " WHERE oid = to_regclass(quote_ident(%s))",
        (name,),
    )
    found = cursor.fetchone()
    return int(found[0]) if found else 0
