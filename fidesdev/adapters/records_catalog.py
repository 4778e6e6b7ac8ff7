"""What PostgreSQL's catalog says of tables: only the one that is asked for is looked into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fidesdev.core.model_reports import Check, Index
from fidesdev.core.records import Column, Kind, Model, Reference, TableName

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

_TABLES = """
SELECT n.nspname, c.relname, c.relkind IN ('v', 'm'), pg_table_is_visible(c.oid), c.oid,
       CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint ELSE s.n_live_tup END
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema'
   AND n.nspname NOT LIKE 'pg\\_%'
 ORDER BY n.nspname, c.relname
"""
_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), b.typname, b.typcategory, b.typtype,
       NOT (a.attnotnull OR t.typnotnull), a.attidentity, a.attgenerated,
       coalesce(pg_get_expr(d.adbin, d.adrelid), t.typdefault),
       ARRAY(SELECT enumlabel::text FROM pg_enum
              WHERE enumtypid IN (b.oid, b.typelem) ORDER BY enumsortorder),
       CASE WHEN b.typname IN ('varchar', 'bpchar') THEN
            nullif(greatest(greatest(a.atttypmod, t.typtypmod) - 4, 0), 0) END
  FROM pg_attribute a
  JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_type b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
"""
_UNIQUE = """
SELECT ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (num, place)
               JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num
              WHERE k.place <= i.indnkeyatts ORDER BY k.place),
       i.indisprimary
  FROM pg_index i
 WHERE i.indrelid = %s AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
   AND i.indexprs IS NULL
 ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid
"""
_REFERENCES = """
SELECT r.conname, r.conrelid::regclass::text, names.own, r.confrelid::regclass::text, names.other,
       r.confdeltype
  FROM pg_constraint r,
       LATERAL (SELECT array_agg(a.attname::text ORDER BY k.place) AS own,
                       array_agg(b.attname::text ORDER BY k.place) AS other
                  FROM unnest(r.conkey, r.confkey) WITH ORDINALITY AS k (own, other, place)
                  JOIN pg_attribute a ON a.attrelid = r.conrelid AND a.attnum = k.own
                  JOIN pg_attribute b ON b.attrelid = r.confrelid AND b.attnum = k.other) AS names
 WHERE r.contype = 'f' AND r.conparentid = 0
   AND (%(id)s = 0 OR r.conrelid = %(id)s OR r.confrelid = %(id)s)
 ORDER BY 2, 1
"""
_INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = %s ORDER BY 1
"""
_CHECKS = """
SELECT conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE conrelid = %s AND contype IN ('c', 'x') ORDER BY 1
"""
_LOCATED = "SELECT relkind IN ('r', 'm') FROM pg_class WHERE oid = %s"
_ON_DELETE = {
    "a": "no action",
    "r": "restrict",
    "c": "cascade",
    "n": "set null",
    "d": "set default",
}
_KINDS = {
    "int2": Kind.INTEGER,
    "int4": Kind.INTEGER,
    "int8": Kind.INTEGER,
    "float4": Kind.FLOAT,
    "float8": Kind.FLOAT,
    "bool": Kind.BOOLEAN,
    "json": Kind.JSON,
    "jsonb": Kind.JSON,
    "bytea": Kind.BINARY,
    "timestamptz": Kind.TIME,
    "text": Kind.TEXT,
    "varchar": Kind.TEXT,
    "bpchar": Kind.TEXT,
    "citext": Kind.TEXT,
    "uuid": Kind.TEXT,
}


def read_tables(connection: Connection) -> tuple[TableName, ...]:
    """Every table and view of the database but PostgreSQL's own."""
    return tuple(TableName(*row) for row in _rows(connection, _TABLES))


def read_model(connection: Connection, table: TableName) -> Model:
    """What one table is made of."""
    columns = tuple(_column(*row) for row in _rows(connection, _COLUMNS, (table.id,)))
    unique = [(tuple(names), first) for names, first in _rows(connection, _UNIQUE, (table.id,))]
    needed = {column.name for column in columns if not column.nullable}
    keys = [names for names, primary in unique if primary or needed.issuperset(names)]
    ((located,),) = _rows(connection, _LOCATED, (table.id,))
    return Model(
        table,
        columns,
        key=keys[0] if keys else (),
        unique=tuple(names for names, _primary in unique),
        locator="ctid" if located and not keys else "",
    )


def read_references(connection: Connection, table: TableName | None) -> tuple[Reference, ...]:
    """Every foreign key, or those of and to one table."""
    rows = _rows(connection, _REFERENCES, {"id": table.id if table else 0})
    return tuple(
        Reference(name, own, tuple(columns), target, tuple(others), _ON_DELETE[action])
        for name, own, columns, target, others, action in rows
    )


def read_rules(
    connection: Connection, table: TableName
) -> tuple[tuple[Index, ...], tuple[Check, ...]]:
    """The indexes and checks of one table, as SQL."""
    indexes = tuple(Index(*row) for row in _rows(connection, _INDEXES, (table.id,)))
    return indexes, tuple(Check(*row) for row in _rows(connection, _CHECKS, (table.id,)))


def converted(column: Column) -> str:
    """The query that makes of `{"v": VALUE}` what the column holds."""
    type_ = column.type.replace("%", "%%")  # written by the catalog, which quotes it
    return f"SELECT v FROM json_to_record(%s) AS x (v {type_})"  # noqa: S608 - see above


def _column(  # noqa: PLR0913, PLR0917 - a row of _COLUMNS
    name: str,
    type_: str,
    base: str,
    category: str,
    form: str,
    nullable: bool,
    identity: str,
    generated: str,
    default: str | None,
    labels: list[str],
    length: int | None,
) -> Column:
    structured = (category == "A" and base not in {"int2vector", "oidvector"}) or form == "c"
    return Column(
        name,
        type_,
        Kind.STRUCTURE if structured else _KINDS.get(base, Kind.OTHER),
        nullable=nullable,
        default="identity" if identity else default,
        labels=tuple(labels),
        length=length,
        generated=bool(generated) or identity == "a",
    )


def _rows(connection: Connection, query: str, values: Any = None) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.execute(query, values)
    return cursor.fetchall()
