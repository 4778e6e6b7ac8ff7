"""Lanes: every edge once, in a lane of its own, parents below children, few lanes."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given

from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.lanes import DEPENDENCY, PARENT, Layout, drawing_order, lay_out
from tests.effort import lines_run
from tests.notation import graph, random_revisions


def laid(text: str) -> Layout:
    tree = graph(text)
    return lay_out(tree, drawing_order(tree))


@given(random_revisions())
def test_every_revision_has_a_row_above_all_it_requires(made: list[Revision]) -> None:
    tree = RevisionGraph.build(made)
    rows = {id_: row for row, id_ in enumerate(drawing_order(tree))}
    assert rows.keys() == tree.revisions.keys()
    for id_, required in tree.requires.items():
        assert all(rows[id_] < rows[other] for other in required)


@given(random_revisions())
def test_every_edge_is_drawn_once(made: list[Revision]) -> None:
    tree = RevisionGraph.build(made)
    layout = lay_out(tree, drawing_order(tree))
    drawn = [(edge.child, edge.parent) for edge in layout.edges]
    assert sorted(drawn) == sorted(
        (id_, other) for id_, required in tree.requires.items() for other in required
    )
    for edge in layout.edges:
        assert (edge.kind == PARENT) == (edge.parent in tree.revisions[edge.child].parents)


@given(random_revisions())
def test_a_lane_never_holds_two_edges_at_once(made: list[Revision]) -> None:
    tree = RevisionGraph.build(made)
    layout = lay_out(tree, drawing_order(tree))
    rows = {id_: row for row, id_ in enumerate(layout.lanes)}
    for lane in range(layout.width):
        held = sorted((rows[e.child], rows[e.parent]) for e in layout.edges if e.lane == lane)
        assert all(upper[1] <= lower[0] for upper, lower in pairwise(held))
        alone = [rows[id_] for id_, place in layout.lanes.items() if place == lane]
        assert not any(first < row < last for first, last in held for row in alone)


def test_the_longest_chain_keeps_the_first_lane_and_comes_first() -> None:
    layout = laid("a > b > c > d, a > x, b > y")
    assert list(layout.lanes) == ["d", "c", "y", "b", "x", "a"]
    assert layout.lanes == {"d": 0, "c": 0, "y": 1, "b": 0, "x": 1, "a": 0}


def test_two_tracks_that_meet_again_and_again_need_three_lanes() -> None:
    tracks = "".join(f", l{n} > l{n + 1}, r{n} > r{n + 1}, r{n} > l{n + 1}" for n in range(50))
    assert laid(f"a > l0, a > r0{tracks}").width == 3


def test_a_dependency_is_an_edge_of_its_own_kind() -> None:
    layout = laid("a > b, x > y, y ~ a")
    kinds = {(edge.child, edge.parent): edge.kind for edge in layout.edges}
    assert kinds == {("b", "a"): PARENT, ("y", "x"): PARENT, ("y", "a"): DEPENDENCY}


def test_an_edge_out_of_the_drawing_keeps_its_lane_to_the_end() -> None:
    tree = graph("a > b > m, a > c > m")
    layout = lay_out(tree, drawing_order(tree)[:2])
    assert list(layout.lanes) == ["m", "c"]
    assert {(edge.child, edge.parent, edge.lane) for edge in layout.edges} == {
        ("m", "b", 0),
        ("m", "c", 1),
        ("c", "a", 1),
    }


def test_work_grows_with_the_tree_alone() -> None:
    assert work(5_000) < 15 * work(500)  # a hundred times, were it quadratic


def work(size: int) -> int:
    """Lines of Python that lay out a tree of `size` revisions with branches and merges."""
    ids = [f"{number:05d}" for number in range(size)]
    made = [Revision(ids[0])]
    for number in range(1, len(ids)):
        back = (ids[max(0, number - 1 - number % 7)],) if number % 5 == 0 else (ids[number - 1],)
        merged = (ids[number - 9],) if number % 11 == 0 and number > 9 else ()
        made.append(Revision(ids[number], tuple(dict.fromkeys((*back, *merged)))))
    tree = RevisionGraph.build(made)
    order = drawing_order(tree)
    layouts: list[Layout] = []
    lines = lines_run(lambda: layouts.append(lay_out(tree, order)))
    assert len(layouts[0].lanes) == size
    return lines
