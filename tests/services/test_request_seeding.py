"""Made-up requests in real databases: the same rows again, whole or not at all."""

from __future__ import annotations

import resource
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest

from fidesdev.adapters.identities import open_cipher, search_hash
from fidesdev.adapters.request_generator import BATCH
from fidesdev.core.request_filters import RequestFilters
from fidesdev.core.request_seeds import RequestsSeeded, Wanted, Written, numbered, tail
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import MissingTable, RecordRefused, UsageError
from fidesdev.services import requests
from fidesdev.services.request_seeding import seed_requests
from tests.requests_databases import (  # noqa: F401 - fixtures
    older_fixture,
    present_fixture,
    present_template_fixture,
)
from tests.requests_tables import KEY, NOW, ask, ask_one, run, workspace

pytestmark = pytest.mark.server
TABLES = ("privacyrequest", "executionlog", "auditlog")
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef"


def rows(url: DatabaseUrl, table: str) -> list[tuple[object, ...]]:
    return ask(url, f"SELECT * FROM {table} ORDER BY id")


def seeded(url: DatabaseUrl, folder: Path, count: int, seed: int = 1) -> RequestsSeeded:
    return seed_requests(workspace(url, folder), Wanted(count, seed, NOW))


def test_the_same_seed_makes_the_same_rows_in_any_steps(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    whole = BATCH + 70
    seeded(present, tmp_path, whole)
    at_once = {table: rows(present, table) for table in TABLES}
    for table in TABLES:
        run(present, f"DELETE FROM {table}")
    first, rest = seeded(present, tmp_path, 50), seeded(present, tmp_path, whole)
    assert (first.requests, rest.first, rest.requests) == (50, 51, whole - 50)
    assert {table: rows(present, table) for table in TABLES} == at_once
    assert len(at_once["privacyrequest"]) == whole


def test_a_second_run_writes_nothing_and_another_seed_other_rows(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    seeded(present, tmp_path, 100)
    before = rows(present, "privacyrequest")
    assert seeded(present, tmp_path, 100).requests == 0
    assert rows(present, "privacyrequest") == before
    assert seeded(present, tmp_path, 100, seed=2).requests == 100
    assert ask_one(present, "SELECT count(DISTINCT id) FROM privacyrequest") == 200


def test_a_seed_that_has_gaps_is_refused(present: DatabaseUrl, tmp_path: Path) -> None:
    seeded(present, tmp_path, 10)
    run(present, "DELETE FROM privacyrequest WHERE external_id = 'seed-1-5'")
    with pytest.raises(UsageError, match="some are not"):
        seeded(present, tmp_path, 20)
    assert ask_one(present, "SELECT count(*) FROM privacyrequest") == 9


def test_a_dry_run_writes_nothing(present: DatabaseUrl, tmp_path: Path) -> None:
    planned = seed_requests(workspace(present, tmp_path), Wanted(500), dry_run=True)
    assert (planned.requests, planned.executed, planned.tables) == (500, False, TABLES)
    assert "app_encryption_key" in (planned.note or "")
    assert ask_one(present, "SELECT count(*) FROM policy") == 0


def test_rows_are_such_as_fides_has(present: DatabaseUrl, tmp_path: Path) -> None:
    report = seeded(present, tmp_path, 3000)
    assert report.rows["privacyrequest"] == 3000
    for impossible in (
        f"created_at >= '{NOW}' OR created_at < '{NOW - timedelta(days=732)}'",
        (
            "policy_id IS NULL OR due_date <> requested_at + CASE WHEN policy_id ="
            " (SELECT id FROM policy WHERE key = 'access_and_erasure_policy')"
            " THEN interval '30 days' ELSE interval '45 days' END"
        ),
        "(status = 'complete') AND finished_processing_at IS NULL",
        (
            "(status IN ('denied', 'approved', 'complete')) <> (reviewed_by IS NOT NULL)"
            " AND status IN ('denied', 'approved', 'complete', 'pending')"
        ),
        "(status = 'canceled') <> (cancel_reason IS NOT NULL)",
        f"greatest(reviewed_at, finished_processing_at, canceled_at) >= '{NOW}'",
    ):
        found = f"SELECT count(*) FROM privacyrequest WHERE {impossible}"
        assert ask_one(present, found) == 0, impossible
    assert ask_one(present, "SELECT count(DISTINCT status) FROM privacyrequest") > 10
    assert (
        ask_one(
            present,
            "SELECT count(*) FROM executionlog e LEFT JOIN privacyrequest r"
            " ON r.id = e.privacy_request_id WHERE r.id IS NULL",
        )
        == 0
    )


def test_identities_are_encrypted_and_found(present: DatabaseUrl, tmp_path: Path) -> None:
    space = workspace(present, tmp_path, key=KEY)
    report = seed_requests(space, Wanted(30, until=NOW))
    assert (report.note, report.rows["providedidentity"]) == (None, 40)
    cipher = open_cipher(KEY)
    salt = cipher.decrypt(ask_one(present, "SELECT encrypted_value FROM identity_salt"))
    stored = ask(present, "SELECT encrypted_value, hashed_value FROM providedidentity")
    for sealed, hashed in stored:
        assert search_hash(cipher.decrypt(sealed), salt) == hashed
    values = requests.list_(space, RequestFilters(), show_identities=True).requests
    shown = [dict(row.identity_values or {})["email"] for row in values]
    assert all("@" in (email or "") for email in shown)


def test_bare_requests_come_alone(present: DatabaseUrl, tmp_path: Path) -> None:
    report = seed_requests(workspace(present, tmp_path, key=KEY), Wanted(40, bare=True))
    assert (report.rows, report.note) == ({"privacyrequest": 40}, None)


def test_very_many_leave_every_index_as_it_was_in_little_memory(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    indexes, heard = ask(present, INDEXES), list[Written]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    space, wanted = workspace(present, tmp_path), Wanted(60_000, bare=True)
    report = seed_requests(space, wanted, on_progress=heard.append)
    assert report.rows == {"privacyrequest": 60_000}
    assert ask(present, INDEXES) == indexes
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000
    assert all(0 < one.done <= one.total for one in heard)


def test_whoever_reads_the_table_meanwhile_is_not_waited_for(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    with closing(psycopg2.connect(present.render())) as reader:
        reader.cursor().execute("SELECT * FROM privacyrequest")  # its transaction stays open
        space = workspace(present, tmp_path)
        report = seed_requests(space, Wanted(50_000, bare=True))
    assert report.rows == {"privacyrequest": 50_000}


def test_a_failure_leaves_nothing_behind(present: DatabaseUrl, tmp_path: Path) -> None:
    indexes = ask(present, INDEXES)
    values = "'s', 'c', 'access', 'complete', 'pri_elsewhere'"
    columns = "id, dataset_name, collection_name, action_type, status, privacy_request_id"
    for number in range(1, 30):
        one = numbered("exe", BATCH + number, tail(1, "exe0"))
        run(present, f"INSERT INTO executionlog ({columns}) VALUES ('{one}', {values})")
    with pytest.raises(RecordRefused):
        seeded(present, tmp_path, BATCH + 100)
    assert ask_one(present, "SELECT count(*) FROM privacyrequest") == 0
    assert ask_one(present, "SELECT count(*) FROM policy") == 0
    assert ask(present, INDEXES) == indexes


def test_an_older_schema_gets_what_it_has_room_for(older: DatabaseUrl, tmp_path: Path) -> None:
    report = seed_requests(workspace(older, tmp_path, key=KEY), Wanted(300, until=NOW))
    assert set(report.rows) == {"privacyrequest", "providedidentity"}
    assert ask_one(older, "SELECT count(*) FROM privacyrequest") == 300


def test_today_is_where_the_requests_end_by_default(present: DatabaseUrl, tmp_path: Path) -> None:
    report = seed_requests(workspace(present, tmp_path), Wanted(20))
    assert timedelta(0) <= datetime.now(UTC) - report.until < timedelta(days=1)


@pytest.mark.parametrize("count", [0, -1, 10**9])
def test_a_number_that_is_none_is_refused(count: int) -> None:
    with pytest.raises(UsageError, match="not between 1 and"):
        Wanted(count)


def test_a_database_without_the_tables_is_told(database: DatabaseUrl, tmp_path: Path) -> None:
    with pytest.raises(MissingTable):
        seeded(database, tmp_path, 5)
