"""Steps run in Alembic's own order, which scripts of merged branches may lean on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from alembic.script.revision import Revision as AlembicRevision
from alembic.script.revision import RevisionMap
from hypothesis import given, settings

from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.ordering import depths, descending
from fidesdev.core.planner import plan_downgrade, plan_upgrade
from fidesdev.core.target import Destination
from tests.effort import lines_run
from tests.notation import graph, random_revisions


def alembic_order(made: list[Revision], upper: str = "heads") -> list[str]:
    """The order in which Alembic upgrades an empty database to there."""
    known = RevisionMap(
        lambda: [
            AlembicRevision(one.id, one.parents or None, one.depends_on or None, one.labels or None)
            for one in made
        ]
    )
    found = known.iterate_revisions(upper, "base", implicit_base=True)
    return [one.revision for one in found][::-1]


def upgrade_order(made: list[Revision], upper: frozenset[str]) -> list[str]:
    """The order of our own plan for the same."""
    tree = RevisionGraph.build(made)
    plan = plan_upgrade(tree, frozenset(), Destination(upper, frozenset(tree.revisions)))
    return [step.revision for step in plan.steps]


INDEPENDENT = random_revisions(largest=14).map(
    lambda made: [replace(one, depends_on=()) for one in made]
)
"""Alembic's order of several dependencies of one revision changes from run to run."""


@given(INDEPENDENT)
@settings(max_examples=200, deadline=None)
def test_an_empty_database_is_upgraded_in_alembics_order(made: list[Revision]) -> None:
    tree = RevisionGraph.build(made)

    assert upgrade_order(made, tree.heads) == alembic_order(made)


@given(random_revisions(largest=14))
@settings(max_examples=100, deadline=None)
def test_every_revision_comes_after_what_it_requires(made: list[Revision]) -> None:
    tree = RevisionGraph.build(made)
    place = {id_: number for number, id_ in enumerate(upgrade_order(made, tree.heads))}

    assert set(place) == set(tree.revisions)
    assert all(place[below] < place[id_] for id_ in place for below in tree.requires[id_])


@given(INDEPENDENT)
@settings(max_examples=100, deadline=None)
def test_a_downgrade_to_base_is_the_same_backwards(made: list[Revision]) -> None:
    tree = RevisionGraph.build(made)
    base = Destination(frozenset(), frozenset(tree.revisions))
    plan = plan_downgrade(tree, tree.heads, base, text="base")

    assert [step.revision for step in plan.steps] == alembic_order(made)[::-1]


def test_branches_of_a_merge_are_applied_the_last_named_first() -> None:
    tree = graph("base > left > merge, base > right, left right > merge")

    assert tree.descending(frozenset(tree.revisions)) == ("merge", "left", "right", "base")


@pytest.mark.parametrize("shape", ["fan", "ladder", "chain"])
def test_ordering_takes_work_that_grows_with_the_tree_alone(shape: str) -> None:
    def work(size: int) -> int:
        requires = {"fan": fan, "ladder": ladder, "chain": chain}[shape](size)
        required_by: dict[str, list[str]] = {id_: [] for id_ in requires}
        for id_, below in requires.items():
            for one in below:
                required_by[one].append(id_)
        heads = [id_ for id_, above in required_by.items() if not above]
        above = {id_: tuple(found) for id_, found in required_by.items()}
        longest = depths(requires, requires)
        ordered: list[str] = []
        lines = lines_run(lambda: ordered.extend(descending(requires, above, longest, heads)))
        assert len(ordered) == size
        return lines

    assert work(5_000) < 15 * work(500)  # a hundred times, were it quadratic


def chain(size: int) -> dict[str, tuple[str, ...]]:
    return {str(n): (str(n - 1),) if n else () for n in range(size)}


def fan(size: int) -> dict[str, tuple[str, ...]]:
    """One base, and lines of ten on it."""
    return {str(n): () if not n else ("0",) if n % 10 == 1 else (str(n - 1),) for n in range(size)}


def ladder(size: int) -> dict[str, tuple[str, ...]]:
    """Branch and merge, again and again."""
    made: dict[str, tuple[str, ...]] = {"0": ()}
    for n in range(1, size):
        kind = n % 3
        made[str(n)] = {
            1: (str(n - 1),),
            2: (str(n - 2),) if n > 1 else ("0",),
            0: (str(n - 2), str(n - 1)),
        }[kind]
    return made
