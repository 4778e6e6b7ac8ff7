"""The way that revisions are tried on, and what their results are known by."""

from __future__ import annotations

import pytest

from fidesdev.core.roundtrip_route import Route, chained
from tests.notation import graph


@pytest.mark.parametrize("tree", ["a > b > c", "a > b > d, a > c > d", "a > b, c > d"])
def test_each_step_begins_where_the_one_before_ends(tree: str) -> None:
    route = Route(graph(tree))
    rows: frozenset[str] = frozenset()
    for position, revision in enumerate(route.order):
        up = route.up(position)
        down = route.down(position)
        assert [step.revision for step in (*up.steps, *down.steps)] == [revision, revision]
        assert (up.before, down.before, down.after) == (rows, up.after, up.before)
        assert route.position[revision] == position
        rows = up.after
    assert rows == route.graph.heads


def test_a_digest_changes_with_its_text_and_all_before_it() -> None:
    one = chained("server 18", [b"a", b"b", b"c"])
    other = chained("server 18", [b"a", b"x", b"c"])

    assert [left == right for left, right in zip(one, other, strict=True)] == [True, False, False]
    assert len(set(one)) == 3
    assert not set(one) & set(chained("server 17", [b"a", b"b", b"c"]))
    assert chained("", [b"ab", b"c"])[1] != chained("", [b"a", b"bc"])[1]
