"""Looking for what is wrong with a version table, and healing what is provably safe to heal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from fidesdev.adapters.inspection import inspect
from fidesdev.adapters.recorder import Recorded
from fidesdev.core import doctor
from fidesdev.core.doctor import CHECKED, DoctorReport, Finding, LiveSchema
from fidesdev.core.graph import RevisionGraph
from fidesdev.core.journal import JournalMove, JournalStep, applied_steps
from fidesdev.core.planner import Plan
from fidesdev.core.same_upgrade import is_same_upgrade
from fidesdev.core.table_changes import TableChange, made_tables, table_changes
from fidesdev.core.unstamped import unstamped
from fidesdev.errors import GraphError
from fidesdev.services.journal import journal_source, moves
from fidesdev.services.migrations import Move, execute
from fidesdev.services.unknown import sources
from fidesdev.services.unsettled import unsettled
from fidesdev.services.workspace import Workspace

_UNMAKES = re.compile(rb"drop|rename", re.IGNORECASE)


def examine(workspace: Workspace) -> DoctorReport:
    """Everything that is wrong; nothing is changed."""
    recorded = workspace.recorded()
    live = inspect(workspace.database, *workspace.version_table)
    found = [*doctor.invalid_indexes(live.invalid_indexes)]
    try:
        patient = _Patient(workspace, recorded, live, workspace.graph)
    except GraphError as error:
        found += doctor.broken_graph(error.facts["problems"])
        return DoctorReport(tuple(found), CHECKED, recorded.rows, recorded.rows, executed=False)
    found += patient.findings()
    found += doctor.unsettled_rebases(unsettled(workspace, recorded.rows))
    after = recorded.rows - patient.redundant
    return DoctorReport(tuple(found), CHECKED, recorded.rows, after, executed=False)


def heal(workspace: Workspace) -> DoctorReport:
    """Remove redundant rows, which other rows imply; then what is still wrong."""
    recorded = workspace.recorded()
    report = examine(workspace)
    plan = Plan(recorded.rows, report.after, ())
    if not plan.is_empty:
        execute(Move(workspace, plan, recorded, None, "db doctor --fix"))
    left = examine(workspace)
    return DoctorReport(left.findings, CHECKED, recorded.rows, left.after, executed=True)


@dataclass(frozen=True)
class _Patient:
    """A database beside a checkout, with what both say; most of it is read only when asked."""

    workspace: Workspace
    recorded: Recorded
    live: LiveSchema = field(repr=False)
    graph: RevisionGraph = field(repr=False)

    def findings(self) -> Iterator[Finding]:
        """What is wrong, the version table first."""
        graph, rows = self.graph, self.recorded.rows
        unknown = rows - graph.revisions.keys()
        places = {id_: found.place for id_, found in sources(self.workspace, unknown).items()}
        yield from doctor.redundant_rows(self.redundant)
        yield from doctor.unknown_rows(unknown, places)
        skipped = doctor.skipped_parents(graph, self.known, self.steps)
        told = frozenset[str]().union(*skipped.values())
        there, lacking = self._by_their_tables(told)
        skipped = {above: left for above, ids in skipped.items() if (left := ids - there)}
        yield from doctor.skipped_findings(graph, self.known, skipped, lacking)
        yield from doctor.missing_tables(graph, self.absent, told)
        forgotten = [*self._forgotten()]
        yield from forgotten
        yield from self._edited()
        yield from doctor.long_ids(graph, self.applied, self.live.width, self.version_table)
        if not (rows or forgotten):
            yield from unstamped(graph, self.changes, self.live.tables)

    @property
    def version_table(self) -> str:
        """As SQL names it."""
        table, schema = self.workspace.version_table
        return ".".join(f'"{part}"' for part in (schema, table) if part)

    @cached_property
    def known(self) -> frozenset[str]:
        """The rows that the checkout has a file of."""
        return self.recorded.rows & self.graph.revisions.keys()

    @cached_property
    def applied(self) -> frozenset[str]:
        return self.graph.ancestors(self.known)

    @cached_property
    def redundant(self) -> frozenset[str]:
        return self.known - self.graph.tips(self.applied)

    @cached_property
    def moves(self) -> tuple[JournalMove, ...]:
        return moves(self.workspace)

    @cached_property
    def steps(self) -> dict[str, JournalStep]:
        """The steps by which revisions of the checkout were applied, as the journal knows."""
        found = applied_steps(self.moves)
        return {id_: step for id_, step in found.items() if id_ in self.graph.revisions}

    @cached_property
    def texts(self) -> dict[str, bytes]:
        root, revisions = self.workspace.settings.project, self.graph.revisions
        return {id_: _read(root / revisions[id_].path) for id_ in self.graph.order}

    @cached_property
    def changes(self) -> dict[str, tuple[TableChange, ...]]:
        """What each revision does to tables."""
        return {id_: table_changes(text) for id_, text in self.texts.items()}

    @cached_property
    def absent(self) -> dict[str, str]:
        """Tables that the applied revisions make and the database lacks, by their creator."""
        order = [id_ for id_ in self.graph.order if id_ in self.applied]
        made = made_tables({id_: self.changes[id_] for id_ in order})
        return {
            table: creator
            for table, creator in made.items()
            if table not in self.live.tables and not self._may_be_gone(table, creator, order)
        }

    def _may_be_gone(self, table: str, creator: str, order: list[str]) -> bool:
        """Whether a later revision unmakes something and names the table: by computed SQL."""
        word = re.compile(rb"\b%b\b" % re.escape(table.encode()), re.IGNORECASE)
        later = order[order.index(creator) + 1 :]
        texts = (self.texts[id_].partition(b"def downgrade")[0] for id_ in later)
        return any(word.search(text) and _UNMAKES.search(text) for text in texts)

    def _by_their_tables(self, ids: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Those whose tables are all there, so that they were applied; those that lack some."""
        made = made_tables({id_: self.changes[id_] for id_ in self.graph.order if id_ in ids})
        lacking = {creator for table, creator in made.items() if table not in self.live.tables}
        return frozenset(made.values()) - lacking, frozenset(lacking)

    def _forgotten(self) -> Iterator[Finding]:
        """What the journal saw applied last, and the version table no longer says."""
        last = next((move for move in self.moves if move.after is not None), None)
        if last is None or last.after is None:
            return
        then = self.graph.ancestors(set(last.after) & self.graph.revisions.keys())
        vanished = then - self.applied
        made = made_tables({id_: self.changes[id_] for id_ in self.graph.order if id_ in vanished})
        evidence = {table: id_ for table, id_ in made.items() if table in self.live.tables}
        if vanished and (evidence or (self.recorded.rows and not made)):
            when = f"{last.started:%Y-%m-%d %H:%M} UTC"
            yield from doctor.forgotten_branches(self.graph, vanished, evidence, when)

    def _edited(self) -> Iterator[Finding]:
        for id_, step in self.steps.items():
            now = self.texts[id_]
            if id_ not in self.applied or not now or step.sha256 is None:
                continue
            digest = sha256(now).hexdigest()
            if digest == step.sha256:
                continue
            kept = journal_source(self.workspace, id_)
            if kept and not is_same_upgrade(kept.source, now):
                when = f"{step.started:%Y-%m-%d %H:%M} UTC"
                yield doctor.edited(self.graph, id_, was=step.sha256, now=digest, when=when)


def _read(path: Path) -> bytes:
    """The file's content; nothing where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
