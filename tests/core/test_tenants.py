"""Which tenants are meant: lists, shards, targets that may be given twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.target import parse_target
from fidesdev.core.tenants import (
    Outcome,
    Shard,
    TenantReport,
    distinct,
    is_query,
    parse_list,
    parse_shard,
    require_absolute,
    shown,
    summary,
)
from fidesdev.errors import InvalidUrl, UsageError

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1).filter(
    lambda name: name == name.strip() and name[0] not in "#\ufeff" and "://" not in name
)
COUNTS = st.integers(1, 50)


@given(st.lists(NAMES))
def test_a_list_has_what_was_written_line_by_line_once(names: list[str]) -> None:
    text = "\ufeff# ours\n" + "".join(f"  {name}\t\r\n\n#{name}\n" for name in names)
    assert parse_list(text) == tuple(dict.fromkeys(names))


@given(NAMES, COUNTS)
def test_every_name_is_in_exactly_one_shard(name: str, count: int) -> None:
    assert [Shard(n, count).has(name) for n in range(1, count + 1)].count(True) == 1


def test_shards_are_those_that_they_were() -> None:
    """Machines with different versions share a list: the assignment must never change."""
    names = [f"tenant_{number}" for number in range(12)]
    assert [[name[7:] for name in names if Shard(n, 3).has(name)] for n in (1, 2, 3)] == PARTS


PARTS = [["3", "7", "10"], ["0", "1", "2", "4", "5", "6", "8"], ["9", "11"]]


@given(COUNTS, COUNTS)
def test_a_shard_is_read_as_it_is_written(one: int, other: int) -> None:
    shard = Shard(min(one, other), max(one, other))
    assert parse_shard(str(shard)) == shard


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", " 1/2", "¹/2"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no shard"):
        parse_shard(text)


def test_passwords_are_not_told_and_make_no_other_tenant() -> None:
    one, same = "postgresql://a:one@host/db", "postgresql://a:two@host/db"
    assert distinct([one, "db", same]) == (one, "db")
    assert shown(one) == "postgresql://a:***@host/db"
    with pytest.raises(InvalidUrl):
        shown("mysql://host/db")


@pytest.mark.parametrize("text", ["select 1", " SELECT\n1", "(select 1)", "with a as (", "TABLE t"])
def test_a_query_is_told_from_a_file(text: str) -> None:
    assert is_query(text)
    assert not is_query("./" + text)


def test_a_file_may_be_called_much_like_a_query() -> None:
    assert not is_query("selected.txt")
    assert not is_query("-")


@pytest.mark.parametrize("rev", ["-1", "+2", "current", "current-1", "-", "label@+1"])
def test_targets_relative_to_each_database_are_refused(rev: str) -> None:
    with pytest.raises(UsageError, match="relative to each database"):
        require_absolute(parse_target(rev))


@pytest.mark.parametrize("rev", ["heads", "head-1", "base", "abcd+1", "x@head", "git:main"])
def test_targets_that_mean_the_same_twice_are_taken(rev: str) -> None:
    require_absolute(parse_target(rev))


@pytest.mark.parametrize(
    ("outcomes", "code", "settled"),
    [
        ([], 0, True),
        ([Outcome.DONE, Outcome.UNCHANGED], 0, True),
        ([Outcome.DONE, Outcome.PENDING], 0, False),
        ([Outcome.DONE, Outcome.FAILED, Outcome.NOT_STARTED], 1, False),
    ],
)
def test_a_failure_is_told_by_the_exit_code(
    outcomes: list[Outcome], code: int, settled: bool
) -> None:
    report = summary("heads", [TenantReport("t", one) for one in outcomes], executed=True)
    assert (report.exit_code, report.is_settled) == (code, settled)
    assert sum(report.counts.values()) == len(outcomes)
