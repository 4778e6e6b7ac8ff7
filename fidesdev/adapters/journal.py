"""Where the moves of a database are recorded: in the database itself, or in a file.

`TableJournal` and `FileJournal` do the same; a database that had both, because a role without
the right to create a schema moved it too, is read from both.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import heapq
import os
import re
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Protocol

from fidesdev import __version__
from fidesdev.adapters.journal_file import FileJournal
from fidesdev.adapters.journal_tables import TableJournal
from fidesdev.core.journal import (
    JournalMove,
    JournalSource,
    Note,
    Origin,
    Outcome,
    PlannedStep,
    RanStep,
)
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import JournalRefused


class Journal(Protocol):
    """One place where moves are recorded."""

    def begin(
        self, command: str, before: frozenset[str], origin: Origin, steps: Sequence[PlannedStep]
    ) -> int:
        """Record that a move begins, and keep its sources; the move's id. Raises `JournalFailed`.

        A move that is still called running belongs to a process that is gone, since whoever
        begins one holds the lock: it is recorded as interrupted.
        """

    def remember(self, move: int, snapshot: str) -> None:
        """Record where the database is kept as it was before the move, as far as that can be."""

    def note(self, move: int, steps: Sequence[PlannedStep]) -> Note | None:
        """What records the steps in the transaction that they run in, where that can be."""

    def end(
        self,
        move: int,
        outcome: Outcome,
        after: frozenset[str] | None,
        error: str | None,
        steps: Sequence[RanStep],
    ) -> None:
        """Record how the move ended, as far as that can be.

        `steps` are those that were carried out and kept. `after` is None where
        nobody could look where the database stands.
        """

    def moves(self, limit: int | None = None) -> tuple[JournalMove, ...]:
        """What was recorded, newest first."""

    def source(self, revision: str) -> JournalSource | None:
        """The source of a revision as it last ran here."""

    def close(self) -> None:
        """Let go of what is open."""


def writable_journal(
    url: DatabaseUrl, mode: str, file: Path, *, apart: bool = False
) -> Journal | None:
    """The journal that a move is to be recorded in; None where it is off.

    `mode` is the setting; with `auto`, `file` is used where the database does not take a schema
    of ours (or is better left `apart`), and nothing is recorded where neither can be written.
    Raises `JournalRefused` where `mode` insists on a place that does not take it.
    """
    if mode == "off" or url.database == ":memory:":
        return None
    reason = None
    if mode != "file" and url.backend == "postgresql" and not apart:
        journal = TableJournal(url)
        if (reason := journal.refusal()) is None:
            return journal
        journal.close()
    if mode == "database":
        raise JournalRefused(
            mode, reason or f"a {url.backend} database keeps its journal in a file"
        )
    beside = FileJournal(file)
    if (reason := beside.refusal()) is None:
        return beside
    if mode == "file":
        raise JournalRefused(mode, reason)
    return None


def recorded_moves(
    url: DatabaseUrl, mode: str, file: Path, limit: int | None = None
) -> tuple[JournalMove, ...]:
    """What was recorded of this database anywhere, newest first.

    Within a journal it is the order in which moves began, whatever the clock said. A move that is
    still called running while nobody holds the lock was interrupted.
    """
    with _readable(url, mode, file) as journals:
        found = [journal.moves(limit) for journal in journals]
    moves = list(islice(heapq.merge(*found, key=lambda move: move.started, reverse=True), limit))
    if any(move.outcome is Outcome.RUNNING for move in moves) and not is_locked(url):
        moves = [_interrupted(move) for move in moves]
    return tuple(moves)


def recorded_source(url: DatabaseUrl, mode: str, file: Path, revision: str) -> JournalSource | None:
    """The source of a revision as it last ran on this database; None where no journal has it."""
    with _readable(url, mode, file) as journals:
        found = [source for journal in journals if (source := journal.source(revision))]
    return max(found, key=lambda source: source.applied, default=None)


def is_locked(url: DatabaseUrl) -> bool:
    """Whether somebody moves the database now."""
    if url.backend == "postgresql":
        with contextlib.closing(TableJournal(url)) as journal:
            return journal.is_locked()
    try:
        with Path(f"{url.database}.fidesdev-lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass  # there is no lock where there is no file
    return False


def file_beside(url: DatabaseUrl, data_dir: Path) -> Path:
    """The journal file of a database: beside a SQLite file, else under `data_dir`."""
    if url.backend == "sqlite":
        return Path(f"{url.database}.fidesdev-journal.jsonl")
    place = re.sub(r"[^\w.-]+", "_", f"{url.host or 'local'}-{url.port or 5432}-{url.database}")
    return data_dir / f"journal-{place}.jsonl"


def origin(branch: str | None, commit: str | None, *, dirty: bool | None) -> Origin:
    """Who runs this process, from a checkout at `commit`."""
    try:
        who = getpass.getuser()
    except (OSError, KeyError):  # a container's user often has no name
        who = str(os.getuid())
    return Origin(who, socket.gethostname(), commit, branch, dirty, __version__)


def _interrupted(move: JournalMove) -> JournalMove:
    running = move.outcome is Outcome.RUNNING
    return replace(move, outcome=Outcome.INTERRUPTED) if running else move


@contextlib.contextmanager
def _readable(url: DatabaseUrl, mode: str, file: Path) -> Iterator[Iterable[Journal]]:
    """Every journal that this database may have."""
    with ExitStack() as opened:
        journals: list[Journal] = []
        if mode != "off" and file.exists():
            journals.append(FileJournal(file))
        if mode in {"auto", "database"} and url.backend == "postgresql":
            journals.append(TableJournal(url))
        for journal in journals:
            opened.callback(journal.close)
        yield journals
