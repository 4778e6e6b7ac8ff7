"""Measure the verbs about privacy requests against the SQL that a person would type.

    python -m benchmarks.requests --database-url postgresql://postgres@localhost/postgres

The database named must be one in which databases may be created; it is not written to itself. The
table has medians of wall time: pages in this process, exports as commands beside psql's `\\copy`.
"""

from __future__ import annotations

import argparse
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from fidesdev import open_workspace
from fidesdev.adapters.postgres import connect, create_database, drop_database
from fidesdev.config import Flags
from fidesdev.core.request_filters import NEWEST_FIRST, Cursor, RequestFilters
from fidesdev.core.request_reports import By
from fidesdev.core.request_review import Chosen, Review, Verb
from fidesdev.core.url import DatabaseUrl, parse_url
from fidesdev.services import request_reports, request_review, requests

ROOT = Path(__file__).parents[1]
FIDESDEV = str(Path(sys.executable).parent / "fidesdev")
PAGE, DEEP, APPROVED = 50, 1000, 100_000
POLICIES = """
INSERT INTO policy (id, key, name)
SELECT 'pol_' || n, 'policy_' || n, n FROM generate_series(0, 2) n;
INSERT INTO rule (id, key, name, action_type, policy_id)
SELECT 'rul_' || n, 'rule_' || n, n, (enum_range(NULL::actiontype))[1 + n], 'pol_' || n
  FROM generate_series(0, 2) n;
"""
REQUESTS = """
INSERT INTO privacyrequest (id, created_at, updated_at, external_id, requested_at, status,
                            policy_id, source, due_date, location, deleted_at)
SELECT 'pri_' || gen_random_uuid(), t, t, 'case-' || n, t,
       (enum_range(NULL::privacyrequeststatus))[1 + (hashint4(n) & 2147483647) %% 16],
       'pol_' || n %% 3, (ARRAY['privacy_center', 'request_manager', 'fides_js'])[1 + n %% 3],
       t + interval '45 days', (ARRAY['US-CA', 'US-NY', 'FR', NULL])[1 + n %% 4],
       CASE WHEN n %% 50 = 0 THEN t END
  FROM generate_series(1, %(rows)s) AS n,
       LATERAL (SELECT timestamptz '2024-01-01' + n * (interval '900 days' / %(rows)s) AS t) AS at;
"""
ORDINARY = """
deleted_at IS NULL AND (source IS NULL OR source NOT IN ('dataset_test', 'consent_webhook'))
"""
NEWEST = (
    f"SELECT * FROM privacyrequest WHERE {ORDINARY} {{}} ORDER BY created_at DESC, id LIMIT {PAGE}"  # noqa: S608 - our own text
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    url = parse_url(given.database_url).with_database("fidesdev_benchmark_requests")
    drop_database(url)
    create_database(url)
    try:
        fill(url, given.rows)
        print("| case | fidesdev | SQL | ratio |\n|---|--:|--:|--:|")
        pages(url, given.runs)
        exports(url, given.runs)
        changes(url)
    finally:
        drop_database(url)


def fill(url: DatabaseUrl, rows: int, fidesdev: str = FIDESDEV) -> None:
    """The tables of our own migrations, with many requests; indexes are made afterwards."""
    command = (fidesdev, "-C", str(ROOT), "--database-url", url.render(), "db", "upgrade", "-q")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    begun = time.monotonic()
    with closing(connect(url, autocommit=True)) as connection:
        cursor = connection.cursor()
        cursor.execute(POLICIES)
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'privacyrequest'"
            " AND indexname LIKE 'ix%%'"
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute(REQUESTS, {"rows": rows})
        for _name, definition in indexes:
            cursor.execute(definition)
        cursor.execute("VACUUM ANALYZE privacyrequest")
    print(f"{rows} requests in {time.monotonic() - begun:.0f} s\n")


def pages(url: DatabaseUrl, runs: int) -> None:
    """First, deep and filtered pages, and counts."""
    space = open_workspace(Flags(database_url=url.render()))
    deep = position(url, DEEP * PAGE)
    behind = (
        f"AND (created_at <= '{deep.value}' AND (created_at < '{deep.value}' OR id > '{deep.id}'))"
    )
    cases: list[tuple[str, RequestFilters, str]] = [
        ("first page", RequestFilters(), ""),
        (f"page {DEEP}", RequestFilters(after=deep), behind),
        ("status error", RequestFilters(statuses=frozenset({"error"})), "AND status = 'error'"),
        ("policy", RequestFilters(policy="policy_1"), "AND policy_id = 'pol_1'"),
        ("location US", RequestFilters(location="US"), "AND location ~ '^US(-|$)'"),
        ("external id", RequestFilters(external_id="case-77"), "AND external_id = 'case-77'"),
        ("page by id", RequestFilters(sort=replace(NEWEST_FIRST, field="id")), ""),
    ]
    for name, filters, condition in cases:
        query = NEWEST.format(condition)
        if filters.sort.field == "id":
            query = query.replace("created_at DESC, id", "id DESC")
        row(name, lambda f=filters: requests.list_(space, f), lambda q=query: ask(url, q), runs)
    for by, column in ((By.STATUS, "status"), (By.POLICY, "policy_id")):
        query = f"SELECT {column}, count(*) FROM privacyrequest WHERE {ORDINARY} GROUP BY 1"  # noqa: S608 - our own text
        estimated = request_reports.stats(space, by=by).estimated
        name = f"stats by {by}" + (" (estimated)" if estimated else "")
        row(
            name, lambda b=by: request_reports.stats(space, by=b), lambda q=query: ask(url, q), runs
        )


def exports(url: DatabaseUrl, runs: int) -> None:
    """Everything to a file, beside psql."""
    with tempfile.TemporaryDirectory() as folder:
        for format_, query in (
            ("csv", "\\copy privacyrequest to '{}' csv header"),
            ("jsonl", "\\copy (select row_to_json(r) from privacyrequest r) to '{}'"),
        ):
            file = f"{folder}/requests.{format_}"
            ours = (FIDESDEV, "--database-url", url.render(), "requests", "export", file)
            bare = ("psql", url.render(), "-qc", query.format(file))
            row(
                f"export {format_}",
                lambda c=(*ours, "--include", "all", "-q", "-C", folder): run(c),
                lambda c=bare: run(c),
                runs,
            )
            largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(f"| memory of the export (largest process so far) | {largest:.0f} MB | | |")


def changes(url: DatabaseUrl) -> None:
    """Very many requests approved at once."""
    space = open_workspace(Flags(database_url=url.render()))
    with closing(connect(url, autocommit=True)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "UPDATE privacyrequest SET status = 'pending', location = 'GB' WHERE id IN"
            " (SELECT id FROM privacyrequest WHERE deleted_at IS NULL LIMIT %s)",
            (APPROVED,),
        )
        cursor.execute("VACUUM ANALYZE privacyrequest")
    begun = time.monotonic()
    chosen = Chosen(filters=RequestFilters(location="GB"))
    report = request_review.review(space, chosen, Review(Verb.APPROVE))
    print(f"| approve {report.count} | {time.monotonic() - begun:.2f} s | | |")


def position(url: DatabaseUrl, rows: int) -> Cursor:
    """Just behind that many rows, newest first."""
    with closing(connect(url, autocommit=True)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            f"SELECT created_at, id FROM privacyrequest WHERE {ORDINARY}"  # noqa: S608 - our own text
            " ORDER BY created_at DESC, id OFFSET %s LIMIT 1",
            (rows - 1,),
        )
        return Cursor(NEWEST_FIRST, *cursor.fetchall()[0])


def row(name: str, ours: Callable[[], object], theirs: Callable[[], object], runs: int) -> None:
    """Print one line of the table; both are run in turn, once to warm up."""
    ours(), theirs()
    pairs = [(timed(ours), timed(theirs)) for _ in range(runs)]
    mine, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"| {name} | {mine * 1000:.0f} ms | {bare * 1000:.0f} ms | {mine / bare:.2f} |")


def timed(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def ask(url: DatabaseUrl, query: str) -> object:
    with closing(connect(url, autocommit=True)) as connection:
        cursor = connection.cursor()
        cursor.execute(re.sub(r"\s+", " ", query))
        return cursor.fetchall()


def run(command: tuple[str, ...]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
