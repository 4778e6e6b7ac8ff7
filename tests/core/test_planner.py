"""Plans: the whole contract of goto, upgrade and downgrade as set arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.graph import RevisionGraph
from fidesdev.core.planner import Direction, Plan, plan_downgrade, plan_goto, plan_upgrade
from fidesdev.core.target import Destination, parse_target, resolve
from fidesdev.errors import NotApplied, UnknownApplied
from tests.notation import graph, random_revisions

FORK = graph("base0 > comm > aaa1 > aaa2, comm > bbb1 > bbb2")
MERGED = graph("base0 > comm > aaa1 > aaa2, comm > bbb1 > bbb2, aaa2 bbb2 > mrg1 > top1")
LINEAGES = graph(
    "aaa0 > aaa1 > aaa2, bbb0 > bbb1 > bbb2 > bbb3, bbb2 ~ aaa1, aaa0 @ one, bbb0 @ two"
)


def to(tree: RevisionGraph, rev: str, applied: str) -> Destination:
    return resolve(parse_target(rev), tree, frozenset(applied.split()))


def goto(tree: RevisionGraph, rev: str, applied: str, *, exactly: bool = False) -> str:
    rows = frozenset(applied.split())
    return shown(plan_goto(tree, rows, to(tree, rev, applied), exactly=exactly))


def shown(plan: Plan) -> str:
    """`-aaa2 -aaa1 +bbb1 = bbb1`: the steps, then the rows after them."""
    signs = {Direction.UP: "+", Direction.DOWN: "-"}
    steps = [signs[step.direction] + step.revision for step in plan.steps]
    return " ".join([*steps, "=", *sorted(plan.after)])


@pytest.mark.parametrize(
    ("tree", "applied", "rev", "expected"),
    [
        (FORK, "", "comm", "+base0 +comm = comm"),
        (FORK, "aaa2", "comm", "-aaa2 -aaa1 = comm"),
        (FORK, "aaa2", "aaa2", "= aaa2"),
        (FORK, "aaa2", "bbb2", "-aaa2 -aaa1 +bbb1 +bbb2 = bbb2"),
        (FORK, "aaa2 bbb2", "aaa2", "-bbb2 -bbb1 = aaa2"),
        (FORK, "aaa2 bbb1", "heads", "+bbb2 = aaa2 bbb2"),
        (FORK, "aaa1", "base", "-aaa1 -comm -base0 ="),
        (FORK, "aaa1", "-1", "-aaa1 = comm"),
        (FORK, "aaa1", "+1", "+aaa2 = aaa2"),
        (MERGED, "top1", "aaa2", "-top1 -mrg1 -bbb2 -bbb1 = aaa2"),
        (MERGED, "top1", "-2", "-top1 -mrg1 = aaa2 bbb2"),
        (MERGED, "aaa1", "mrg1", "+bbb1 +bbb2 +aaa2 +mrg1 = mrg1"),
    ],
)
def test_goto_is_absolute_within_a_lineage(
    tree: RevisionGraph, applied: str, rev: str, expected: str
) -> None:
    assert goto(tree, rev, applied) == expected


@pytest.mark.parametrize(
    ("applied", "rev", "expected"),
    [
        ("aaa2", "bbb0", "+bbb0 = aaa2 bbb0"),
        ("", "bbb2", "+aaa0 +aaa1 +bbb0 +bbb1 +bbb2 = bbb2"),
        ("aaa2 bbb3", "aaa1", "-aaa2 = bbb3"),
        ("aaa2 bbb3", "aaa0", "-bbb3 -bbb2 -aaa2 -aaa1 = aaa0 bbb1"),
        ("aaa2 bbb3", "two@base", "-bbb3 -bbb2 -bbb1 -bbb0 = aaa2"),
        ("aaa2 bbb3", "one@base", "-bbb3 -bbb2 -aaa2 -aaa1 -aaa0 = bbb1"),
        ("aaa2 bbb3", "base", "-bbb3 -bbb2 -bbb1 -bbb0 -aaa2 -aaa1 -aaa0 ="),
    ],
)
def test_goto_leaves_other_lineages_but_for_dependencies(
    applied: str, rev: str, expected: str
) -> None:
    made, wanted = goto(LINEAGES, rev, applied).split("="), expected.split("=")
    assert sorted(made[0].split()) == sorted(wanted[0].split())
    assert made[1] == wanted[1]


def test_goto_exactly_empties_other_lineages() -> None:
    assert goto(LINEAGES, "bbb0", "aaa2", exactly=True) == "-aaa2 -aaa1 -aaa0 +bbb0 = bbb0"


def test_upgrade_never_unapplies_and_downgrade_never_applies() -> None:
    rows = frozenset({"aaa2"})
    up = plan_upgrade(FORK, rows, to(FORK, "bbb2", "aaa2"))
    assert shown(up) == "+bbb1 +bbb2 = aaa2 bbb2"
    assert shown(plan_upgrade(FORK, rows, to(FORK, "comm", "aaa2"))) == "= aaa2"
    down = plan_downgrade(FORK, frozenset({"aaa2", "bbb2"}), to(FORK, "aaa1", ""), text="aaa1")
    assert shown(down) == "-aaa2 = aaa1 bbb2"


def test_downgrade_below_a_merge_leaves_the_other_parent() -> None:
    plan = plan_downgrade(MERGED, frozenset({"top1"}), to(MERGED, "aaa2", "top1"), text="aaa2")
    assert shown(plan) == "-top1 -mrg1 = aaa2 bbb2"


def test_downgrade_to_what_is_not_applied_is_refused_with_goto_in_the_hint() -> None:
    with pytest.raises(NotApplied) as caught:
        plan_downgrade(FORK, frozenset({"aaa2"}), to(FORK, "bbb2", "aaa2"), text="bbb2")
    assert "fidesdev db goto bbb2" in str(caught.value.hint)


def test_unknown_rows_stop_every_plan() -> None:
    with pytest.raises(UnknownApplied) as caught:
        plan_goto(FORK, frozenset({"gone", "aaa1"}), to(FORK, "comm", ""))
    assert caught.value.facts["revisions"] == ["gone"]


def test_redundant_row_is_told_and_goes_with_the_first_step() -> None:
    plan = plan_goto(FORK, frozenset({"aaa1", "comm"}), to(FORK, "aaa2", "aaa1 comm"))
    assert plan.redundant == {"comm"}
    assert shown(plan) == "+aaa2 = aaa2"


@st.composite
def situations(draw: st.DrawFn) -> tuple[RevisionGraph, frozenset[str], Destination]:
    """A graph, the rows of some closed set of applied revisions, and somewhere to go."""
    tree = RevisionGraph.build(draw(random_revisions()))
    ids = st.sampled_from(sorted(tree.revisions))
    applied = tree.ancestors(draw(st.frozensets(ids, max_size=3)))
    wanted = draw(st.frozensets(ids, max_size=2))
    scope = tree.lineage(wanted) if wanted else frozenset(tree.revisions)
    return tree, tree.tips(applied), Destination(wanted, scope)


@given(situations(), st.booleans())
def test_goto_ends_with_exactly_the_ancestry_in_scope(
    case: tuple[RevisionGraph, frozenset[str], Destination], exactly: bool
) -> None:
    tree, before, destination = case
    plan = plan_goto(tree, before, destination, exactly=exactly)
    after, wanted = tree.ancestors(plan.after), tree.ancestors(destination.ids)
    inside = frozenset(tree.revisions) if exactly else destination.scope
    assert after & inside == wanted & inside
    assert wanted <= after
    assert plan_goto(tree, plan.after, destination, exactly=exactly).steps == ()


@given(situations())
def test_every_step_is_allowed_when_it_runs_and_its_rows_are_right(
    case: tuple[RevisionGraph, frozenset[str], Destination],
) -> None:
    tree, before, destination = case
    plan = plan_goto(tree, before, destination)
    applied, rows = set(tree.ancestors(before)), set(before)
    for step in plan.steps:
        if step.direction is Direction.UP:
            assert applied >= set(tree.requires[step.revision])
            applied.add(step.revision)
            rows = rows - set(step.rows) | {step.revision}
        else:
            applied.remove(step.revision)
            assert applied.isdisjoint(tree.required_by[step.revision])
            rows = rows - {step.revision} | set(step.rows)
        assert rows == tree.tips(frozenset(applied))
    assert rows == plan.after


@given(situations())
def test_nothing_is_unapplied_that_goto_wants_back(
    case: tuple[RevisionGraph, frozenset[str], Destination],
) -> None:
    tree, before, destination = case
    steps = [step.revision for step in plan_goto(tree, before, destination).steps]
    assert len(steps) == len(set(steps))
