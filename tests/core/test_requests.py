"""What a status means, and how days are counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from fidesdev.core.requests import ACTIVE_STATUSES, STATUSES, days_left, is_overdue

NOW = datetime(2026, 5, 10, 23, 30, tzinfo=UTC)


def test_there_are_sixteen_statuses_and_each_says_what_it_means() -> None:
    assert len(STATUSES) == 16
    assert all(status.meaning for status in STATUSES.values())


def test_the_active_statuses_are_those_of_fides() -> None:
    assert {
        "in_processing",
        "pending",
        "approved",
        "paused",
        "requires_input",
        "requires_manual_finalization",
        "pending_external",
    } == ACTIVE_STATUSES


@pytest.mark.parametrize(
    ("due", "days"),
    [
        (NOW, 0),
        (NOW + timedelta(hours=1), 1),
        (NOW - timedelta(hours=23), 0),
        (NOW - timedelta(hours=24), -1),
        (datetime(2026, 5, 12, 1, tzinfo=timezone(timedelta(hours=2))), 1),
    ],
)
def test_days_left_counts_utc_dates(due: datetime, days: int) -> None:
    assert days_left(due, NOW) == days


def test_a_request_without_a_due_date_has_no_days_left_and_is_never_overdue() -> None:
    assert days_left(None, NOW) is None
    assert not is_overdue("pending", None, NOW)


def test_only_an_active_request_past_its_due_date_is_overdue() -> None:
    past, future = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
    assert is_overdue("pending", past, NOW)
    assert not is_overdue("pending", future, NOW)
    assert not is_overdue("complete", past, NOW)
