"""Lists of privacy requests: their order, their pages, their streams."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg2
import pytest

from fidesdev.core.request_filters import SORT_FIELDS, RequestFilters, parse_cursor, parse_sort
from fidesdev.core.requests import STATUSES
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import UsageError
from fidesdev.services import requests
from tests.requests_databases import present_fixture, present_template_fixture  # noqa: F401 - fixtures
from tests.requests_tables import NOW, add, ago, ask, ask_one, request, run, workspace

pytestmark = pytest.mark.server
Listed = Callable[..., list[str]]


@pytest.fixture
def listed(present: DatabaseUrl, tmp_path: Path) -> Listed:
    """Lists the names of the requests that match."""

    def names(**filters: object) -> list[str]:
        chosen = RequestFilters(**filters)  # type: ignore[arg-type] # the tests' own keywords
        report = requests.list_(workspace(present, tmp_path), chosen, now=NOW)
        return [row.id.removeprefix("pri_") for row in report.requests]

    return names


def test_newest_first_then_those_without_a_time_then_by_id(
    present: DatabaseUrl, listed: Listed
) -> None:
    add(
        present,
        "privacyrequest",
        request("none_b", created_at=None),
        request("old", created_at=ago(9)),
        request("twin_b", created_at=ago(2)),
        request("new", created_at=ago(1)),
        request("none_a", created_at=None),
        request("twin_a", created_at=ago(2)),
    )
    assert listed() == ["new", "twin_a", "twin_b", "old", "none_a", "none_b"]


@pytest.mark.parametrize("field", SORT_FIELDS)
def test_pages_follow_each_other_without_a_gap_or_a_repetition(
    present: DatabaseUrl, tmp_path: Path, field: str
) -> None:
    add(present, "privacyrequest", *(_varied(number) for number in range(24)))
    space = workspace(present, tmp_path)
    for sort in (parse_sort(field), parse_sort(f"-{field}")):
        direction = "DESC" if sort.descending else "ASC"
        order = f"SELECT id FROM privacyrequest ORDER BY {field} {direction} NULLS LAST, id"
        expected = [row_id for (row_id,) in ask(present, order)]
        for size in (1, 5, 23, 24):
            filters, seen = RequestFilters(sort=sort), list[str]()
            while len(seen) <= len(expected):
                page = requests.list_(space, filters, limit=size)
                seen += [row.id for row in page.requests]
                if page.next is None:
                    break
                filters = RequestFilters(sort=sort, after=parse_cursor(page.next))
            assert seen == expected
        assert [row.id for row in requests.stream(space, RequestFilters(sort=sort))] == expected


def _varied(number: int) -> dict[str, object]:
    """A request with values that repeat, and some that are missing."""
    time = ago(number % 4) if number % 5 else None
    return request(
        f"{number:02}",
        created_at=time,
        updated_at=time,
        requested_at=time,
        due_date=time,
        reviewed_at=time,
        started_processing_at=time,
        finished_processing_at=None,
        external_id=f"É_{number % 3}%" if number % 4 else None,
        status=list(STATUSES)[number % 3],
    )


def test_a_page_stays_where_it_was_when_newer_requests_arrive(
    present: DatabaseUrl, tmp_path: Path, listed: Listed
) -> None:
    add(present, "privacyrequest", *(request(str(n), created_at=ago(n)) for n in range(4)))
    first = requests.list_(workspace(present, tmp_path), limit=2)
    add(present, "privacyrequest", request("newest", created_at=NOW + timedelta(days=1)))
    assert first.next
    assert listed(after=parse_cursor(first.next)) == ["2", "3"]


def test_there_is_a_next_page_only_when_there_are_more_rows(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    add(present, "privacyrequest", request("a"), request("b"))
    space = workspace(present, tmp_path)
    assert requests.list_(space, limit=1).next is not None
    assert requests.list_(space, limit=2).next is None


@pytest.mark.parametrize("limit", [0, -1, 100_001])
def test_a_page_is_neither_empty_nor_endless(
    present: DatabaseUrl, tmp_path: Path, limit: int
) -> None:
    with pytest.raises(UsageError, match="--limit"):
        requests.list_(workspace(present, tmp_path), limit=limit)


def test_fifty_are_listed_by_default(present: DatabaseUrl, listed: Listed) -> None:
    add(present, "privacyrequest", *(request(str(n)) for n in range(51)))
    assert len(listed()) == 50


def test_times_are_utc_whatever_the_session_says(present: DatabaseUrl, tmp_path: Path) -> None:
    run(present, f"ALTER DATABASE \"{present.database}\" SET timezone TO 'Asia/Kathmandu'")
    add(present, "privacyrequest", request("a", requested_at=NOW))
    (row,) = requests.list_(workspace(present, tmp_path)).requests
    assert str(row.requested_at) == "2026-05-10 12:00:00+00:00"


def test_a_stream_that_is_left_early_closes_its_connection(
    present: DatabaseUrl, server: DatabaseUrl, tmp_path: Path
) -> None:
    add(present, "privacyrequest", *(request(str(n)) for n in range(2500)))
    with closing(requests.stream(workspace(present, tmp_path))) as rows:
        assert next(rows).id == "pri_0"
        assert _connections(server, present) == 1
    # the server notices a moment after the client has gone
    with closing(psycopg2.connect(server.render())) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        for _ in range(200):
            cursor.execute("SELECT pg_sleep(0.01)")
            if _connections(server, present) == 0:
                break
    assert _connections(server, present) == 0


def test_every_request_is_streamed_once(present: DatabaseUrl, tmp_path: Path) -> None:
    add(present, "privacyrequest", *(request(f"{n:04}") for n in range(2500)))
    space = workspace(present, tmp_path)
    streamed = [row.id for row in requests.stream(space)]
    assert streamed == [f"pri_{n:04}" for n in range(2500)]
    assert [row.id for row in requests.list_all(space).requests] == streamed


def _connections(server: DatabaseUrl, url: DatabaseUrl) -> int:
    query = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{url.database}'"
    return int(ask_one(server, query))
