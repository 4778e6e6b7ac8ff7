"""Databases for trials: made, copied, put back and dropped; none survives its run for long."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from fidesdev.adapters.database_attributes import identifier, opening, statements
from fidesdev.adapters.database_copies import (
    copy_database,
    creation,
    drop,
    for_copying,
    read_attributes,
)
from fidesdev.adapters.server_statements import Server, lock, run_alone, run_together, server_of
from fidesdev.adapters.sqlite_copies import copy_file
from fidesdev.core.snapshots import CopyStarted, Listener, ignore
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import CopyRunning, DatabaseMissing, FidesdevError

PREFIX = "fidesdev_scratch_"


class Scratch(Protocol):
    """One database for trials."""

    @property
    def url(self) -> DatabaseUrl:
        """Where it is; the same after `become`."""

    def become(self, other: Scratch) -> None:
        """Be a copy of the other one, which nobody uses meanwhile."""

    def copy(self, of: DatabaseUrl, on_event: Listener) -> None:
        """Be a copy of a database that others use; it is not there yet."""


@contextmanager
def scratch_database(beside: DatabaseUrl, *, empty: bool = True) -> Iterator[Scratch]:
    """A new, empty database of the same kind, on the same server; dropped afterwards.

    Unless it is to be `empty`, it is not there yet. Those of runs that were killed are dropped
    first. Raises `CopyFailed` and what connecting does.
    """
    if beside.backend == "sqlite":
        with TemporaryDirectory(prefix="fidesdev-") as folder:
            yield _File(replace(beside, database=str(Path(folder) / "scratch.db")))
        return
    with server_of(beside) as server:
        _drop_leftovers(server)
        name = f"{PREFIX}{uuid.uuid4().hex[:16]}"
        lock(server, name)
        found = _Database(server, beside.with_database(name))
        try:
            if empty:
                found.create()
            yield found
        finally:
            found.remove()


@contextmanager
def scratch_copy(of: DatabaseUrl, on_event: Listener = ignore) -> Iterator[Scratch]:
    """A copy of the database, made as a snapshot is: connections to it are ended.

    Raises what `for_copying` does, `CopyFailed` and `DatabaseMissing`.
    """
    with scratch_database(of, empty=False) as scratch:
        scratch.copy(of, on_event)
        yield scratch


@dataclass(frozen=True, slots=True)
class _Database:
    server: Server
    url: DatabaseUrl

    def create(self) -> None:
        """From PostgreSQL's own template that nobody writes to."""
        from psycopg2.sql import SQL

        statement = SQL("CREATE DATABASE {} TEMPLATE template0").format(
            identifier(self.url.database)
        )
        self.server.run(statement)

    def become(self, other: Scratch) -> None:
        from psycopg2.sql import SQL

        name, source = self.url.database, other.url.database
        drop(self.server, name)
        run_alone(self.server, source, creation(self.server, source, name))
        opened = SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(identifier(name))
        self.server.run(opened)

    def copy(self, of: DatabaseUrl, on_event: Listener) -> None:
        """With the settings that belong to the database and not to its contents."""
        name = self.url.database
        with for_copying(of) as server:
            attributes = read_attributes(server, of.database)
            if attributes is None:
                raise DatabaseMissing(of.database, of.address)
            ((size,),) = server.rows("SELECT pg_database_size(%s)", (of.database,))
            on_event(CopyStarted(of.database, size))
            copy_database(server, of.database, name)
            opened = replace(attributes, comment=None, is_template=False, connection_limit=-1)
            run_together(server, [*statements(attributes, name), *opening(opened, name)])

    def remove(self) -> None:
        """Drop it."""
        with suppress(FidesdevError):  # the next run drops what cannot be dropped now
            drop(self.server, self.url.database)


@dataclass(frozen=True, slots=True)
class _File:
    """A file that nobody has open between two runs."""

    url: DatabaseUrl

    def become(self, other: Scratch) -> None:
        path, source = Path(self.url.database), Path(other.url.database)
        for beside in ("-wal", "-shm", "-journal"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
        path.write_bytes(source.read_bytes() if source.exists() else b"")

    def copy(self, of: DatabaseUrl, on_event: Listener) -> None:
        """By SQLite's own backup, while others use it."""
        if (file := Path(of.database)).exists():
            on_event(CopyStarted(of.database, file.stat().st_size))
            copy_file(file, Path(self.url.database))


def _drop_leftovers(server: Server) -> None:
    """Drop the databases whose run holds their lock no more."""
    query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
    for (name,) in server.rows(query, (PREFIX,)):
        with suppress(CopyRunning, FidesdevError):
            lock(server, name, patience=0)
            drop(server, name)
