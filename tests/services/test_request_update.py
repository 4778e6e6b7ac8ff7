"""Columns of requests set by hand, as far as no verb has rules for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fidesdev.core.request_filters import RequestFilters
from fidesdev.core.request_review import Chosen, RequestsChange
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import RecordRefused, UnknownField, UnknownRecord, UsageError
from fidesdev.services import request_review
from tests.requests_databases import present_fixture, present_template_fixture  # noqa: F401 - fixtures
from tests.requests_tables import NOW, add, ago, ask, ask_one, policy, request, workspace

pytestmark = pytest.mark.server
Updated = Callable[..., RequestsChange]


@pytest.fixture
def updated(present: DatabaseUrl, tmp_path: Path) -> Updated:
    """Sets columns of the request `a`."""

    def do(dry_run: bool = False, **changes: str | None) -> RequestsChange:
        space, chosen = workspace(present, tmp_path), Chosen(("pri_a",))
        return request_review.update(space, chosen, changes, dry_run=dry_run, now=NOW)

    add(present, "privacyrequest", request("a", requested_at=ago(3)), request("b"))
    return do


def test_values_are_set_as_fides_writes_them(present: DatabaseUrl, updated: Updated) -> None:
    report = updated(location="us_ca", source="Privacy Center", external_id="x", origin=None)
    assert report.values["location"] == "US-CA"
    columns = "location, source, external_id, origin, updated_at"
    assert ask(present, f"SELECT {columns} FROM privacyrequest WHERE id = 'pri_a'") == [
        ("US-CA", "privacy_center", "x", None, NOW)
    ]
    assert ask_one(present, "SELECT location FROM privacyrequest WHERE id = 'pri_b'") is None


def test_the_due_date_follows_policy_and_request_time(
    present: DatabaseUrl, updated: Updated
) -> None:
    policy(present, "long", days=45)
    policy(present, "endless")
    due = "SELECT due_date FROM privacyrequest WHERE id = 'pri_a'"
    updated(policy="long")
    assert ask_one(present, due) == ago(3) + timedelta(days=45)
    updated(requested_at="2026-05-01")
    assert ask_one(present, due) == datetime(2026, 5, 1, tzinfo=UTC) + timedelta(days=45)
    updated(due_date="2026-06-01", requested_at="2026-05-02")
    assert ask_one(present, due) == datetime(2026, 6, 1, tzinfo=UTC)
    updated(policy="endless")
    assert ask_one(present, due) is None


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"status": "complete"}, UsageError, "leaves status alone"),
        ({"deleted_at": None}, UsageError, "leaves deleted_at alone"),
        ({"id": "x"}, UnknownField, "no field 'id'"),
        ({"locaton": "US"}, UnknownField, "no field 'locaton'"),
        ({"location": "nowhere"}, UsageError, "is no location"),
        ({"due_date": "soon"}, UsageError, "is no time"),
        ({"consent_preferences": "{"}, UsageError, "no JSON"),
        ({"policy": "none"}, UnknownRecord, "no policy"),
        ({"client_id": "nobody"}, RecordRefused, "foreign key"),
        ({}, UsageError, "nothing is to be changed"),
    ],
)
def test_what_cannot_be_set_is_told_and_changes_nothing(
    present: DatabaseUrl,
    updated: Updated,
    changes: dict[str, str | None],
    error: type[Exception],
    text: str,
) -> None:
    before = ask(present, "SELECT * FROM privacyrequest ORDER BY id")
    with pytest.raises(error, match=text):
        updated(**changes)
    assert ask(present, "SELECT * FROM privacyrequest ORDER BY id") == before


def test_a_dry_run_sets_nothing(present: DatabaseUrl, updated: Updated) -> None:
    assert not updated(dry_run=True, location="FR").executed
    assert ask_one(present, "SELECT count(location) FROM privacyrequest") == 0


def test_filters_choose_too(present: DatabaseUrl, updated: Updated, tmp_path: Path) -> None:
    chosen = Chosen(filters=RequestFilters(search="pri_"))
    space = workspace(present, tmp_path)
    assert request_review.update(space, chosen, {"location": "FR"}).count == 2
    assert ask_one(present, "SELECT count(location) FROM privacyrequest") == 2
