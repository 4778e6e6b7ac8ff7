"""What belongs to a database and not to its contents, and which a copy therefore lacks.

`CREATE DATABASE ... TEMPLATE` copies neither owner nor privileges, settings (of the database and
of roles in it), comment and connection limit.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg2.sql import Composable

QUERY = """
SELECT pg_get_userbyid(d.datdba) AS owner,
       t.spcname AS tablespace,
       d.datconnlimit AS connection_limit,
       d.datistemplate AS is_template,
       d.datallowconn AS allows_connections,
       shobj_description(d.oid, 'pg_database') AS comment,
       CASE WHEN d.datacl IS NOT NULL THEN coalesce((
           SELECT json_agg(json_build_array(
                      pg_get_userbyid(a.grantor),
                      CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END,
                      a.privilege_type, a.is_grantable)
                  ORDER BY a.grantor <> d.datdba, a.number)
             FROM aclexplode(d.datacl) WITH ORDINALITY
                  AS a(grantor, grantee, privilege_type, is_grantable, number)), '[]') END
           AS privileges,
       coalesce((
           SELECT json_agg(json_build_array(
                      CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END,
                      split_part(c.entry, '=', 1),
                      substr(c.entry, strpos(c.entry, '=') + 1))
                  ORDER BY s.setrole, c.number)
             FROM pg_db_role_setting s, unnest(s.setconfig) WITH ORDINALITY AS c(entry, number)
            WHERE s.setdatabase = d.oid), '[]') AS settings
  FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace
 WHERE d.datname = %s
"""
"""One row with the fields of `Attributes`."""

LISTS = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)
"""Settings that hold a list of quoted names; `SET` takes each name by itself. As in pg_dump."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """Everything about a database but what is in it."""

    owner: str
    tablespace: str
    connection_limit: int
    is_template: bool
    allows_connections: bool
    comment: str | None
    privileges: tuple[tuple[str, str | None, str, bool], ...] | None
    """Grantor, grantee (None: everybody), privilege, with grant option; None: never granted."""
    settings: tuple[tuple[str | None, str, str], ...]
    """Role (None: every role), name, value as the catalog holds it."""

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Attributes:
        """The attributes from a row, or as they were written down; `facts` is the other way."""
        granted = facts["privileges"]
        return cls(
            **{
                **facts,
                "privileges": None if granted is None else tuple(map(tuple, granted)),
                "settings": tuple(map(tuple, facts["settings"])),
            }
        )

    def facts(self) -> dict[str, Any]:
        """The attributes in JSON's types."""
        return asdict(self)


def statements(attributes: Attributes, name: str) -> Iterator[Composable]:
    """What gives a database its owner, privileges and settings."""
    from psycopg2.sql import SQL

    database = identifier(name)
    yield SQL("ALTER DATABASE {} OWNER TO {}").format(database, identifier(attributes.owner))
    if attributes.privileges is not None:
        owner = identifier(attributes.owner)
        yield SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC, {}").format(database, owner)
    for grantor, grantee, privilege, grantable in attributes.privileges or ():
        grant = SQL("GRANT {} ON DATABASE {} TO {}{}").format(
            SQL(privilege),
            database,
            SQL("PUBLIC") if grantee is None else identifier(grantee),
            SQL(" WITH GRANT OPTION") if grantable else SQL(""),
        )
        yield from [grant] if grantor == attributes.owner else _as_role(grantor, grant)
    for role, setting, value in attributes.settings:
        yield _setting(database, role, setting, value)


def opening(attributes: Attributes, name: str) -> Iterator[Composable]:
    """What gives a database its comment and lets in whom it should."""
    from psycopg2.sql import SQL, Literal

    yield SQL("COMMENT ON DATABASE {} IS {}").format(identifier(name), Literal(attributes.comment))
    yield SQL("ALTER DATABASE {} CONNECTION LIMIT {} IS_TEMPLATE {} ALLOW_CONNECTIONS {}").format(
        identifier(name),
        Literal(attributes.connection_limit),
        Literal(attributes.is_template),
        Literal(attributes.allows_connections),
    )


def identifier(name: str) -> Composable:
    """The name, quoted."""
    from psycopg2.sql import Identifier

    return Identifier(name)


def _as_role(role: str, grant: Composable) -> Iterator[Composable]:
    """A grant by somebody to whom the privilege was granted."""
    from psycopg2.sql import SQL

    yield SQL("SET LOCAL ROLE {}").format(identifier(role))
    yield grant
    yield SQL("SET LOCAL ROLE NONE")


def _setting(database: Composable, role: str | None, setting: str, value: str) -> Composable:
    from psycopg2.sql import SQL, Identifier, Literal

    names = next(csv.reader([value], skipinitialspace=True), [""]) if setting in LISTS else [value]
    whose = (
        SQL("ALTER DATABASE {}").format(database)
        if role is None
        else SQL("ALTER ROLE {} IN DATABASE {}").format(identifier(role), database)
    )
    return SQL("{} SET {} TO {}").format(
        whose,
        SQL(".").join(map(Identifier, setting.split("."))),
        SQL(", ").join(map(Literal, names)),
    )
