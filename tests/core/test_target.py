"""REV: every form, and what is said of those that mean nothing or too much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.target import parse_target, resolve
from fidesdev.errors import AmbiguousRevision, InvalidTarget, UnknownRevision
from tests.notation import graph

TREE = graph("aaaa1 > aaaa2 > bbbb1, aaaa2 > cccc1 > cccc2, bbbb1 cccc2 > dddd1, cccc1 @ side")
TWO = graph("aaaa1 > aaaa2, bbbb1 > bbbb2 > bbbb3, aaaa1 @ one, bbbb1 @ two, bbbb2 ~ aaaa1")


def ids(text: str, applied: str = "", tree: object = TREE) -> set[str]:
    return set(resolve(parse_target(text), tree, frozenset(applied.split())).ids)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "applied", "expected"),
    [
        ("bbbb1", "", "bbbb1"),
        ("bbbb", "", "bbbb1"),
        ("head", "", "dddd1"),
        ("heads", "", "dddd1"),
        ("base", "dddd1", ""),
        ("current", "bbbb1", "bbbb1"),
        ("current", "bbbb1 aaaa1", "bbbb1"),
        ("+1", "", "aaaa1"),
        ("+2", "", "aaaa2"),
        ("+1", "bbbb1", "dddd1"),
        ("-1", "aaaa1", ""),
        ("-1", "bbbb1", "aaaa2"),
        ("-1", "dddd1", "bbbb1 cccc2"),
        ("cccc2-2", "", "aaaa2"),
        ("cccc1+1", "", "cccc2"),
        ("head-1", "", "bbbb1 cccc2"),
        ("base+1", "dddd1", "aaaa1"),
        ("side@head", "", "dddd1"),
        ("side@cccc2", "", "cccc2"),
        ("side", "", "cccc1"),
        ("versions/bbbb1.py", "", "bbbb1"),
        ("./versions/bbbb1.py", "", "bbbb1"),
        ("bbbb1.py", "", "bbbb1"),
    ],
)
def test_rev_names(text: str, applied: str, expected: str) -> None:
    assert ids(text, applied) == set(expected.split())


@pytest.mark.parametrize(
    ("text", "applied", "expected", "scope"),
    [
        ("two@head", "", "bbbb3", "bbbb"),
        ("one@head", "", "aaaa2", "aaaa"),
        ("two@base", "bbbb3", "", "bbbb"),
        ("two@-1", "aaaa2 bbbb3", "bbbb2", "bbbb"),
        ("one@+1", "aaaa1", "aaaa2", "aaaa"),
        ("base", "bbbb3", "", "aaaa bbbb"),
        ("heads", "", "aaaa2 bbbb3", "aaaa bbbb"),
        ("bbbb1-1", "bbbb3", "", "bbbb"),
    ],
)
def test_scope_is_the_lineages_that_the_rev_is_about(
    text: str, applied: str, expected: str, scope: str
) -> None:
    to = resolve(parse_target(text), TWO, frozenset(applied.split()))
    assert to.ids == set(expected.split())
    assert {id_[:4] for id_ in to.scope} == set(scope.split())


@pytest.mark.parametrize(
    "text", ["", "--", "+", "a:b", "a:b:c", "a b", "@", "a@", "a@@b", "--nope", "-x", "1-", "a+b"]
)
def test_malformed_text_is_no_target(text: str) -> None:
    with pytest.raises(InvalidTarget) as caught:
        parse_target(text)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "applied", "candidates"),
    [
        ("aaaa", "", ["aaaa1", "aaaa2"]),
        ("+1", "aaaa2", ["bbbb1", "cccc1"]),
        ("-2", "dddd1", ["bbbb1-1", "cccc2-1"]),
        ("-1", "bbbb1 cccc1", ["bbbb1-1", "cccc1-1"]),
    ],
)
def test_ambiguous_rev_lists_the_candidates(text: str, applied: str, candidates: list[str]) -> None:
    with pytest.raises(AmbiguousRevision) as caught:
        ids(text, applied)
    assert caught.value.facts["candidates"] == candidates
    assert caught.value.exit_code == 1


def test_several_heads_make_head_ambiguous_and_heads_not() -> None:
    with pytest.raises(AmbiguousRevision):
        ids("head", tree=TWO)
    assert ids("heads", tree=TWO) == {"aaaa2", "bbbb3"}


@pytest.mark.parametrize(
    "text", ["zzzz9", "aaa", "base-1", "head+1", "versions/no.py", "side@aaaa9"]
)
def test_unknown_rev_exits_1(text: str) -> None:
    with pytest.raises(UnknownRevision) as caught:
        ids(text)
    assert caught.value.exit_code == 1


def test_unknown_rev_names_the_nearest() -> None:
    with pytest.raises(UnknownRevision) as caught:
        ids("bbbb2")
    assert "bbbb1" in caught.value.facts["nearest"]
    assert "bbbb1" in str(caught.value.hint)


def test_exact_id_wins_over_a_longer_one_that_begins_with_it() -> None:
    tree = graph("0570 > 0570rc1")
    assert ids("0570", tree=tree) == {"0570"}


@given(st.text(max_size=20))
def test_any_text_is_a_target_or_a_usage_error(text: str) -> None:
    try:
        assert parse_target(text).text == text
    except InvalidTarget as error:
        assert error.hint  # noqa: PT017 - both outcomes are allowed


@given(st.sampled_from(["aaaa1", "head", "base", "", "current"]), st.integers(-9, 9))
def test_relative_rev_is_that_many_steps(anchor: str, offset: int) -> None:
    text = f"{anchor}{offset:+d}"
    target = parse_target(text)
    assert (target.anchor, target.offset) == (anchor or "current", offset)
