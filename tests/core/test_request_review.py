"""Which requests a command line names, and what is to be set."""

from __future__ import annotations

import pytest

from fidesdev.core.request_filters import Include, RequestFilters
from fidesdev.core.request_review import Chosen, choose, parse_changes
from fidesdev.errors import UsageError

PENDING = RequestFilters(statuses=frozenset({"pending"}))


def test_ids_or_filters_or_all_choose() -> None:
    assert choose(["a", "b", "a"], RequestFilters()) == Chosen(("a", "b"))
    assert choose([], PENDING) == Chosen(filters=PENDING)
    assert choose([], RequestFilters(), every=True) == Chosen(filters=RequestFilters())


@pytest.mark.parametrize(
    ("ids", "filters", "every", "reason"),
    [
        ([], RequestFilters(), False, "no request is named"),
        ([], RequestFilters(include=frozenset(Include)), False, "no request is named"),
        (["a"], PENDING, False, "contradict"),
        (["a"], RequestFilters(), True, "contradict"),
        ([""], RequestFilters(), False, "empty"),
        (["a\x00"], RequestFilters(), False, "byte"),
    ],
)
def test_what_chooses_nothing_or_too_much_is_refused(
    ids: list[str], filters: RequestFilters, every: bool, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        choose(ids, filters, every=every)


def test_changes_are_field_and_value() -> None:
    assert parse_changes(["a=1", "b=", "c=x=y"]) == {"a": "1", "b": None, "c": "x=y"}


@pytest.mark.parametrize("texts", [["a"], ["=1"], ["a=1", "a=2"], ["a=\x00"]])
def test_what_is_no_change_is_refused(texts: list[str]) -> None:
    with pytest.raises(UsageError):
        parse_changes(texts)
