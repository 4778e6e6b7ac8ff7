"""What a worker is asked to look at while a plan runs on a copy, and what its answers mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from fidesdev.adapters.catalog import VersionTable, catalog_objects, catalog_query
from fidesdev.adapters.sessions import Facts, Listen
from fidesdev.core.planner import Plan
from fidesdev.core.rehearsal import Observed, SeenLock, SeenStatement, strongest
from fidesdev.core.schema import Catalog, compare
from fidesdev.core.snapshot_diffs import RowsChange
from fidesdev.core.url import DatabaseUrl

_HERE = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
_NAME = "quote_ident(nspname) || '.' || quote_ident(relname)"
_USERS = "nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'fidesdev')"
_LOCKS = f"""
SELECT l.relation::bigint, replace(l.mode, 'Lock', '') FROM pg_locks l
LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = relnamespace) ON c.oid = l.relation
WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted AND l.{_HERE}
AND (c.oid IS NULL OR (relkind IN ('r', 'p', 'm', 'v', 'f') AND {_USERS}))
"""  # noqa: S608 - nothing comes from outside
_TABLES = f"""
SELECT c.oid::bigint, {_NAME}, CASE relkind WHEN 'r' THEN 'ONLY ' || {_NAME} END,
(SELECT concat_ws(' ', txid_current_if_assigned(), pg_relation_filenode(c.oid),
        pg_stat_get_xact_tuples_inserted(c.oid), pg_stat_get_xact_tuples_deleted(c.oid))
 FROM pg_locks l WHERE l.pid = pg_backend_pid() AND l.relation = c.oid AND l.{_HERE}
 AND mode NOT IN ('AccessShareLock', 'RowShareLock') LIMIT 1)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind IN ('r', 'p', 'm', 'v', 'f') AND {_USERS}
"""  # noqa: S608 - nothing comes from outside
_SQLITE_TABLES = """
SELECT name, name, '"' || replace(name, '"', '""') || '"', total_changes() FROM sqlite_master
WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
"""


@dataclass
class Witness:
    """Asks, hears the answers, and keeps what each step did; the steps are counted from 0."""

    queries: Mapping[str, str] = field(default_factory=dict)
    """What the worker looks at, by name; nothing where statements alone are wanted."""
    backend: str = "postgresql"
    without: VersionTable = ("alembic_version", "")
    """What is not the users'."""
    steps: dict[int, Observed] = field(default_factory=dict)
    held: dict[int, tuple[SeenLock, ...]] = field(default_factory=dict)
    """The locks that a step found when it began."""
    _names: dict[Any, str] = field(default_factory=dict)
    _first: frozenset[Any] = frozenset()

    def listener(self, plan: Plan, also: Listen) -> Listen:
        """What hears the worker's events while the plan runs; the others are passed on."""

        def listen(event: Facts) -> None:
            if event["event"] in {"sent", "seen"}:
                step = event["step"]
                self._hear({**event, "step": step and step - len(plan.redundant)})
            else:
                also(event)

        return listen

    def _hear(self, event: Facts) -> None:
        if event["event"] == "sent":
            self._hear_sent(event)
        elif event["name"] == "schema":
            self._hear_schema(event)
        else:
            self._hear_tables(event)

    def _hear_sent(self, event: Facts) -> None:
        statements = tuple(
            SeenStatement(
                sql=one["sql"].strip(),
                line=one["line"],
                times=one["times"],
                seconds=round(one["seconds"], 6),
                locks=strongest(self._locks(one["locks"])),
                alone=one["alone"],
            )
            for one in event["statements"]
        )
        late = self._locks(event["late"])
        locks = strongest([*(lock for one in statements for lock in one.locks), *late])
        self.held[event["step"]] = tuple(self._locks(event["held"]))
        self.steps[event["step"]] = Observed(round(event["seconds"], 6), statements, locks)

    def _hear_schema(self, event: Facts) -> None:
        if event["step"] is None:
            return
        gone, new = (self._catalog(event[which]) for which in ("gone", "new"))
        self._note(event, schema=compare(gone, new).changes)

    def _hear_tables(self, event: Facts) -> None:
        """Tables are told apart by their key, so that one that is renamed stays the same."""
        before = {key: (name, rows) for key, name, rows in event["gone"]}
        after = {key: (name, rows) for key, name, rows in event["new"]}
        self._names |= {key: name for key, (name, _rows) in after.items()}
        if event["step"] is None:
            self._first = frozenset(after)
            return
        changes = (
            RowsChange(name, rows, after.get(key, ("", None))[1])
            for key, (name, rows) in before.items()
            if rows is not None and rows != after.get(key, ("", None))[1]
        )
        wanted = (one for one in changes if not self._is_left_out(one.table))
        self._note(event, rows=tuple(sorted(wanted, key=lambda one: one.table)))

    def _note(self, event: Facts, **found: Any) -> None:
        self.steps[event["step"]] = replace(self.steps[event["step"]], **found)

    def _locks(self, rows: Iterable[Sequence[Any]]) -> list[SeenLock]:
        """Those on what was there before the plan: for what it makes itself nobody waits."""
        found = (SeenLock(self._names[key], mode) for key, mode in rows if key in self._first)
        return [one for one in found if not self._is_left_out(one.name)]

    def _catalog(self, rows: Iterable[Sequence[Any]]) -> Catalog:
        return catalog_objects(self.backend, rows, (self.without,))

    def _is_left_out(self, name: str) -> bool:
        table, schema = self.without
        own, _, alone = name.rpartition(".")
        return alone == table and (not schema or own == schema)


def witness(url: DatabaseUrl, version_table: VersionTable) -> Witness:
    """One that looks at everything there is to see in a database of this kind."""
    if url.backend == "sqlite":
        queries = {"tables": _SQLITE_TABLES, "schema": catalog_query("sqlite")[1]}
        return Witness(queries, "sqlite", version_table)
    from fidesdev.adapters.postgres import connect

    with closing(connect(url)) as connection:
        settings, schema = catalog_query("postgresql", connection.server_version)
    queries = {"locks": _LOCKS, "tables": _TABLES, "settings": settings, "schema": schema}
    return Witness(queries, "postgresql", version_table)
