"""Databases for trials: made, copied, put back and dropped; none survives its run for long."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from fidesdev.adapters.database_attributes import identifier
from fidesdev.adapters.database_copies import creation, drop
from fidesdev.adapters.server_statements import Server, lock, run_alone, server_of
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import CopyRunning, FidesdevError

PREFIX = "fidesdev_scratch_"


class Scratch(Protocol):
    """One database for trials."""

    @property
    def url(self) -> DatabaseUrl:
        """Where it is; the same after `become`."""

    def become(self, other: Scratch) -> None:
        """Be a copy of the other one, which nobody uses meanwhile."""


@contextmanager
def scratch_database(beside: DatabaseUrl) -> Iterator[Scratch]:
    """A new, empty database of the same kind, on the same server; dropped afterwards.

    Those of runs that were killed are dropped first. Raises `CopyFailed` and what connecting does.
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
        found.create()
        try:
            yield found
        finally:
            found.remove()


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


def _drop_leftovers(server: Server) -> None:
    """Drop the databases whose run holds their lock no more."""
    query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
    for (name,) in server.rows(query, (PREFIX,)):
        with suppress(CopyRunning, FidesdevError):
            lock(server, name, patience=0)
            drop(server, name)
