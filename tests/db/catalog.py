"""What a PostgreSQL database holds, by its own catalog, as plain values that can be compared.

`python -m tests.db.catalog URL > tests/db/fides_columns.json` on a Fides database writes the facts
that the migrations are compared with; the file's are of ethyca/fides 96aa40cba7 (2026-05-01).
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2

TABLES = (
    "auditlog",
    "client",
    "executionlog",
    "fidesuser",
    "policy",
    "privacyrequest",
    "providedidentity",
    "rule",
)
FIDES: dict[str, Any] = json.loads(
    (Path(__file__).parent / "fides_columns.json").read_text(encoding="utf-8") or "{}"
)

_COLUMNS = """
    SELECT c.relname, json_agg(
        a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
        ORDER BY a.attnum
    )
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    GROUP BY 1
"""
_INDEXES = """
    SELECT tablename, json_object_agg(indexname, indexdef ORDER BY indexname)
    FROM pg_indexes WHERE schemaname = 'public' GROUP BY 1
"""
# NOT NULL became a constraint in PostgreSQL 18; here it is a property of the column
_CONSTRAINTS = """
    SELECT conrelid::regclass::text,
        json_object_agg(conname, pg_get_constraintdef(oid) ORDER BY conname)
    FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype <> 'n'
    GROUP BY 1
"""
_ENUMS = """
    SELECT t.typname, json_agg(e.enumlabel ORDER BY e.enumsortorder)
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
    WHERE t.typnamespace = 'public'::regnamespace GROUP BY 1
"""
_EXTENSIONS = "SELECT extname, extversion FROM pg_extension WHERE extname <> 'plpgsql'"


def catalog(url: str) -> dict[str, Any]:
    """Tables (columns in order, indexes, constraints), enum types and extensions, by name."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:

        def rows(statement: str) -> dict[str, Any]:
            cursor.execute(statement)
            return dict(cursor.fetchall())

        columns, indexes, constraints = rows(_COLUMNS), rows(_INDEXES), rows(_CONSTRAINTS)
        return {
            "tables": {
                name: {
                    "columns": columns[name],
                    "indexes": indexes.get(name, {}),
                    "constraints": constraints.get(name, {}),
                }
                for name in sorted(columns)
            },
            "enums": rows(_ENUMS),
            "extensions": rows(_EXTENSIONS),
        }


def facts(url: str) -> dict[str, Any]:
    """The part of a catalog that is about our tables: they, and the enum types they use."""
    found = catalog(url)
    tables = {name: found["tables"][name] for name in TABLES}
    used = {column.split()[1] for table in tables.values() for column in table["columns"]}
    return {
        "tables": tables,
        "enums": {name: found["enums"][name] for name in sorted(used & set(found["enums"]))},
    }


if __name__ == "__main__":
    json.dump(facts(sys.argv[1]), sys.stdout, indent=1)
    sys.stdout.write("\n")
