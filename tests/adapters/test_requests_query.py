"""The list reads a page's worth of rows, wherever the page is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fidesdev.adapters.request_conditions import like_prefix
from fidesdev.adapters.requests_catalog import Tables, opened
from fidesdev.adapters.requests_query import list_query, pages_by_policy
from fidesdev.adapters.requests_table import read_page
from fidesdev.core.request_filters import (
    NEWEST_FIRST,
    Cursor,
    RequestFilters,
    Selection,
    parse_sort,
)
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
    chosen = Selection(RequestFilters(after=after), NOW)
    query = list_query(tables.catalog, chosen, limit=51)
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
        query = list_query(tables.catalog, Selection(RequestFilters(), NOW), limit=51)
        text = query.as_string(tables.connection).lower()
    assert "offset" not in text
    assert "count(" not in text


def test_a_prefix_is_taken_literally() -> None:
    assert like_prefix("50%_\\x") == "50\\%\\_\\\\x%"


BY_POLICY = """
INSERT INTO policy (id, key, name) SELECT 'pol_' || n, n, n FROM generate_series(1, 4) AS n;
INSERT INTO privacyrequest (id, status, created_at, policy_id, deleted_at)
SELECT 'pri_' || n, 'pending', CASE WHEN n %% 9 > 0 THEN %s - n / 3 * interval '1 minute' END,
       'pol_' || nullif(n %% 5, 0), CASE WHEN n %% 7 = 0 THEN now() END
  FROM generate_series(1, 4000) AS n;
ANALYZE privacyrequest;
UPDATE pg_class SET reltuples = 1e7 WHERE relname = 'privacyrequest';
"""


@pytest.fixture
def by_policy(present: DatabaseUrl) -> DatabaseUrl:
    """Requests of four policies and of none, in a table that counts as large."""
    run(present, BY_POLICY, (NOW,))
    return present


@pytest.mark.parametrize("order", ["-created_at", "created_at"])
def test_pages_merged_from_those_of_each_policy_are_the_same(
    by_policy: DatabaseUrl, order: str
) -> None:
    sort = parse_sort(order)
    with opened(by_policy) as tables:
        assert pages_by_policy(tables, RequestFilters(sort=sort))
        pages = []
        for merged in (True, False):
            after, ids = None, list[str]()
            while after or not ids:
                chosen = Selection(RequestFilters(sort=sort, after=after), NOW)
                query = list_query(tables.catalog, chosen, limit=400, by_policy=merged)
                rows, after = read_page(tables, query, sort=sort, limit=399, now=NOW)
                ids += [row.id for row in rows]
            pages.append(ids)
    assert pages[0] == pages[1]
    assert len(pages[0]) == 4000 - 4000 // 7


def test_a_merged_page_reads_its_own_rows_from_the_index(by_policy: DatabaseUrl) -> None:
    with opened(by_policy) as tables:
        query = list_query(
            tables.catalog, Selection(RequestFilters(), NOW), limit=51, by_policy=True
        )
        cursor = tables.connection.cursor()
        cursor.execute("EXPLAIN (COSTS OFF) " + query.as_string(tables.connection))
        shown = "\n".join(line for (line,) in cursor)
    assert "Index Scan Backward using ix_privacyrequest_policy_created" in shown
    assert "Seq Scan on privacyrequest" not in shown.partition("SubPlan")[0]


@pytest.mark.parametrize(
    "filters",
    [
        RequestFilters(statuses=frozenset({"error"})),
        RequestFilters(sort=parse_sort("id")),
        RequestFilters(search="x"),
    ],
)
def test_a_page_that_may_have_to_look_far_is_not_merged(
    by_policy: DatabaseUrl, filters: RequestFilters
) -> None:
    with opened(by_policy) as tables:
        assert not pages_by_policy(tables, filters)


def test_an_index_on_the_time_is_better_than_merging(by_policy: DatabaseUrl) -> None:
    run(by_policy, "CREATE INDEX by_time ON privacyrequest (created_at)")
    run(by_policy, "UPDATE pg_class SET reltuples = 1e7 WHERE relname = 'privacyrequest'")
    with opened(by_policy) as tables:
        assert not pages_by_policy(tables, RequestFilters())
