"""From where the database is to where it should be, as an ordered list of steps: set arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from fidesdev.core.graph import RevisionGraph
from fidesdev.core.target import Destination
from fidesdev.errors import NotApplied, UnknownApplied


class Direction(StrEnum):
    """Which of a script's two functions a step runs."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Step:
    """One revision in one direction, and what it does to the version table."""

    direction: Direction
    revision: str
    rows: tuple[str, ...]
    """Up: the rows that `revision` takes the place of. Down: the rows that come back for it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Ordered steps with the version table's rows before and after them."""

    before: frozenset[str]
    after: frozenset[str]
    steps: tuple[Step, ...]
    redundant: frozenset[str] = frozenset()
    """Rows of `before` that another row implies; they are removed first, also without any step."""

    @property
    def is_empty(self) -> bool:
        """Whether it leaves everything as it is."""
        return not self.steps and self.before == self.after

    @property
    def stages(self) -> tuple[frozenset[str], ...]:
        """The rows before the first step, and after each one."""
        rows, found = self.before - self.redundant, [self.before]
        for step in self.steps:
            own, others = {step.revision}, set(step.rows)
            up = step.direction is Direction.UP
            rows = (rows - others) | own if up else (rows - own) | others
            found.append(rows)
        return tuple(found)

    def reached(self, rows: frozenset[str], begun: int) -> int | None:
        """How many of the first `begun` steps `rows` show to be done; None where they fit nowhere.

        Where a revision goes down and up again, the same rows come more than once: the last counts.
        """
        stages = self.stages[: begun + 1]
        return next((n for n in reversed(range(len(stages))) if stages[n] == rows), None)


def plan_goto(
    graph: RevisionGraph, before: frozenset[str], to: Destination, *, exactly: bool = False
) -> Plan:
    """Leave exactly the ancestry of `to.ids` applied in the lineages that `to` is about.

    Other lineages stay as they are, except for what requires a revision that must go, and what
    `to` depends on. With `exactly` they are emptied too.
    """
    applied, wanted = _applied(graph, before), graph.ancestors(to.ids)
    elsewhere = frozenset() if exactly else applied - to.scope
    fallen = graph.descendants(applied - elsewhere - wanted)
    return _plan(graph, before, wanted | (elsewhere - fallen))


def plan_upgrade(graph: RevisionGraph, before: frozenset[str], to: Destination) -> Plan:
    """Apply what `to` needs and the database lacks; never unapply anything."""
    return _plan(graph, before, _applied(graph, before) | graph.ancestors(to.ids))


def plan_downgrade(
    graph: RevisionGraph, before: frozenset[str], to: Destination, *, text: str
) -> Plan:
    """Unapply everything that descends from `to`; raises `NotApplied` where `to` is not applied."""
    applied = _applied(graph, before)
    if absent := to.ids - applied:
        raise NotApplied(text, tuple(sorted(absent)))
    above = graph.descendants(to.ids) - to.ids if to.ids else graph.descendants(to.scope)
    return _plan(graph, before, applied - above)


def plan_redo(graph: RevisionGraph, before: frozenset[str], gone: frozenset[str]) -> Plan:
    """Unapply `gone` and whatever requires it, then apply all of that again."""
    applied = _applied(graph, before)
    again = graph.descendants(gone & applied) & applied
    rows = graph.tips(applied)
    down = tuple(_down_steps(graph, applied, again))
    up = tuple(_up_steps(graph, applied - again, again))
    return Plan(before, rows, (*down, *up), before - rows)


def _applied(graph: RevisionGraph, rows: frozenset[str]) -> frozenset[str]:
    if unknown := rows - graph.revisions.keys():
        raise UnknownApplied(unknown)
    return graph.ancestors(rows)


def _plan(graph: RevisionGraph, before: frozenset[str], wanted: frozenset[str]) -> Plan:
    applied = graph.ancestors(before)
    rows = set(graph.tips(applied))
    redundant = before - rows
    down = tuple(_down_steps(graph, applied, applied - wanted))
    up = tuple(_up_steps(graph, applied & wanted, wanted - applied))
    steps = (*down, *up)
    return Plan(before, graph.tips(wanted), steps, redundant)


def _down_steps(
    graph: RevisionGraph, applied: frozenset[str], gone: frozenset[str]
) -> Iterator[Step]:
    left = set(applied)
    for id_ in graph.descending(gone):
        left.remove(id_)
        back = (p for p in graph.requires[id_] if left.isdisjoint(graph.required_by[p]))
        yield Step(Direction.DOWN, id_, tuple(back))


def _up_steps(graph: RevisionGraph, applied: frozenset[str], new: frozenset[str]) -> Iterator[Step]:
    rows = set(graph.tips(applied))
    for id_ in reversed(graph.descending(new)):
        replaced = tuple(p for p in graph.requires[id_] if p in rows)
        rows.difference_update(replaced)
        rows.add(id_)
        yield Step(Direction.UP, id_, replaced)
