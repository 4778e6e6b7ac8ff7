"""The journal in a PostgreSQL database: schema `fidesdev` with tables move, step and source."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fidesdev.adapters import journal_schema
from fidesdev.core.journal import (
    SCHEMA,
    JournalMove,
    JournalSource,
    JournalStep,
    Note,
    Origin,
    Outcome,
    PlannedStep,
    RanStep,
)
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import JournalFailed, Unavailable

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

_NOTE = "SELECT fidesdev.note({move}, CAST(:steps AS text))"
_TABLES = 3


class TableJournal:
    """A journal in the database that it is about; connects when it is first asked."""

    def __init__(self, url: DatabaseUrl) -> None:
        self._url = url
        self._opened: Connection | None = None

    def refusal(self) -> str | None:
        """Why the database cannot hold the journal; None where it can, and then it does."""
        ((exists, may_create, on_path, tables),) = self._run(journal_schema.PROBE)
        if on_path:
            return f"schema {SCHEMA!r} would be where unqualified names are looked up"
        if tables == _TABLES:
            return None
        if not (exists or may_create):
            return f"role {self._url.user!r} may not create schema {SCHEMA!r}"
        return self._create()

    def begin(
        self, command: str, before: frozenset[str], origin: Origin, steps: Sequence[PlannedStep]
    ) -> int:
        sources = {step.sha256: step.source for step in steps if step.source}
        ((id_,),) = self._run(
            journal_schema.BEGIN,
            {
                **asdict(origin),
                "command": command,
                "before": sorted(before),
                "hashes": list(sources),
                "texts": list(sources.values()),
            },
        )
        assert isinstance(id_, int)
        return id_

    def remember(self, move: int, snapshot: str) -> None:
        from psycopg2 import errors

        values = {"move": move, "snapshot": snapshot}
        with self._explained():
            try:
                self._send(journal_schema.REMEMBER, values)
            except errors.UndefinedColumn:
                with contextlib.suppress(errors.InsufficientPrivilege):  # another role's tables
                    self._send(journal_schema.EXTEND)
                    self._send(journal_schema.REMEMBER, values)

    def note(self, move: int, steps: Sequence[PlannedStep]) -> Note | None:
        facts = tuple(self._storable(step.facts) for step in steps)
        return Note(_NOTE.format(move=move), facts)

    def end(
        self,
        move: int,
        outcome: Outcome,
        after: frozenset[str] | None,
        error: str | None,
        steps: Sequence[RanStep],
    ) -> None:
        rows = None if after is None else sorted(after)
        values = {"outcome": outcome.value, "after": rows, "error": error, "move": move}
        with contextlib.suppress(Unavailable):
            try:
                noted = self._run(journal_schema.END, values)
            except JournalFailed:  # the connection was idle for too long, or ended
                noted = self._run(journal_schema.END, values)
            if noted and noted[0][0] < len(steps):
                filled = json.dumps(self._storable(_ran(steps)))
                self._run(journal_schema.FILL, {"move": move, "steps": filled})

    def moves(self, limit: int | None = None) -> tuple[JournalMove, ...]:
        rows = self._read(journal_schema.MOVES, {"limit": limit})
        return tuple(_move(row) for row in rows)

    def source(self, revision: str) -> JournalSource | None:
        for row in self._read(journal_schema.SOURCE, {"revision": revision}):
            id_, text, hash_, branch, commit, parents, depends_on, path, applied = row
            return JournalSource(
                id_,
                bytes(text),
                hash_,
                branch,
                commit,
                tuple(parents),
                tuple(depends_on),
                path,
                applied.astimezone(UTC),
            )
        return None

    def is_locked(self) -> bool:
        """Whether somebody moves the database now."""
        ((locked,),) = self._run(journal_schema.LOCKED)
        return bool(locked)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def _create(self) -> str | None:
        """Make the schema; why it could not be made."""
        import psycopg2

        try:
            self._send(journal_schema.CREATE)
        except psycopg2.Error as error:
            self._run("ROLLBACK")
            return str(error.diag.message_primary or error)
        return None

    def _read(self, statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows; none where there is no journal, or none that this role may read."""
        from psycopg2 import errors

        with (
            self._explained(),
            contextlib.suppress(errors.UndefinedTable, errors.InsufficientPrivilege),
        ):
            return self._send(statement, values)
        return []

    def _run(
        self, statement: str, values: Mapping[str, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """The rows; raises `JournalFailed`."""
        with self._explained():
            return self._send(statement, values)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Raise what the server says, or that it is gone, as one of our errors."""
        import psycopg2

        try:
            yield
        except psycopg2.Error as error:
            reason = error.diag.message_primary or str(error).strip().partition("\n")[0]
            raise JournalFailed(repr(self._url.database), reason) from error

    def _send(
        self, statement: str, values: Mapping[str, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, self._storable(values))
            return cursor.fetchall() if cursor.description else []

    def _storable(self, value: Any) -> Any:
        """The value with its texts spelled so that a database in an older encoding takes them."""
        if self._connection.info.parameter_status("server_encoding") == "UTF8":
            return value
        if isinstance(value, str):
            return value.encode("ascii", "backslashreplace").decode()
        if isinstance(value, Mapping):
            return {key: self._storable(item) for key, item in value.items()}
        return [self._storable(item) for item in value] if isinstance(value, list) else value

    @property
    def _connection(self) -> Connection:
        from fidesdev.adapters.postgres import connect

        if self._opened is None or self._opened.closed:
            self._opened = connect(self._url, autocommit=True)
        return self._opened


def _ran(steps: Sequence[RanStep]) -> list[dict[str, Any]]:
    """Steps as `note` takes them, where it could not write them in the steps' own transaction."""
    return [
        {**step.planned.facts, "started": step.started.timestamp(), "seconds": step.seconds}
        for step in steps
    ]


def _move(row: Sequence[Any]) -> JournalMove:
    id_, command, before, after, started, finished, outcome, *others, steps = row
    who, host, commit, branch, dirty, version, error, snapshot = others
    return JournalMove(
        id=id_,
        command=command,
        before=tuple(before),
        after=None if after is None else tuple(after),
        started=started.astimezone(UTC),
        finished=finished and finished.astimezone(UTC),
        seconds=round((finished - started).total_seconds(), 3) if finished else None,
        outcome=Outcome(outcome),
        who=who,
        host=host,
        commit=commit,
        branch=branch,
        dirty=dirty,
        version=version,
        error=error,
        snapshot=snapshot,
        steps=tuple(_journal_step(step) for step in steps),
    )


def _journal_step(values: Sequence[Any]) -> JournalStep:
    number, revision, parents, depends_on, direction, hash_, path, started, seconds, outcome = (
        values
    )
    return JournalStep(
        number,
        revision,
        tuple(parents),
        tuple(depends_on),
        direction,
        hash_,
        path,
        datetime.fromtimestamp(float(started), UTC),
        seconds,
        Outcome(outcome),
    )
