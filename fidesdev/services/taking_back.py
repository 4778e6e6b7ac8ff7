"""Undoing a rebase that did not end: at once where it failed, later where its process died."""

from __future__ import annotations

import signal
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from fidesdev.adapters.commit_marks import commit_mark
from fidesdev.adapters.rebase_log import open_log, was_cut_short
from fidesdev.adapters.recorder import Recorded
from fidesdev.adapters.revision_rewriting import (
    Rewrite,
    discard,
    is_published,
    publish,
    restore,
    stage,
)
from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.planner import Direction, Plan, Step
from fidesdev.core.rebase_planning import done_steps, inverse
from fidesdev.core.recovery import FoundSource, Recovered
from fidesdev.errors import FidesdevError, NotTakenBack, StalePlan
from fidesdev.services.execution import carry_out
from fidesdev.services.journal import finish_last
from fidesdev.services.moves import Move
from fidesdev.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Part:
    """One move of the database, as much of it as taking it back needs."""

    plan: Plan
    mark: str = ""
    """What the database said before, in a word."""
    begun: int | None = None
    """How many steps began; None before the database was touched."""
    ended: bool = False
    """Whether all of it was done, as far as anybody lived to say so."""


@dataclass(slots=True)
class Undertaking:
    """A rebase while it is done."""

    rewrites: tuple[Rewrite, ...]
    parts: list[Part]
    back: Recovered | None = field(repr=False, default=None)
    """The graph and the texts of before; None where no database is moved."""

    def change(self, number: int, **facts: Any) -> dict[str, Any]:
        """Something happened to a part; what the log is to say of it."""
        self.parts[number] = replace(self.parts[number], **facts)
        return {"progress": self._progress}

    @property
    def _progress(self) -> list[dict[str, Any]]:
        return [{"mark": one.mark, "begun": one.begun, "ended": one.ended} for one in self.parts]

    @property
    def entry(self) -> dict[str, Any]:
        """It as JSON keeps it."""
        revisions = self.back.graph.revisions.values() if self.back else ()
        sources = self.back.sources.items() if self.back else ()
        return {
            "rewrites": [_to_entry(rewrite) for rewrite in self.rewrites],
            "plans": [_plan_entry(part.plan) for part in self.parts],
            "progress": self._progress,
            "revisions": [asdict(revision) for revision in revisions],
            "sources": {id_: b64encode(found.source).decode() for id_, found in sources},
        }


def mark_of(workspace: Workspace, recorded: Recorded) -> str:
    """What the database says now, in a word that changes with every commit to its version table."""
    return commit_mark(workspace.database, *workspace.version_table, recorded)


def cut_short(workspace: Workspace) -> bool:
    """Whether a rebase of this checkout was killed half way."""
    return was_cut_short(workspace.settings.tool.data_dir)


def settle(workspace: Workspace) -> str | None:
    """What was done about a rebase that was cut short: finished where only files were left to
    write, else taken back; None where there was none.

    Raises `NotTakenBack`, or what tells that the database cannot be asked.
    """
    if not cut_short(workspace):
        return None
    with open_log(workspace.settings.tool.data_dir) as log:
        entry = log.read()
        if not entry:
            log.remove()
            return None
        undertaking = _from_entry(entry)
        if _is_moved(workspace, undertaking):
            left = [one for one in undertaking.rewrites if not is_published(one)]
            stage(left)
            publish(left, lambda _rewrite: None)
            if undertaking.parts:
                finish_last(replace(workspace), undertaking.parts[-1].plan)
            told = "finished"
        else:
            take_back(workspace, undertaking, "an earlier rebase was cut short")
            told = "taken back"
        log.remove()
        return f"An earlier rebase was cut short; it was {told} first."


