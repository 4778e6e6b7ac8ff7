"""A planned move of one database, and what is reported of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import decode_source
from pathlib import Path

from fidesdev.adapters.jobs import Script
from fidesdev.adapters.recorder import Recorded
from fidesdev.core.atomicity import Atomicity, StepSource, atomicity
from fidesdev.core.graph import RevisionGraph
from fidesdev.core.losses import can_lose_rows
from fidesdev.core.planner import Direction, Plan, Step
from fidesdev.core.recovery import FoundSource, Recovered
from fidesdev.core.reports import MoveReport, StepReport
from fidesdev.core.reversal import is_reversible
from fidesdev.core.snapshots import Snapshot
from fidesdev.services.automatic import is_wanted
from fidesdev.services.workspace import Workspace

Replan = Callable[[frozenset[str]], Plan]
"""The way to the same destination from other rows."""


@dataclass(frozen=True)
class Move:
    """A plan for one workspace, ready to be shown and then carried out."""

    workspace: Workspace = field(repr=False)
    plan: Plan
    recorded: Recorded = field(repr=False)
    note: str | None = None
    command: str = "db goto"
    """What the journal calls it."""
    recovered: Recovered | None = field(default=None, repr=False)
    """The revisions of the plan that no file of the checkout has."""
    replan: Replan | None = field(default=None, repr=False)
    """None where no other plan would do; rows that changed since make it stale then."""
    guarded: bool = True
    """Whether a snapshot is taken first where rows can be lost."""
    snapshot: Snapshot | None = field(default=None, repr=False)
    """What holds the database as it was before; None: nothing was taken."""

    @property
    def graph(self) -> RevisionGraph:
        """The graph that every revision of the plan is in."""
        return self.recovered.graph if self.recovered else self.workspace.graph

    @cached_property
    def sources(self) -> Mapping[str, FoundSource]:
        """The source of each step's revision that is in no file of the checkout."""
        found = self.recovered.sources if self.recovered else {}
        return {s.revision: found[s.revision] for s in self.plan.steps if s.revision in found}

    @property
    def scripts(self) -> dict[str, Script]:
        """Every revision as the runner needs it."""
        return scripts_of(self.graph, self.workspace.settings.project, self.sources)

    @cached_property
    def texts(self) -> Mapping[str, bytes]:
        """The text of each step's revision; nothing where its file cannot be read."""
        root, revisions, found = self.workspace.settings.project, self.graph.revisions, self.sources
        ids = {step.revision for step in self.plan.steps}
        return {
            id_: found[id_].source if id_ in found else _read(root / revisions[id_].path)
            for id_ in ids
        }

    @cached_property
    def atomicity(self) -> Atomicity:
        """Whether it is one transaction, and why not."""
        workspace = self.workspace
        steps = (
            StepSource(step.direction.value, step.revision, self.texts[step.revision])
            for step in self.plan.steps
        )
        env = _read(workspace.alembic.script_location / "env.py")
        return atomicity(workspace.database.backend, env, steps)

    @property
    def destroys(self) -> bool:
        """Whether a downgrade is among the steps."""
        return bool(self.downgraded)

    @property
    def downgraded(self) -> frozenset[str]:
        """The revisions that it unapplies."""
        steps = self.plan.steps
        return frozenset(step.revision for step in steps if step.direction is Direction.DOWN)

    @cached_property
    def can_lose_rows(self) -> bool:
        """Whether a downgrade among the steps can lose what only a copy brings back."""
        texts = [self.texts[id_] for id_ in sorted(self.downgraded)]
        return bool(texts) and (
            any(can_lose_rows(text) or not is_reversible(text) for text in texts)
            or not self.atomicity.atomic
        )

    @property
    def takes_snapshot(self) -> bool:
        """Whether the database is copied first."""
        return self.guarded and self.can_lose_rows and is_wanted(self.workspace)

    @property
    def loss(self) -> str | None:
        """What somebody has to agree to; None where nothing is lost."""
        if self.destroys:
            return "this downgrades, which can destroy data"
        if not self.plan.steps and self.plan.before - self.plan.after - self.plan.redundant:
            return "this forgets what the version table says now"
        return None

    @property
    def report(self) -> MoveReport:
        """What it would do; nothing was run."""
        return reported(self)


def reported(
    move: Move, *, executed: bool = False, seconds: float = 0.0, sql: str | None = None
) -> MoveReport:
    """The move as a report."""
    judged = move.atomicity
    return MoveReport(
        before=move.plan.before,
        after=move.plan.after,
        steps=tuple(_step_report(move, step) for step in move.plan.steps),
        executed=executed,
        seconds=round(seconds, 3),
        note=move.note,
        sql=sql,
        redundant=move.plan.redundant,
        atomic=judged.atomic,
        not_atomic_because=judged.reasons,
        snapshot_first=not executed and move.takes_snapshot,
        snapshot=move.snapshot.name if move.snapshot else None,
    )


def scripts_of(
    graph: RevisionGraph, root: Path, sources: Mapping[str, FoundSource] | None = None
) -> dict[str, Script]:
    """Every revision as the runner needs it: its file, or its source where it was recovered."""
    recovered = {id_: decode_source(found.source) for id_, found in (sources or {}).items()}
    return {
        id_: Script(
            os.path.join(root, revision.path),  # noqa: PTH118 - there may be 10,000
            revision.parents,
            revision.depends_on,
            revision.labels,
            recovered.get(id_),
        )
        for id_, revision in graph.revisions.items()
    }


def _step_report(move: Move, step: Step) -> StepReport:
    revision = move.graph.revisions[step.revision]
    found = move.sources.get(step.revision)
    source = move.texts[step.revision]
    return StepReport(
        direction=step.direction.value,
        revision=revision.id,
        message=revision.message,
        path=revision.path,
        source=found.place if found else "file",
        reversible=is_reversible(source) if source else None,
    )


def _read(path: Path) -> bytes:
    """The file's content; nothing where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
