"""Plans that move own revisions onto upstream's head: what moves where, and what must not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.checks_graph import rival_heads
from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.rebasing import Rebase, own_revisions, plan_rebase, rebased
from fidesdev.errors import AmbiguousRevision, GraphError
from tests.notation import graph, random_revisions, revisions


def plan(upstream: str, whole: str, *onto: str) -> Rebase:
    """The plan for what `whole` has and `upstream` has not, onto upstream's heads by default."""
    staying = graph(upstream)
    own = [one for one in revisions(whole) if one.id not in staying.revisions]
    result = plan_rebase(staying, own, onto or staying.heads)
    rebased(staying, own, result)
    return result


def moves(result: Rebase) -> dict[str, str]:
    return {move.revision: " ".join(move.new_parents) for move in result.moves}


def test_own_revisions_are_those_that_upstream_lacks() -> None:
    assert own_revisions("abxy", "abc") == {"x", "y"}


def test_only_the_lowest_revision_of_a_chain_changes() -> None:
    result = plan("a > b > c", "a > x > y > z")
    assert moves(result) == {"x": "c"}
    assert result.moves[0].old_parents == ("a",)
    assert result.onto == {"c"}


def test_what_stands_on_the_head_already_stays() -> None:
    assert plan("a > b", "a > b > x > y").moves == ()


def test_a_named_revision_takes_the_place_of_the_head() -> None:
    assert moves(plan("a > b > c", "a > x", "b")) == {"x": "b"}
    assert moves(plan("a > b > c", "c > x", "a")) == {"x": "a"}


def test_several_own_branches_are_stacked() -> None:
    assert moves(plan("a > b > c", "a > x1 > x2, b > y1 > y2")) == {"x1": "c", "y1": "x2"}


def test_the_older_branch_goes_below() -> None:
    staying = graph("a > b")
    own = [Revision("x", ("a",), created="2026-02-02"), Revision("y", ("a",), created="2026-01-01")]
    assert moves(plan_rebase(staying, own, {"b"})) == {"y": "b", "x": "y"}


def test_a_branch_that_another_depends_on_goes_below() -> None:
    assert moves(plan("a > b", "a > x1 > x2, a > y, x2 ~ y")) == {"y": "b", "x1": "y"}


def test_branches_that_need_each_other_stay_side_by_side() -> None:
    found = moves(plan("a > b", "a > x1 > x2, a > y1 > y2, x2 ~ y1, y2 ~ x1"))
    assert found == {"x1": "b", "y1": "b"}


def test_a_labelled_branch_stays_beside_the_others() -> None:
    assert moves(plan("a > b", "a > x, a > y, y @ other")) == {"x": "b", "y": "b"}


def test_a_fork_of_own_revisions_is_kept() -> None:
    assert moves(plan("a > b", "a > x, x > y, x > z")) == {"x": "b"}


def test_a_branch_with_two_ends_goes_on_top() -> None:
    assert moves(plan("a > b", "a > x, x > y, x > z, a > w")) == {"w": "b", "x": "w"}


def test_an_own_merge_of_own_branches_is_kept() -> None:
    result = plan("a > b", "a > x, a > y, x y > m")
    assert (moves(result), result.superfluous) == ({"x": "b", "y": "b"}, ())


def test_an_own_merge_with_upstream_becomes_superfluous() -> None:
    result = plan("a > b > c", "a > b, a > x, x b > m > z")
    assert (moves(result), result.superfluous) == ({"x": "c", "m": "x"}, ("m",))


def test_an_own_merge_of_upstream_s_heads_becomes_superfluous_once_upstream_merged_them() -> None:
    result = plan("a > b, a > c, b c > d", "a > b, a > c, b c > m > x")
    assert (moves(result), result.superfluous) == ({"m": "d"}, ("m",))


def test_an_own_merge_of_upstream_s_heads_stays_while_there_are_two() -> None:
    assert plan("a > b, a > c", "a > b, a > c, b c > m").moves == ()


