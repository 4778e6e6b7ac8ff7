"""What is to be seen of a database between two steps of a trial: its schema and its rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from fidesdev.adapters.catalog import VersionTable, read_catalog
from fidesdev.adapters.catalog_reader import CatalogReader, Seen
from fidesdev.adapters.row_checksums import checksums_of, row_checksums
from fidesdev.adapters.sample_rows import fill_empty_tables
from fidesdev.core.schema import Catalog, TableRows
from fidesdev.core.url import DatabaseUrl


class Sight(Protocol):
    """One database between steps, which nobody changes while it is looked at."""

    def catalog(self) -> Catalog:
        """Its schema."""

    def fill(self) -> bool:
        """Make rows up for tables without any; whether a table has made-up rows now."""

    def rows(self, written: Collection[int] | None) -> Mapping[str, TableRows]:
        """Of each table; `written` are the OIDs of those changed since, None: any may be."""

    def close(self) -> None:
        """Let go of the database."""


def sight_of(url: DatabaseUrl, without: Collection[VersionTable]) -> Sight:
    """A look at the database; the tables `without` do not count."""
    return (_FileSight if url.backend == "sqlite" else _Sight)(url, without)


class _FileSight:
    def __init__(self, url: DatabaseUrl, without: Collection[VersionTable]) -> None:
        self._url, self._without = url, without

    def catalog(self) -> Catalog:
        return read_catalog(self._url, self._without)

    def fill(self) -> bool:
        return False

    def rows(self, written: Collection[int] | None) -> Mapping[str, TableRows]:  # noqa: ARG002 - all
        return row_checksums(self._url, self._without)

    def close(self) -> None:
        """Nothing stays open."""


class _Sight:
    """Reads what changed since the look before, by one connection."""

    def __init__(self, url: DatabaseUrl, without: Collection[VersionTable]) -> None:
        from fidesdev.adapters.postgres import connect

        self._without = without
        self._connection = connect(url, autocommit=True)
        self._reader = CatalogReader(self._connection, without)
        self._seen: Seen | None = None
        self._unfilled: set[int] = set()
        self._refused: frozenset[int] = frozenset()
        self._is_filled = False
        self._rows: dict[str, TableRows] | None = None

    def catalog(self) -> Catalog:
        self._seen = self._reader.read(self._seen)
        self._unfilled |= self._seen.touched
        return self._seen.catalog

    def fill(self) -> bool:
        """Tables that changed; those that took no row before too, once another has some."""
        names = {name for name, _schema in self._without}
        while self._unfilled:
            done = fill_empty_tables(self._connection, names, self._unfilled)
            if self._rows is not None:
                self._rows |= checksums_of(self._connection, self._without, done.filled)
            self._is_filled = self._is_filled or bool(done.filled)
            again = self._refused - self._unfilled if done.filled else frozenset()
            self._refused = (self._refused - self._unfilled) | done.refused
            self._unfilled = set(again)
        return self._is_filled

    def rows(self, written: Collection[int] | None) -> Mapping[str, TableRows]:
        if self._rows is None or written is None:
            self._rows = checksums_of(self._connection, self._without)
        elif written:
            self._rows |= checksums_of(self._connection, self._without, written)
        return dict(self._rows)

    def close(self) -> None:
        self._connection.close()
