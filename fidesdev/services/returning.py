"""Undoing with the data: the snapshot that was taken before a move, put in the database's place."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from fidesdev.adapters.carried_journal import rows_written_since
from fidesdev.core.journal import JournalMove
from fidesdev.core.reports import Listener, MoveReport, ignore
from fidesdev.core.snapshots import Snapshot
from fidesdev.services import automatic, snapshots
from fidesdev.services.journal import last_move
from fidesdev.services.replacing import replace_database
from fidesdev.services.workspace import Workspace

COMMAND = "db undo"


@dataclass(frozen=True, slots=True)
class Return:
    """A way back by a snapshot, ready to be shown and then carried out."""

    workspace: Workspace = field(repr=False)
    move: JournalMove = field(repr=False)
    """The one that is undone."""
    snapshot: Snapshot
    before: frozenset[str]
    written: int | None
    """Rows inserted or changed since that move; None where nobody can tell."""

    @property
    def loss(self) -> str:
        """What somebody has to agree to."""
        return f"{self._lost}; this restores snapshot {self.snapshot.name!r}"

    @property
    def report(self) -> MoveReport:
        """What it would do; nothing was changed."""
        when = f"{self.move.started:%Y-%m-%d %H:%M} UTC"
        note = f"This undoes 'fidesdev {self.move.command}' of {when} with its data; {self._lost}."
        return MoveReport(
            before=self.before,
            after=frozenset(self.snapshot.revisions),
            steps=(),
            executed=False,
            seconds=0.0,
            note=note,
            restored=self.snapshot.name,
        )

    @property
    def _lost(self) -> str:
        if self.written is None:
            return "whatever was written since is lost"
        if self.written == 0:
            return "no row was written since"
        rows = "1 row that was" if self.written == 1 else f"{self.written:,} rows that were"
        return f"{rows} written since {'is' if self.written == 1 else 'are'} lost"


def undo(workspace: Workspace) -> Return | None:
    """How the last move is undone with its data; None where no snapshot has them.

    `undoing.undo` does it by scripts. Raises `NothingRecorded`.
    """
    rows = workspace.recorded().rows
    move = last_move(workspace, rows)
    if not move.has_way_back:
        return None
    for snapshot in snapshots.list_(workspace).snapshots:
        if snapshot.storage == move.snapshot and set(snapshot.revisions) == set(move.before):
            written = rows_written_since(workspace.database, move.id)
            return Return(workspace, move, snapshot, rows, written)
    return None


def execute(way: Return, *, on_event: Listener = ignore) -> MoveReport:
    """Put the snapshot in the database's place; what is there now becomes a snapshot itself.

    What the journal in the database has recorded since is carried over. Raises what
    `snapshots.restore` does.
    """
    began = time.monotonic()
    workspace, wanted = way.workspace, _to_keep(way.workspace)
    kept = replace_database(
        workspace,
        way.snapshot,
        f"{COMMAND} (snapshot {way.snapshot.name})",
        before=way.before,
        kept=wanted,
        on_event=on_event,
    )
    automatic.forget_oldest(workspace, kept)
    return replace(
        way.report,
        executed=True,
        seconds=round(time.monotonic() - began, 3),
        snapshot=kept.name if kept else None,
    )


def _to_keep(workspace: Workspace) -> Snapshot | None:
    """What the database as it is becomes; None where nobody wants it."""
    if workspace.no_snapshot:
        return None
    name = automatic.unused_name(workspace, COMMAND)
    return snapshots.describe(workspace, name, automatic=True)
