"""Snapshots on PostgreSQL to and from files in pg_dump's custom format.

What is known of a snapshot is the comment on its database, which pg_dump writes too: any dump of
one says whose it is, and every PostgreSQL can restore it without us.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fidesdev.adapters import database_copies as copies
from fidesdev.adapters.database_attributes import identifier
from fidesdev.adapters.dump_programs import Programs, read_dump
from fidesdev.adapters.new_files import new_file
from fidesdev.adapters.server_statements import Server, server_of
from fidesdev.adapters.snapshot_contents import readable
from fidesdev.core.snapshot_files import (
    DumpContents,
    OnProgress,
    Progress,
    judge,
    program_errors,
)
from fidesdev.core.snapshots import KIND, Snapshot, mark
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import CopyFailed, TransferFailed

if TYPE_CHECKING:
    from psycopg2.sql import Composable

_JOBS = 4
"""Connections of a restore, at most."""
_TABLES = """
SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind = 'r' AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
"""


def export_snapshot(
    url: DatabaseUrl,
    snapshot: Snapshot,
    file: Path,
    *,
    environ: Mapping[str, str],
    force: bool,
    on_progress: OnProgress,
) -> int:
    """Write the snapshot to the file; its size. Raises `TransferFailed`, `ProgramTooOld` ..."""
    program = programs(url, environ).dump()
    with readable(url, snapshot) as opened, new_file(file, replace=force) as part:
        total = _tables(opened)

        def told(done: int) -> None:
            on_progress(Progress("export", snapshot.name, done, total))

        code, said = replace(programs(opened, environ), url=opened).run(
            (program, "--format", "custom", "--file", part), told
        )
        if code:
            raise _failed("pg_dump", f"could not export {snapshot.name!r}", said)
        return part.stat().st_size


def look_into(url: DatabaseUrl, file: Path, environ: Mapping[str, str]) -> DumpContents:
    """What the dump holds; raises `NotADump`, `ProgramTooOld`, `CommandMissing`."""
    return read_dump(programs(url, environ).restore(file), file)


@dataclass(frozen=True, slots=True)
class Source:
    """A dump to import."""

    file: Path
    contents: DumpContents
    revisions: Callable[[DatabaseUrl], tuple[str, ...]]
    """Reads the rows of the version table of what was restored."""


def import_dump(
    url: DatabaseUrl,
    snapshot: Snapshot,
    source: Source,
    *,
    environ: Mapping[str, str],
    older: Sequence[Snapshot],
    on_progress: OnProgress,
) -> tuple[Snapshot, tuple[str, ...]]:
    """Make a snapshot of the dump, which is there when it is complete; it and the missing roles.

    It takes the place of `older` ones. Raises `TransferFailed`, `CopyFailed`, `CopyRunning`.
    """
    made = copies.making_name(url.database)
    target = url.with_database(made)
    with copies.exclusively(url) as server:
        _create(server, made, source.contents.options)

        def told(done: int) -> None:
            on_progress(Progress("import", snapshot.name, done, source.contents.tables))

        tools = Programs(target, environ, server.connection.server_version)
        roles = _restore(tools, source.file, told)
        known = replace(snapshot, revisions=source.revisions(target))
        return _keep(server, made, known, older), roles


def _restore(tools: Programs, file: Path, on_step: Callable[[int], object]) -> tuple[str, ...]:
    """Fill the database of the programs' URL; the roles that the dump names and that are not here.

    What belongs or is granted to them is not: a dump of another machine is to be of use here.
    """
    jobs = min(_JOBS, os.cpu_count() or 1)
    code, said = tools.run((tools.restore(file), "--jobs", str(jobs), str(file)), on_step)
    serious, roles = judge(program_errors(said))
    if serious or (code and not roles and not program_errors(said)):
        raise _failed("pg_restore", f"could not import {file}", serious or said)
    return roles


def programs(url: DatabaseUrl, environ: Mapping[str, str]) -> Programs:
    """The programs for the server of the URL."""
    with server_of(url) as server:
        return Programs(url, environ, server.connection.server_version)


def _create(server: Server, made: str, options: str) -> None:
    """An empty database with the encoding and locale of the dump, where this server has them."""
    from psycopg2.sql import SQL

    text = SQL("CREATE DATABASE {} TEMPLATE template0 ").format(identifier(made))
    try:
        server.run(text + SQL(options.replace("{", "{{").replace("}", "}}")))
    except CopyFailed:
        server.run(text)


def _keep(server: Server, made: str, snapshot: Snapshot, older: Sequence[Snapshot]) -> Snapshot:
    attributes = copies.read_attributes(server, made)
    assert attributes is not None
    ((size,),) = server.rows("SELECT pg_database_size(%s)", (made,))
    kept = replace(snapshot, bytes=size)
    server.run(_closing(made))
    facts = {**kept.facts(), "attributes": attributes.facts()}
    names = [old.storage for old in older]
    copies.keep(server, made, kept.storage, text=mark(KIND, facts), instead_of=names)
    for name in names:
        copies.drop(server, name)
    return kept


def _closing(database: str) -> Composable:
    from psycopg2.sql import SQL

    return SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(identifier(database))


def _tables(url: DatabaseUrl) -> int:
    from contextlib import closing

    from fidesdev.adapters.postgres import connect

    with closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(_TABLES)
        row = cursor.fetchone()
        assert row is not None
        return int(row[0])


def _failed(program: str, what: str, said: Sequence[str]) -> TransferFailed:
    reasons = program_errors(list(said)) or list(said)
    reason = "; ".join(dict.fromkeys(reasons[:3])) or "it does not say why"
    return TransferFailed(
        f"{program} {what}: {reason}",
        hint="See what it says; 'fidesdev snapshot list' shows what is there.",
        program=program,
        reason=reason,
    )
