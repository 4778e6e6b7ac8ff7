"""Roles of a server that own a database, and all that fidesdev makes of it, for one test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from psycopg2 import sql

from fidesdev.core.url import DatabaseUrl
from tests.conftest import execute
from tests.requests_tables import ask

WITHOUT_SPARES = "[fidesdev.snapshots]\nspares = 0\n"
"""For .fides.toml."""
_COPIES = """
SELECT DISTINCT datname FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid
JOIN pg_roles r ON r.oid = s.refobjid WHERE rolname = '{}' AND datname <> current_database()
"""


@contextmanager
def role(database: DatabaseUrl, options: str, password: str) -> Iterator[DatabaseUrl]:
    """The database's URL for a new role; what the role has made elsewhere goes with it.

    A command that makes spare copies makes them in the background, still: see `WITHOUT_SPARES`.
    """
    name = f"role_{database.database}"
    who = sql.Identifier(name)
    text = sql.SQL(f"CREATE ROLE {{}} LOGIN {options} PASSWORD {{}}")
    execute(database, text.format(who, sql.Literal(password)))
    try:
        yield replace(database, user=name, password=password)
    finally:
        for (copy,) in ask(database, _COPIES.format(name)):
            dropped = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            execute(database, dropped.format(sql.Identifier(copy)))
        for end in ("REASSIGN OWNED BY {} TO CURRENT_USER", "DROP OWNED BY {}", "DROP ROLE {}"):
            execute(database, sql.SQL(end).format(who))
