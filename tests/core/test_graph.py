"""The revision graph: what it refuses, and the laws of its walks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.errors import GraphError
from tests.notation import graph, random_revisions, revisions


def test_heads_and_bases_follow_parents_only() -> None:
    tree = graph("a > b, x > y, y ~ b")
    assert tree.heads == {"b", "y"}
    assert tree.bases == {"a", "x"}


def test_ancestors_follow_dependencies_too() -> None:
    assert graph("a > b > c, x > y > z, y ~ b").ancestors({"z"}) == {"x", "y", "z", "a", "b"}


def test_lineages_are_joined_by_parents_and_not_by_dependencies() -> None:
    tree = graph("a > b, x > y, y ~ b, p > q, a p > m")
    assert tree.lineage({"y"}) == {"x", "y"}
    assert tree.lineage({"q"}) == {"a", "b", "p", "q", "m"}


def test_dependency_on_a_label_is_the_revision_that_carries_it() -> None:
    tree = graph("a > b, b @ one, x, x ~ one")
    assert tree.requires["x"] == ("b",)


def test_chain_stays_together_in_the_order() -> None:
    assert graph("a > b > c > d, a > x > y, d y > m").order in {
        ("a", "b", "c", "d", "x", "y", "m"),
        ("a", "x", "y", "b", "c", "d", "m"),
    }


def test_every_contradiction_is_named_with_its_file() -> None:
    broken = [
        *revisions("a > b, c > d, d > c, e > f, f > g, g > e, h ~ nowhere"),
        Revision("b", ("a",), path="versions/other_b.py"),
        Revision("i", ("gone",), path="versions/i.py"),
        Revision("j", labels=("one",), path="versions/j.py"),
        Revision("k", labels=("one",), path="versions/k.py"),
    ]
    with pytest.raises(GraphError) as caught:
        RevisionGraph.build(broken)
    text = "\n".join(caught.value.facts["problems"])
    assert "revision b is defined twice: versions/b.py and versions/other_b.py" in text
    assert "h (versions/h.py) names the dependency nowhere, which no file defines" in text
    assert "i (versions/i.py) names the parent gone, which no file defines" in text
    assert "label 'one' is on both j (versions/j.py) and k (versions/k.py)" in text
    assert text.count("revisions form a cycle") == 2
    assert "c (versions/c.py) -> d (versions/d.py)" in text or "d (versions/d.py) -> c" in text


@given(random_revisions(largest=20), st.randoms())
def test_order_has_everything_after_what_it_requires(made: list[Revision], chance: object) -> None:
    tree = RevisionGraph.build(made)
    place = {id_: index for index, id_ in enumerate(tree.order)}
    assert len(place) == len(made)
    assert all(place[r] < place[id_] for id_ in tree.order for r in tree.requires[id_])


@given(random_revisions(largest=20), st.data())
def test_ancestors_and_descendants_are_inverse(made: list[Revision], data: st.DataObject) -> None:
    tree = RevisionGraph.build(made)
    one, other = (data.draw(st.sampled_from(sorted(tree.revisions))) for _ in range(2))
    assert (one in tree.ancestors({other})) == (other in tree.descendants({one}))


@given(random_revisions(largest=20), st.data())
def test_tips_stand_for_the_whole_set(made: list[Revision], data: st.DataObject) -> None:
    tree = RevisionGraph.build(made)
    ids = data.draw(st.frozensets(st.sampled_from(sorted(tree.revisions))))
    closed = tree.ancestors(ids)
    assert tree.ancestors(tree.tips(closed)) == closed


def test_fifty_thousand_revisions_make_a_graph() -> None:
    chain = [Revision("0"), *(Revision(str(n), (str(n - 1),)) for n in range(1, 50_000))]
    tree = RevisionGraph.build(chain)
    assert tree.heads == {"49999"}
    assert len(tree.ancestors(tree.heads)) == 50_000
