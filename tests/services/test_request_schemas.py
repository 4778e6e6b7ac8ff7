"""Databases that hold fewer of Fides' columns, or none of its tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.core.request_filters import RequestFilters, parse_sort
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import AuthenticationFailed, MissingTable, UsageError
from fidesdev.services import requests
from tests.requests_databases import older_fixture, present_fixture, present_template_fixture  # noqa: F401 - fixtures
from tests.requests_tables import add, policy, request, run, workspace

pytestmark = pytest.mark.server


def test_an_older_schema_shows_the_columns_it_has(older: DatabaseUrl, tmp_path: Path) -> None:
    add(older, "privacyrequest", request("a", policy_id=policy(older, "p", "access")))
    report = requests.list_(workspace(older, tmp_path))
    (row,) = report.requests
    assert (row.policy, row.actions, row.due_date, row.days_left) == ("p", ("access",), None, None)
    assert set(report.columns) == {
        "id",
        "external_id",
        "status",
        "policy",
        "actions",
        "requested_at",
        "identities",
        "created_at",
    }


@pytest.mark.parametrize(
    ("filters", "column"),
    [({"overdue": True}, "due_date"), ({"sort": parse_sort("reviewed_at")}, "reviewed_at")],
)
def test_a_filter_on_a_column_that_is_not_there_says_so(
    older: DatabaseUrl, tmp_path: Path, filters: dict[str, object], column: str
) -> None:
    chosen = RequestFilters(**filters)  # type: ignore[arg-type] # the parametrized keywords
    with pytest.raises(MissingTable, match=column):
        requests.list_(workspace(older, tmp_path), chosen)


def test_an_older_schema_has_fewer_statuses(older: DatabaseUrl, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        requests.list_(
            workspace(older, tmp_path), RequestFilters(statuses=frozenset({"duplicate"}))
        )
    assert "in_processing, pending, complete" in (caught.value.hint or "")


def test_a_database_without_requests_says_how_to_get_them(
    database: DatabaseUrl, tmp_path: Path
) -> None:
    with pytest.raises(MissingTable, match="privacyrequest") as caught:
        requests.list_(workspace(database, tmp_path))
    assert "fidesdev db upgrade" in (caught.value.hint or "")


def test_a_table_of_that_name_that_is_something_else_is_told(
    database: DatabaseUrl, tmp_path: Path
) -> None:
    run(database, "CREATE TABLE privacyrequest (id text)")
    with pytest.raises(MissingTable, match="'status'"):
        requests.list_(workspace(database, tmp_path))


def test_sqlite_has_no_privacy_requests(tmp_path: Path) -> None:
    url = DatabaseUrl(backend="sqlite", database=str(tmp_path / "file.db"))
    with pytest.raises(UsageError, match="PostgreSQL"):
        requests.list_(workspace(url, tmp_path))
    assert not (tmp_path / "file.db").exists()


def test_a_role_without_rights_is_told_so(present: DatabaseUrl, tmp_path: Path) -> None:
    role = f"{present.database}_reader"
    run(present, f"CREATE ROLE \"{role}\" LOGIN PASSWORD 'reader'")
    try:
        stranger = DatabaseUrl(
            backend="postgresql",
            database=present.database,
            host=present.host,
            port=present.port,
            user=role,
            password="reader",
        )
        with pytest.raises(AuthenticationFailed, match="permission denied"):
            requests.list_(workspace(stranger, tmp_path))
    finally:
        run(present, f'DROP ROLE "{role}"')
