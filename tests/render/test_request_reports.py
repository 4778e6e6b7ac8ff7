"""Counts, exports and changes of requests as text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fidesdev.core.request_reports import (
    Count,
    RequestExport,
    RequestMove,
    RequestStats,
    RequestWatch,
)
from fidesdev.core.request_review import RequestsChange, RowEffect
from fidesdev.render.console import blocks_of
from fidesdev.render.plain import plain
from fidesdev.render.request_reports import move_line

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)


def text(report: object) -> list[str]:
    return [" ".join(line.split()) for line in plain(blocks_of(report))]


def change(**more: object) -> RequestsChange:
    values: dict[str, object] = {
        "verb": "approve",
        "done": "approved",
        "status": "approved",
        "count": 1,
        "before": {"pending": 1},
        "ids": ("pri_a",),
        "by": None,
        "reason": None,
        "values": {},
        "audit_entries": 0,
        "effects": (),
        "dispatched": False,
        "executed": True,
    }
    return RequestsChange(**{**values, **more})  # type: ignore[arg-type] # the tests' own keywords


def test_an_estimate_is_marked_everywhere() -> None:
    counts = (Count("pending", 1200, 10), Count(None, 300, 0))
    shown = text(RequestStats("status", 1500, counts, NOW, estimated=True, sample=5.0))
    assert shown == [
        "status requests overdue share",
        "pending ~1200 ~10 80.0 %",
        "(none) ~300 20.0 %",
        "~1500 requests since 2026-05-10.",
        "Estimated from 5 % of the table; --exact counts all of it.",
    ]


def test_a_database_without_due_dates_has_no_column_for_them() -> None:
    counts = (Count("pending", 1, None),)
    shown = text(RequestStats("status", 1, counts, None, estimated=False, sample=None))
    assert shown == ["status requests share", "pending 1 100.0 %", "1 request."]


def test_an_export_tells_its_speed_once_that_means_something() -> None:
    short = RequestExport("out.csv", "csv", 1, 10, (), seconds=0.1)
    assert text(short) == ["Exported 1 request to out.csv (10 bytes)"]
    long = RequestExport("out.csv", "csv", 3_000_000, 10, (), seconds=10)
    assert text(long) == ["Exported 3000000 requests to out.csv (10 bytes, 300,000 a second)"]


@pytest.mark.parametrize(
    ("before", "deleted", "shown"),
    [
        ("pending", False, "pending -> approved"),
        (None, False, "-> approved"),
        ("pending", True, "pending -> deleted"),
    ],
)
def test_a_change_is_one_line(before: str | None, deleted: bool, shown: str) -> None:
    move = RequestMove(NOW, "pri_a", before, "approved", "p", deleted)
    (line,) = plain([move_line(move)])
    assert line == f"2026-05-10T12:00:00Z  pri_a  {shown}  p"


def test_a_watch_without_requests_still_says_how_it_ends() -> None:
    assert "Ctrl-C ends." in text(RequestWatch(NOW, (), (), 0.1))[0]


def test_a_bulk_change_names_ten_and_counts_the_rest() -> None:
    ids = tuple(f"pri_{number}" for number in range(30))
    shown = text(change(count=30, before={"pending": 30}, ids=ids, by="ada"))
    assert shown[0] == "Approved 30 requests by ada (before: 30 pending)"
    assert (shown[10], shown[11]) == ("pri_9", "and 20 more")


def test_a_removal_tells_what_goes_along() -> None:
    effects = (
        RowEffect("providedidentity", "privacy_request_id", 2, "cascade"),
        RowEffect("requesttask", "privacy_request_id", 3, "set null"),
    )
    shown = text(change(done="removed for good", effects=effects, executed=False))
    assert shown == [
        "Would be removed for good: 1 request (before: 1 pending)",
        "pri_a",
        "Rows of other tables:",
        "table column rows",
        "providedidentity privacy_request_id 2 removed too",
        "requesttask privacy_request_id 3 set null",
        "Nothing has been changed.",
    ]


def test_an_update_tells_what_it_set() -> None:
    shown = text(change(done="updated", values={"location": "US", "due_date": NOW, "origin": None}))
    assert shown[2:] == ["location: US", "due_date: 2026-05-10T12:00:00Z", "origin: (nothing)"]
