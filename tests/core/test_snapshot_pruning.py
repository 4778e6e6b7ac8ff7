"""Which snapshots are beyond the limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.snapshot_pruning import Limits, choose, parse_age, parse_size
from fidesdev.core.snapshots import Snapshot
from fidesdev.errors import UsageError

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def aged(days: int, size: int = 10) -> Snapshot:
    created = NOW - timedelta(days=days)
    return Snapshot(f"s{days}", "d", (), None, None, None, created, size)


FOUR = [aged(1), aged(5), aged(20), aged(40)]


@pytest.mark.parametrize(
    ("limits", "gone"),
    [
        (Limits(), []),
        (Limits(keep=0), [1, 5, 20, 40]),
        (Limits(keep=3), [40]),
        (Limits(keep=9), []),
        (Limits(older_than=timedelta(days=10)), [20, 40]),
        (Limits(keep=3, older_than=timedelta(days=10)), [40]),
        (Limits(max_size=25), [20, 40]),
        (Limits(max_size=0), [1, 5, 20, 40]),
        (Limits(keep=3, max_size=0), [40]),
        (Limits(older_than=timedelta(days=30), max_size=25), [20, 40]),
    ],
)
def test_limits(limits: Limits, gone: list[int]) -> None:
    assert [one.name for one in choose(FOUR, limits, NOW)] == [f"s{days}" for days in gone]


@given(
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 50)), unique_by=lambda one: one[0]),
    st.none() | st.integers(0, 5),
    st.none() | st.integers(0, 99),
    st.none() | st.integers(0, 200),
)
def test_newest_stay_and_sizes_fit(
    made: list[tuple[int, int]], keep: int | None, days: int | None, size: int | None
) -> None:
    found = [aged(*one) for one in sorted(made)]
    age = None if days is None else timedelta(days=days)
    gone = choose(found, Limits(keep, age, size), NOW)
    left = [one for one in found if one not in gone]
    assert found[: keep or 0] == left[: keep or 0]
    if size is not None and not keep:
        assert sum(one.bytes for one in left) <= size
    if age is not None:
        assert all(NOW - one.created <= age for one in left[keep or 0 :])


@pytest.mark.parametrize(
    ("text", "hours"), [("12h", 12), ("30d", 720), ("2w", 336), (" 1d ", 24), ("0h", 0)]
)
def test_ages(text: str, hours: int) -> None:
    assert parse_age(text) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("text", "size"), [("5GB", 5 * 1024**3), ("1.5 kB", 1536), ("10b", 10), ("2tb", 2 * 1024**4)]
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "3 months", "1d2h"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no age"):
        parse_age(text)


@pytest.mark.parametrize("text", ["", "5", "GB", "-1GB", "5 gallons"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no size"):
        parse_size(text)
