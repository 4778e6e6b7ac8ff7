"""Own revisions on what upstream has now: the graph that is meant, and the database's way there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from fidesdev.core.checks_graph import rival_heads
from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.planner import Direction, Plan, Step, plan_goto, plan_upgrade
from fidesdev.core.rebasing import ParentChange, Rebase, plan_rebase, rebased
from fidesdev.core.target import Destination
from fidesdev.errors import GraphError, SeveralHeadsLeft


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What moves where, and what is there afterwards."""

    rebase: Rebase
    graph: RevisionGraph
    """The checkout's revisions with their new parents."""
    own: frozenset[str]

    @property
    def moved(self) -> frozenset[str]:
        """The revisions with other parents than before."""
        return frozenset(change.revision for change in self.rebase.moves)

    @property
    def onto(self) -> str | None:
        """What the own revisions stand on, if it is one."""
        used = {parent for one in self.rebase.moves for parent in one.new_parents}
        found = (used or self.rebase.onto) & self.rebase.onto
        return next(iter(found)) if len(found) == 1 else None


def arrange(
    shared: Iterable[Revision], own: Iterable[Revision], onto: str | None, *, ref: str
) -> Arrangement:
    """The own revisions put on top of the shared ones, or on `onto`, one branch after another.

    With `onto` only what is in its lineage moves, and it may be an own revision itself.
    Raises `AmbiguousRevision`, `SeveralHeadsLeft`, or `GraphError` where `ref`'s revisions
    need own ones.
    """
    below, above = list(shared), {one.id: one for one in own}
    _assert_apart(below, above, ref)
    mine = frozenset(above)
    if onto is not None:
        for id_ in _under(onto, above):
            below.append(above.pop(id_))
    kept = RevisionGraph.build(below)
    targets = kept.heads if onto is None else frozenset({onto})
    graph = rebased(kept, above.values(), plan_rebase(kept, above.values(), targets))
    graph = _in_one_line(graph, frozenset(above))
    moves = tuple(_changes(graph, above))
    about = mine if onto in mine else frozenset(graph.revisions)
    for heads in (tuple(id_ for id_ in heads if id_ in about) for heads in rival_heads(graph)):
        if len(heads) > 1 and {one.revision for one in moves} & graph.lineage(heads[:1]):
            raise SeveralHeadsLeft(tuple(sorted(heads)))
    superfluous = (
        one.revision for one in moves if len(one.new_parents) == 1 < len(one.old_parents)
    )
    return Arrangement(Rebase(targets, moves, tuple(superfluous)), graph, frozenset(above))


def _changes(graph: RevisionGraph, own: Mapping[str, Revision]) -> Iterator[ParentChange]:
    """What became of the own revisions, lower ones first."""
    for id_ in graph.order:
        new = graph.revisions[id_].parents
        if id_ in own and own[id_].parents != new:
            yield ParentChange(id_, own[id_].parents, new)


def _in_one_line(graph: RevisionGraph, own: frozenset[str]) -> RevisionGraph:
    """The graph with own branches that fork from each other put on top of one another."""
    for heads in rival_heads(graph):
        mine = sorted((id_ for id_ in heads if id_ in own), key=lambda id_: _age(graph, id_))
        for first in mine if len(mine) > 1 else ():
            rest = own & (graph.ancestors(mine) - graph.ancestors({first}))
            if graph.ancestors({first}) & graph.descendants(rest):
                continue  # it depends on what would come on top of it
            kept = RevisionGraph.build(
                one for one in graph.revisions.values() if one.id not in rest
            )
            moved = [graph.revisions[id_] for id_ in graph.order if id_ in rest]
            stacked = rebased(kept, moved, plan_rebase(kept, moved, {first}))
            if len(stacked.heads) < len(graph.heads):
                return _in_one_line(stacked, own)
    return graph


def _age(graph: RevisionGraph, id_: str) -> tuple[str, int]:
    return graph.revisions[id_].created or "", graph.order.index(id_)


def plan_moves(
    old: RevisionGraph,
    new: RevisionGraph,
    rows: frozenset[str],
    moved: frozenset[str],
    *,
    gone: Collection[str] = (),
) -> tuple[Plan, Plan] | None:
    """Down on the old graph and up again on the new one; None where nothing moved is applied.

    What is unapplied is what moved and all that needs it; what is applied again is the same,
    but for `gone`, whatever it needs now included.
    """
    applied = old.ancestors(rows)
    fallen = old.descendants(moved & applied) & applied
    if not fallen:
        return None
    everything = frozenset(old.revisions)
    down = plan_goto(old, rows, Destination(old.tips(applied - fallen), everything))
    again = fallen - frozenset(gone)
    up = plan_upgrade(new, down.after, Destination(again, frozenset(new.revisions)))
    return down, up


def joined(plans: Iterable[Plan]) -> Plan:
    """Several plans, each from where the one before ends, as one."""
    first, *others = plans
    steps, after = first.steps, first.after
    for plan in others:
        steps, after = (*steps, *plan.steps), plan.after
    return Plan(first.before, after, steps, first.redundant)


def inverse(plan: Plan, done: int) -> Plan:
    """The way back once the first `done` steps were carried out: the same ones, the other way.

    Rows that were redundant do not come back.
    """
    stages = plan.stages
    begin = plan.before - plan.redundant
    steps = tuple(
        Step(
            Direction.DOWN if step.direction is Direction.UP else Direction.UP,
            step.revision,
            step.rows,
        )
        for step in reversed(plan.steps[:done])
    )
    return Plan(stages[done], begin, steps)


def done_steps(plan: Plan, rows: frozenset[str], begun: int) -> int | None:
    """How many of the first `begun` steps the rows show to be done; None where they fit nowhere.

    A revision that went down comes up again, so that the same rows come twice: the last counts.
    """
    stages = (plan.before - plan.redundant, *plan.stages[1 : begun + 1])
    found = (n for n in reversed(range(len(stages))) if stages[n] == rows)
    return next(found, 0 if rows == plan.before else None)


def is_orphan(revision: Revision, known: Mapping[str, Revision]) -> bool:
    """Whether it is written on something that is not there."""
    return any(parent not in known for parent in revision.parents)


def without_orphans(revisions: Iterable[Revision]) -> tuple[list[Revision], list[Revision]]:
    """Those that form a graph, and those that stand on something that is not there."""
    known = {one.id: one for one in revisions}
    lost: list[Revision] = []
    while found := [one for one in known.values() if is_orphan(one, known)]:
        lost += found
        for one in found:
            del known[one.id]
    return list(known.values()), lost


def with_parents(graph: RevisionGraph, rebase: Rebase) -> Iterator[Revision]:
    """The revisions of the graph, those that move with their new parents."""
    new = {one.revision: one.new_parents for one in rebase.moves}
    for revision in graph.revisions.values():
        yield replace(revision, parents=new.get(revision.id, revision.parents))


def _under(id_: str, own: Mapping[str, Revision]) -> list[str]:
    """The own revision and the own ones that it stands on."""
    found: list[str] = []
    waiting = [id_]
    while waiting:
        one = waiting.pop()
        if one in own and one not in found:
            found.append(one)
            waiting += [*own[one].parents, *own[one].depends_on]
    return found


def _assert_apart(shared: Iterable[Revision], own: Collection[str], ref: str) -> None:
    problems = tuple(
        f"{one.name} is on {ref}, and here it is written on {parent}, which is not: take it back "
        f"with 'git checkout {ref} -- {one.path}'"
        for one in shared
        for parent in one.parents
        if parent in own
    )
    if problems:
        raise GraphError(problems)
