"""REVs that git gives a meaning, as text."""

from __future__ import annotations

import pytest

from fidesdev.core.target import parse_target, resolve
from fidesdev.errors import AmbiguousRevision, InvalidTarget
from tests.notation import graph

NOTHING: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    "ref", ["main", "origin/main", "feature/x-1", "v1.0", "HEAD~2", "stash@{0}^3", "a.py", "@"]
)
def test_everything_after_git_is_the_ref(ref: str) -> None:
    assert parse_target(f"git:{ref}").git_ref == ref


@pytest.mark.parametrize("text", ["git:", "git:--upload-pack=x", "git:-x", "merge-base2"])
def test_what_is_no_ref_is_refused(text: str) -> None:
    with pytest.raises(InvalidTarget):
        parse_target(text)


def test_merge_base_takes_an_offset() -> None:
    assert parse_target("merge-base").is_merge_base
    target = parse_target("merge-base-1")
    assert (target.is_merge_base, target.offset) == (True, -1)
    to = resolve(target, graph("a > b > c"), NOTHING, named=frozenset({"b"}))
    assert to.ids == {"a"}


def test_named_ids_are_taken_as_they_are_with_their_lineages() -> None:
    tree = graph("a > b, a > c, x > y")
    to = resolve(parse_target("git:main"), tree, NOTHING, named=frozenset({"b", "c"}))
    assert to.ids == {"b", "c"}
    assert to.scope == {"a", "b", "c"}


def test_step_from_several_shared_heads_is_ambiguous() -> None:
    with pytest.raises(AmbiguousRevision):
        resolve(
            parse_target("merge-base-1"),
            graph("a > b, a > c"),
            NOTHING,
            named=frozenset({"b", "c"}),
        )
