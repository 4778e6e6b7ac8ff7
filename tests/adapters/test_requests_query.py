"""The list reads a page's worth of rows, wherever the page is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fidesdev.adapters.requests_catalog import Tables, opened
from fidesdev.adapters.requests_query import like_prefix, list_query
from fidesdev.core.request_filters import NEWEST_FIRST, Cursor, RequestFilters
from fidesdev.core.url import DatabaseUrl
from tests.requests_databases import (  # noqa: F401 - fixtures
    present_fixture,
    present_template_fixture,
)
from tests.requests_tables import NOW, run

pytestmark = pytest.mark.server
MANY = """
INSERT INTO privacyrequest (id, status, created_at)
SELECT 'pri_' || n, 'pending', CASE WHEN n %% 10 > 0 THEN %s - n * interval '1 minute' END
  FROM generate_series(1, 5000) AS n;
CREATE INDEX by_time ON privacyrequest (created_at);
ANALYZE privacyrequest;
"""


@pytest.fixture
def many(present: DatabaseUrl) -> DatabaseUrl:
    """5,000 requests, a minute apart, every tenth without a time."""
    run(present, MANY, (NOW,))
    return present


def plan(tables: Tables, after: Cursor | None) -> str:
    """What PostgreSQL did for a page behind the cursor."""
    filters = RequestFilters(after=after)
    query = list_query(tables.catalog, filters, policy_id=None, now=NOW, limit=51)
    cursor = tables.connection.cursor()
    cursor.execute(
        "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) "
        + query.as_string(tables.connection)
    )
    return "\n".join(line for (line,) in cursor)


@pytest.mark.parametrize(
    "after", [None, Cursor(NEWEST_FIRST, NOW - timedelta(minutes=4000), "pri_4000")]
)
def test_a_page_reads_its_own_rows_from_the_index(many: DatabaseUrl, after: Cursor | None) -> None:
    with opened(many) as tables:
        shown = plan(tables, after)
    scan = next(line for line in shown.splitlines() if "Index Scan Backward using by_time" in line)
    assert float(scan.partition("rows=")[2].split()[0]) <= 60
    assert "Seq Scan on privacyrequest" not in shown


def test_rows_without_a_time_are_not_looked_for_while_others_fill_the_page(
    many: DatabaseUrl,
) -> None:
    with opened(many) as tables:
        assert "never executed" in plan(tables, None)


def test_only_the_rows_of_the_page_are_joined(many: DatabaseUrl) -> None:
    with opened(many) as tables:
        joined = [line for line in plan(tables, None).splitlines() if "loops=" in line]
    assert max(float(line.partition("loops=")[2].rstrip(")")) for line in joined) <= 51


def test_no_offset_and_no_count(many: DatabaseUrl) -> None:
    with opened(many) as tables:
        query = list_query(tables.catalog, RequestFilters(), policy_id=None, now=NOW, limit=51)
        text = query.as_string(tables.connection).lower()
    assert "offset" not in text
    assert "count(" not in text


def test_a_prefix_is_taken_literally() -> None:
    assert like_prefix("50%_\\x") == "50\\%\\_\\\\x%"