def take_back(workspace: Workspace, undertaking: Undertaking, reason: str) -> tuple[str, ...]:
    """Put files and database back to where they were; the revisions that had to be moved for it.

    Raises `NotTakenBack`, which says what is where.
    """
    with _undisturbed():
        problems = restore(undertaking.rewrites)
        discard(undertaking.rewrites)
        moved: list[str] = []
        try:
            for part in reversed(undertaking.parts):
                if part.begun:
                    moved += _move_back(workspace, undertaking, part)
        except FidesdevError as error:
            raise NotTakenBack(reason, "; ".join([*problems, _where(workspace, error)])) from error
        if problems:
            raise NotTakenBack(reason, "; ".join(problems))
        return tuple(moved)


def _move_back(workspace: Workspace, undertaking: Undertaking, part: Part) -> list[str]:
    done = _done(workspace, part)
    if done == 0:
        return []
    plan = inverse(part.plan, done)
    command, recorded = "db rebase (taken back)", workspace.recorded()
    carry_out(Move(workspace, plan, recorded, None, command, undertaking.back, guarded=False))
    return [step.revision for step in plan.steps]


def _is_moved(workspace: Workspace, undertaking: Undertaking) -> bool:
    """Whether the database is where it was to go, so that only files were left to write."""
    if not undertaking.parts:
        return False
    last = undertaking.parts[-1]
    if last.begun is None:
        return False
    return _done(workspace, last) == len(last.plan.steps)


def _done(workspace: Workspace, part: Part) -> int:
    """How many steps of the part the database has behind it."""
    recorded = workspace.recorded()
    committed = part.ended or mark_of(workspace, recorded) != part.mark
    begun = (part.begun or 0) if committed else 0
    done = done_steps(part.plan, recorded.rows, begun)
    if done is None:
        raise StalePlan(sorted(part.plan.after), sorted(recorded.rows))
    return done


def _where(workspace: Workspace, error: FidesdevError) -> str:
    try:
        rows = ", ".join(sorted(workspace.recorded().rows)) or "base"
    except FidesdevError as unreachable:
        return f"{error}; where the database is, nobody knows: {unreachable}"
    return f"{error}; the database is at {rows}"


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C does not end what is inside."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _to_entry(rewrite: Rewrite) -> dict[str, str]:
    return {
        "path": str(rewrite.path),
        "new_path": str(rewrite.new_path),
        "before": b64encode(rewrite.before).decode(),
        "after": b64encode(rewrite.after).decode(),
    }


def _plan_entry(plan: Plan) -> dict[str, Any]:
    return {
        "before": sorted(plan.before),
        "after": sorted(plan.after),
        "redundant": sorted(plan.redundant),
        "steps": [[step.direction.value, step.revision, list(step.rows)] for step in plan.steps],
    }


def _from_entry(entry: Mapping[str, Any]) -> Undertaking:
    revisions = {one["id"]: _revision(one) for one in entry["revisions"]}
    sources = {
        id_: FoundSource(revisions[id_], b64decode(text), "file")
        for id_, text in entry["sources"].items()
    }
    return Undertaking(
        rewrites=tuple(_rewrite(one) for one in entry["rewrites"]),
        parts=[
            Part(_plan(one), **progress)
            for one, progress in zip(entry["plans"], entry["progress"], strict=True)
        ],
        back=Recovered(RevisionGraph.build(revisions.values()), sources) if revisions else None,
    )


def _rewrite(entry: Mapping[str, str]) -> Rewrite:
    return Rewrite(
        Path(entry["path"]),
        b64decode(entry["before"]),
        b64decode(entry["after"]),
        Path(entry["new_path"]),
    )


def _plan(entry: Mapping[str, Any]) -> Plan:
    steps = (Step(Direction(way), id_, tuple(rows)) for way, id_, rows in entry["steps"])
    before, after, redundant = (frozenset(entry[k]) for k in ("before", "after", "redundant"))
    return Plan(before, after, tuple(steps), redundant)


def _revision(entry: Mapping[str, Any]) -> Revision:
    lists = {key: tuple(entry[key]) for key in ("parents", "depends_on", "labels")}
    return Revision(**{**entry, **lists})
