"""Which privacy requests are listed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fidesdev.core.moments import Period
from fidesdev.core.request_filters import Include, RequestFilters
from fidesdev.core.requests import STATUSES
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import UnknownRecord, UsageError
from fidesdev.services import requests
from tests.requests_databases import present_fixture, present_template_fixture  # noqa: F401 - fixtures
from tests.requests_tables import NOW, add, ago, policy, request, workspace

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


def test_deleted_and_technical_requests_are_listed_only_when_included(
    present: DatabaseUrl, listed: Listed
) -> None:
    add(
        present,
        "privacyrequest",
        request("a"),
        request("b", source="fides_js"),
        request("deleted", deleted_at=NOW),
        request("test", source="dataset_test"),
        request("webhook", source="consent_webhook"),
    )
    assert listed() == ["a", "b"]
    assert listed(include=frozenset({Include.DELETED})) == ["a", "b", "deleted"]
    assert listed(include=frozenset({Include.DATASET_TEST})) == ["a", "b", "test"]
    assert listed(include=frozenset({Include.CONSENT_WEBHOOK})) == ["a", "b", "webhook"]
    assert listed(include=frozenset(Include)) == ["a", "b", "deleted", "test", "webhook"]


def test_every_status_is_listed_by_itself(present: DatabaseUrl, listed: Listed) -> None:
    add(present, "privacyrequest", *(request(status, status=status) for status in STATUSES))
    assert set(listed()) == set(STATUSES)
    for status in STATUSES:
        assert listed(statuses=frozenset({status})) == [status]
    assert listed(statuses=frozenset({"Pending", "in-processing"})) == ["in_processing", "pending"]


def test_a_period_includes_its_beginning_and_not_its_end(
    present: DatabaseUrl, listed: Listed
) -> None:
    add(present, "privacyrequest", *(request(str(n), created_at=ago(n)) for n in range(4)))
    assert listed(created=Period(ago(2), ago(1))) == ["2"]
    assert listed(created=Period(since=ago(1))) == ["0", "1"]
    assert listed(created=Period(until=ago(1))) == ["2", "3"]


def test_policy_and_action_choose_by_the_policy_of_a_request(
    present: DatabaseUrl, tmp_path: Path, listed: Listed
) -> None:
    both = policy(present, "both", "erasure", "access")
    none = policy(present, "none")
    add(
        present,
        "privacyrequest",
        request("a", policy_id=both),
        request("b", policy_id=none),
        request("c"),
    )
    assert listed(policy="both") == ["a"]
    assert listed(action="Erasure") == ["a"]
    assert listed(action="consent") == []
    rows = requests.list_(workspace(present, tmp_path)).requests
    assert [(row.policy, row.actions) for row in rows] == [
        ("both", ("access", "erasure")),
        ("none", ()),
        (None, ()),
    ]


def test_an_unknown_policy_names_the_nearest(present: DatabaseUrl, listed: Listed) -> None:
    policy(present, "default_access")
    with pytest.raises(UnknownRecord) as caught:
        listed(policy="defualt_access")
    assert caught.value.facts["nearest"] == ["default_access"]


@pytest.mark.parametrize("filters", [{"action": "acess"}, {"statuses": frozenset({"pendng"})}])
def test_a_label_that_the_database_lacks_is_a_usage_error(
    listed: Listed, filters: dict[str, object]
) -> None:
    with pytest.raises(UsageError, match="this database has no"):
        listed(**filters)


def test_search_takes_the_beginning_of_either_id_literally(
    present: DatabaseUrl, listed: Listed
) -> None:
    add(
        present,
        "privacyrequest",
        request("a", external_id="Case-1"),
        request("b", external_id="50%_off"),
        request("c", external_id="x case-1"),
        request("d", external_id="5\\0"),
        request("e", external_id="50 off"),
    )
    assert listed(search="cAsE-") == ["a"]
    assert listed(search="50%") == ["b"]
    assert listed(search="5_") == []
    assert listed(search="5\\") == ["d"]
    assert listed(search="PRI_C") == ["c"]
    assert listed(search="'; DROP TABLE privacyrequest; --") == []


def test_overdue_is_past_due_and_still_to_be_done(
    present: DatabaseUrl, tmp_path: Path, listed: Listed
) -> None:
    add(
        present,
        "privacyrequest",
        request("a", due_date=ago(2)),
        request("b", due_date=ago(2), status="complete"),
        request("c", due_date=ago(-2)),
        request("d"),
    )
    assert listed(overdue=True) == ["a"]
    rows = requests.list_(workspace(present, tmp_path), now=NOW).requests
    assert [(row.days_left, row.overdue) for row in rows] == [
        (-2, True),
        (-2, False),
        (2, False),
        (None, False),
    ]
