"""How large the tables of a database are, by its statistics: no table is read."""

from __future__ import annotations

from contextlib import closing

from fidesdev.adapters.postgres import connect
from fidesdev.core.url import DatabaseUrl

_SQL = """
SELECT lower(relname), max(reltuples)::bigint
FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind IN ('r', 'p', 'm') AND nspname NOT IN ('information_schema', 'fidesdev')
  AND nspname NOT LIKE 'pg\\_%' AND (relkind <> 'r' OR reltuples > 0 OR relpages = 0)
GROUP BY 1
"""


def read_row_estimates(url: DatabaseUrl) -> dict[str, int]:
    """By name in lower case, about how many rows; -1 for a table that was never analysed."""
    with closing(connect(url)) as connection:
        cursor = connection.cursor()
        cursor.execute(_SQL)
        return {name: max(rows, -1) for name, rows in cursor.fetchall()}
