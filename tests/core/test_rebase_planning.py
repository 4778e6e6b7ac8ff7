"""What a rebase means for graph and database, and the way back from anywhere in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.planner import Direction, Plan, plan_goto
from fidesdev.core.rebase_planning import (
    arrange,
    done_steps,
    inverse,
    joined,
    plan_moves,
    without_orphans,
)
from fidesdev.core.target import Destination
from fidesdev.errors import GraphError, SeveralHeadsLeft
from tests.notation import graph, random_revisions, revisions


def arranged(shared: str, own: str, onto: str | None = None) -> dict[str, tuple[str, ...]]:
    """The parents of own revisions afterwards."""
    published = revisions(shared)
    known = {one.id for one in published}
    mine = [one for one in revisions(f"{shared}, {own}") if one.id not in known]
    found = arrange(published, mine, onto, ref="main").graph.revisions
    return {one.id: found[one.id].parents for one in mine}


@pytest.mark.parametrize(
    ("shared", "own", "expected"),
    [
        ("a > b", "a > m > n", {"m": ("b",), "n": ("m",)}),
        ("a > b", "b > m", {"m": ("b",)}),
        ("a > b", "a > m, a > n", {"m": ("b",), "n": ("m",)}),
        ("a > b", "a > m > n, m > o", {"m": ("b",), "n": ("m",), "o": ("n",)}),
        ("a > b", "a > m, a > n, m n > j", {"m": ("b",), "n": ("b",), "j": ("m", "n")}),
        ("a > b > c", "a > m, m b > j", {"m": ("c",), "j": ("m",)}),
        ("a > b, x > y", "a > m, x > n", {"m": ("b",), "n": ("y",)}),
    ],
)
def test_own_revisions_end_in_one_line(
    shared: str, own: str, expected: dict[str, tuple[str, ...]]
) -> None:
    assert arranged(shared, own) == expected


def test_dependency_decides_which_branch_is_below() -> None:
    found = arranged("a > b", "a > m, a > n, m ~ n")
    assert found == {"n": ("b",), "m": ("n",)}


def test_shared_revision_that_needs_an_own_one_is_told() -> None:
    with pytest.raises(GraphError, match="git checkout main"):
        arrange([Revision("b", ("m",))], [Revision("m")], None, ref="main")


def test_two_heads_upstream_stay_two() -> None:
    assert arranged("a > b, a > c", "b > m") == {"m": ("b",)}
    with pytest.raises(SeveralHeadsLeft):
        arranged("a > b > c, a > d", "b > m")


def test_orphans_and_what_stands_on_them_are_set_apart() -> None:
    sound, orphans = without_orphans(
        [*revisions("a > b"), Revision("m", ("x",)), Revision("n", ("m",))]
    )
    assert [one.id for one in sound] == ["a", "b"]
    assert {one.id for one in orphans} == {"m", "n"}


def test_database_goes_down_by_the_old_graph_and_up_by_the_new_one() -> None:
    old, new = graph("a > b, a > m > n"), graph("a > b > m > n")
    plans = plan_moves(old, new, frozenset({"n"}), frozenset({"m"}))
    assert plans is not None
    plan = joined(plans)
    assert [(step.direction.value, step.revision) for step in plan.steps] == [
        ("down", "n"),
        ("down", "m"),
        ("up", "b"),
        ("up", "m"),
        ("up", "n"),
    ]
    assert plan.before == plan.after == {"n"}
    assert plan_moves(old, new, frozenset({"b"}), frozenset({"m"})) is None


def test_rows_that_come_twice_are_told_apart_by_what_began() -> None:
    old, new = graph("a > b, a > m > n"), graph("a > b > m > n")
    plans = plan_moves(old, new, frozenset({"n"}), frozenset({"m"}))
    assert plans is not None
    plan = joined(plans)
    rows = frozenset({"m"})
    assert [done_steps(plan, rows, begun) for begun in (1, 2, 3, 4, 5)] == [1, 1, 1, 4, 4]
    assert done_steps(plan, frozenset({"n"}), 0) == 0
    assert done_steps(plan, frozenset({"n"}), 5) == 5
    assert done_steps(plan, frozenset({"x"}), 5) is None


@given(random_revisions(), st.data())
def test_way_back_leads_to_the_rows_of_before(made: list[Revision], data: st.DataObject) -> None:
    tree = RevisionGraph.build(made)
    ids = st.frozensets(st.sampled_from(sorted(tree.revisions)), max_size=3)
    before = tree.tips(tree.ancestors(data.draw(ids)))
    to = Destination(data.draw(ids), frozenset(tree.revisions))
    plan = plan_goto(tree, before, to)
    done = data.draw(st.integers(0, len(plan.steps)))

    back = inverse(plan, done)

    assert back.stages[-1] == before
    assert rows_after(plan, done) == back.before
    ways = {Direction.UP: Direction.DOWN, Direction.DOWN: Direction.UP}
    assert [(s.revision, ways[s.direction]) for s in reversed(back.steps)] == [
        (s.revision, s.direction) for s in plan.steps[:done]
    ]


def rows_after(plan: Plan, done: int) -> frozenset[str]:
    return plan.stages[done]