def test_a_head_that_goes_on_from_the_parent_is_taken() -> None:
    assert moves(plan("a > b > c, a > d > e", "b > x, d > y")) == {"x": "c", "y": "e"}


def test_two_heads_that_go_on_from_the_parent_are_ambiguous() -> None:
    with pytest.raises(AmbiguousRevision) as caught:
        plan("a > b, a > c", "a > x")
    assert caught.value.facts["candidates"] == ["b", "c"]


def test_the_head_without_a_label_is_the_trunk() -> None:
    assert moves(plan("a > b, a > c, c @ side", "a > x")) == {"x": "b"}


def test_other_lineages_stay() -> None:
    assert moves(plan("a > b, q > r > s", "a > x, q > y", "s")) == {"y": "s"}
    assert moves(plan("a > b, q > r", "a > x, q > y, z")) == {"x": "b", "y": "r"}


def test_a_parent_that_is_gone_is_replaced_by_the_head() -> None:
    result = plan_rebase(graph("a > b"), [Revision("x", ("gone",))], {"b"})
    assert moves(result) == {"x": "b"}
    with pytest.raises(AmbiguousRevision, match="successor of gone"):
        plan_rebase(graph("a, b"), [Revision("x", ("gone",))], {"a", "b"})


def test_own_revisions_in_a_circle_are_refused() -> None:
    with pytest.raises(GraphError, match="cycle"):
        plan_rebase(graph("a"), [Revision("x", ("y",)), Revision("y", ("x",))], {"a"})


@st.composite
def branches(draw: st.DrawFn, *, forks: bool = True) -> tuple[RevisionGraph, list[Revision]]:
    """An upstream of one head, and own revisions written anywhere on it and on each other."""
    made = draw(random_revisions(largest=8))
    heads = RevisionGraph.build(made).heads
    staying = RevisionGraph.build([*made, Revision("upstream", tuple(sorted(heads)))])
    known = list(staying.order)
    own: list[Revision] = []
    for number in range(draw(st.integers(1, 6))):
        parents = draw(st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True))
        own.append(Revision(f"own{number}", tuple(parents)))
        known = [id_ for id_ in known if forks or id_ in staying.revisions or id_ not in parents]
        known.append(f"own{number}")
    return staying, own


@given(branches())
def test_after_a_rebase_own_revisions_stand_on_the_head(
    sides: tuple[RevisionGraph, list[Revision]],
) -> None:
    staying, own = sides
    (head,) = staying.heads
    result = rebased(staying, own, plan_rebase(staying, own, {head}))
    mine = {one.id for one in own}
    assert all(head in result.ancestors({id_}) for id_ in mine)
    assert result.heads <= mine
    forks = RevisionGraph.build(_inner(own)).heads
    assert result.heads <= forks
    for one in own:
        inner = mine & set(one.parents)
        assert inner <= set(result.revisions[one.id].parents)
        assert replace(result.revisions[one.id], parents=()) == replace(one, parents=())


@given(branches(forks=False))
def test_own_branches_without_forks_end_in_one_head(
    sides: tuple[RevisionGraph, list[Revision]],
) -> None:
    staying, own = sides
    result = rebased(staying, own, plan_rebase(staying, own, staying.heads))
    assert len(result.heads) == 1
    assert list(rival_heads(result)) == []


@given(branches())
def test_a_second_rebase_changes_nothing(sides: tuple[RevisionGraph, list[Revision]]) -> None:
    staying, own = sides
    once = rebased(staying, own, plan_rebase(staying, own, staying.heads))
    again = [once.revisions[one.id] for one in own]
    assert plan_rebase(staying, again, staying.heads).moves == ()


def _inner(own: list[Revision]) -> list[Revision]:
    ids = {one.id for one in own}
    return [replace(one, parents=tuple(p for p in one.parents if p in ids)) for one in own]
