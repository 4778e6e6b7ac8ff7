"""Requests change stage by Fides' rules, all or none, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from fidesdev.core.request_filters import RequestFilters
from fidesdev.core.request_review import TRANSITIONS, Chosen, RequestsChange, Review, Verb
from fidesdev.core.requests import STATUSES
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import (
    MissingTable,
    RequestsMoved,
    StillReferenced,
    UnknownRecord,
    UsageError,
    WrongStatus,
)
from fidesdev.services import request_review
from tests.requests_databases import older_fixture, present_fixture, present_template_fixture  # noqa: F401 - fixtures
from tests.requests_tables import NOW, add, ago, ask, ask_one, request, run, workspace

pytestmark = pytest.mark.server
Reviewed = Callable[..., RequestsChange]
REVIEWABLE = {"pending", "duplicate", "awaiting_pre_approval", "pre_approval_not_eligible"}
ENDED = {"complete", "denied", "canceled", "error"}
FROM = {
    Verb.APPROVE: REVIEWABLE,
    Verb.DENY: REVIEWABLE,
    Verb.CANCEL: set(STATUSES) - ENDED,
    Verb.RESTART: {"error"},
    Verb.DELETE: set(STATUSES),
    Verb.ERASE: set(STATUSES),
}
"""What Fides' services allow."""


@pytest.fixture
def reviewed(present: DatabaseUrl, tmp_path: Path) -> Reviewed:
    """Does a verb with requests by their names, or by filters."""

    def do(verb: Verb, *names: str, **more: object) -> RequestsChange:
        filters = more.pop("filters", None)
        by, reason = more.pop("by", None), more.pop("reason", None)
        wanted = Review(verb, by, reason)  # type: ignore[arg-type] # the tests' own keywords
        chosen = Chosen(tuple(f"pri_{name}" for name in names), filters)  # type: ignore[arg-type]
        space = workspace(present, tmp_path)
        return request_review.review(space, chosen, wanted, now=NOW, **more)  # type: ignore[arg-type]

    return do


def statuses(url: DatabaseUrl) -> dict[str, str]:
    rows = ask(url, "SELECT id, status FROM privacyrequest ORDER BY id")
    return {row_id.removeprefix("pri_"): status for row_id, status in rows}


def user(url: DatabaseUrl, name: str) -> str:
    add(
        url,
        "fidesuser",
        {"id": f"fid_{name}", "username": name, "hashed_password": "x", "salt": "x"},
    )
    return f"fid_{name}"


@pytest.mark.parametrize("verb", FROM)
def test_a_verb_leads_on_from_the_statuses_that_fides_allows(
    present: DatabaseUrl, reviewed: Reviewed, verb: Verb
) -> None:
    add(present, "privacyrequest", *(request(status, status=status) for status in STATUSES))
    for status in STATUSES:
        if status in FROM[verb]:
            assert reviewed(verb, status, reason="why").count == 1
            assert statuses(present).get(status) in {TRANSITIONS[verb].status or status, None}
        else:
            with pytest.raises(WrongStatus, match=f"pri_{status} is {status}"):
                reviewed(verb, status, reason="why")
            assert statuses(present)[status] == status


def test_approval_stamps_the_request_and_the_audit_log(
    present: DatabaseUrl, reviewed: Reviewed
) -> None:
    ada = user(present, "ada")
    add(present, "privacyrequest", request("a"), request("b"))
    field = {"id": "cus_1", "field_name": "f", "field_label": "F", "privacy_request_id": "pri_a"}
    add(present, "custom_privacy_request_field", field)
    report = reviewed(Verb.APPROVE, "a", "b", by="ada")
    assert (report.count, report.audit_entries, report.dispatched) == (2, 2, True)
    columns = "status, reviewed_at, reviewed_by, updated_at, custom_privacy_request_fields_approved"
    assert ask(present, f"SELECT {columns}_by FROM privacyrequest ORDER BY id") == [
        ("approved", NOW, ada, NOW, ada),
        ("approved", NOW, ada, NOW, None),
    ]
    logged = "SELECT privacy_request_id, action, user_id, message FROM auditlog ORDER BY 1"
    assert ask(present, logged) == [
        ("pri_a", "approved", ada, None),
        ("pri_b", "approved", ada, None),
    ]
    assert ask_one(present, "SELECT count(DISTINCT id) FROM auditlog WHERE id LIKE 'aud_%'") == 2


def test_denial_keeps_its_reason_in_the_audit_log(present: DatabaseUrl, reviewed: Reviewed) -> None:
    add(present, "privacyrequest", request("a"))
    reviewed(Verb.DENY, "a", reason="no proof")
    assert ask(present, "SELECT action, message, user_id FROM auditlog") == [
        ("denied", "no proof", None)
    ]
    assert ask_one(present, "SELECT reviewed_at FROM privacyrequest") == NOW


def test_canceling_keeps_its_reason_with_the_request(
    present: DatabaseUrl, reviewed: Reviewed
) -> None:
    add(present, "privacyrequest", request("a"))
    assert reviewed(Verb.CANCEL, "a", reason="withdrawn").audit_entries == 0
    columns = "status, cancel_reason, canceled_at, reviewed_at"
    assert ask(present, f"SELECT {columns} FROM privacyrequest") == [
        ("canceled", "withdrawn", NOW, None)
    ]
    assert ask_one(present, "SELECT count(*) FROM auditlog") == 0


def test_a_reason_that_the_column_cannot_hold_is_told_before_anything_is_asked() -> None:
    with pytest.raises(UsageError, match="201 characters"):
        Review(Verb.CANCEL, reason="x" * 201)


def test_soft_deletion_says_when_and_by_whom(present: DatabaseUrl, reviewed: Reviewed) -> None:
    ada = user(present, "ada")
    add(present, "privacyrequest", request("a"))
    reviewed(Verb.DELETE, "a", by=ada)
    assert ask(present, "SELECT deleted_at, deleted_by, status FROM privacyrequest") == [
        (NOW, ada, "pending")
    ]
    with pytest.raises(WrongStatus, match="pri_a is deleted"):
        reviewed(Verb.DELETE, "a")
    with pytest.raises(WrongStatus, match="pri_a is deleted"):
        reviewed(Verb.APPROVE, "a")


def test_one_offender_stops_all_and_every_one_is_counted(
    present: DatabaseUrl, reviewed: Reviewed
) -> None:
    rows = (request(f"{n:02}", status="complete" if n % 2 else "pending") for n in range(40))
    add(present, "privacyrequest", *rows)
    with pytest.raises(WrongStatus) as caught:
        reviewed(Verb.APPROVE, filters=RequestFilters())
    facts = caught.value.facts
    assert (facts["count"], len(facts["offenders"])) == (20, 10)
    assert "and 10 more" in str(caught.value)
    assert set(statuses(present).values()) == {"pending", "complete"}
    assert ask_one(present, "SELECT count(*) FROM auditlog") == 0


def test_filters_choose_what_a_list_shows(present: DatabaseUrl, reviewed: Reviewed) -> None:
    add(
        present,
        "privacyrequest",
        request("a", location="US-CA"),
        request("b", location="FR"),
        request("c", location="US", deleted_at=ago(1)),
        request("d", location="US", source="dataset_test"),
    )
    report = reviewed(Verb.APPROVE, filters=RequestFilters(location="US"))
    assert (report.count, report.ids) == (1, ("pri_a",))
    assert reviewed(Verb.DENY, filters=RequestFilters(location="DE")).count == 0


def test_a_dry_run_tells_the_same_and_changes_nothing(
    present: DatabaseUrl, reviewed: Reviewed
) -> None:
    add(present, "privacyrequest", request("a"), request("b", status="duplicate"))
    report = reviewed(Verb.APPROVE, "a", "b", dry_run=True)
    assert (report.executed, report.count) == (False, 2)
    assert report.before == {"pending": 1, "duplicate": 1}
    assert set(statuses(present).values()) == {"pending", "duplicate"}


def test_another_number_than_was_agreed_to_changes_nothing(
    present: DatabaseUrl, reviewed: Reviewed
) -> None:
    add(present, "privacyrequest", request("a"), request("b"))
    with pytest.raises(RequestsMoved):
        reviewed(Verb.APPROVE, filters=RequestFilters(), expected=1)
    assert set(statuses(present).values()) == {"pending"}


def test_who_changes_the_same_request_at_the_same_time_wins_alone(
    present: DatabaseUrl, reviewed: Reviewed
) -> None:
    add(present, "privacyrequest", request("a"), request("b"))
    with closing(psycopg2.connect(present.render())) as other, ThreadPoolExecutor(1) as pool:
        other.cursor().execute("UPDATE privacyrequest SET status = 'canceled' WHERE id = 'pri_b'")
        approval = pool.submit(reviewed, Verb.APPROVE, "a", "b")
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        while not ask_one(present, waiting + " AND wait_event_type = 'Lock'"):
            assert not approval.done()
        other.commit()
        with pytest.raises(RequestsMoved):
            approval.result()
    assert statuses(present) == {"a": "pending", "b": "canceled"}
    assert ask_one(present, "SELECT count(*) FROM auditlog") == 0


def test_unknown_ids_are_all_told(present: DatabaseUrl, reviewed: Reviewed) -> None:
    add(present, "privacyrequest", request("a"))
    with pytest.raises(UnknownRecord) as caught:
        reviewed(Verb.APPROVE, "a", "x", "y")
    assert caught.value.facts["unknown"] == ["pri_x", "pri_y"]
    assert statuses(present) == {"a": "pending"}


def test_an_unknown_reviewer_names_the_nearest(present: DatabaseUrl, reviewed: Reviewed) -> None:
    user(present, "ada")
    add(present, "privacyrequest", request("a"))
    with pytest.raises(UnknownRecord, match="no user is called 'adda'") as caught:
        reviewed(Verb.APPROVE, "a", by="adda")
    assert caught.value.facts["nearest"] == ["ada"]


def test_removal_counts_what_goes_along(present: DatabaseUrl, reviewed: Reviewed) -> None:
    add(present, "privacyrequest", request("a"), request("b"))
    for number, name in enumerate("aab"):
        row = {"id": f"pro_{number}", "privacy_request_id": f"pri_{name}", "field_name": "email"}
        add(present, "providedidentity", row)
    planned = reviewed(Verb.ERASE, "a", dry_run=True)
    assert [(e.table, e.rows, e.action) for e in planned.effects] == [
        ("providedidentity", 2, "cascade")
    ]
    assert reviewed(Verb.ERASE, "a").executed
    assert ask(present, "SELECT id FROM providedidentity") == [("pro_2",)]


def test_removal_is_refused_while_rows_refer_to_what_would_go(
    present: DatabaseUrl, reviewed: Reviewed
) -> None:
    run(
        present,
        "CREATE TABLE consentrequest (id text, who varchar REFERENCES providedidentity)",
    )
    add(present, "privacyrequest", request("a"))
    add(present, "providedidentity", {"id": "p", "privacy_request_id": "pri_a", "field_name": "x"})
    add(present, "consentrequest", {"id": "c", "who": "p"})
    for dry_run in (True, False):
        with pytest.raises(StillReferenced, match=r"1 of consentrequest\.who"):
            reviewed(Verb.ERASE, "a", dry_run=dry_run)
    assert statuses(present) == {"a": "pending"}


def test_an_older_schema_approves_without_the_columns_it_lacks(
    older: DatabaseUrl, tmp_path: Path
) -> None:
    add(older, "privacyrequest", request("a"))
    space, chosen = workspace(older, tmp_path), Chosen(("pri_a",))
    report = request_review.review(space, chosen, Review(Verb.APPROVE), now=NOW)
    assert (report.count, report.audit_entries) == (1, 0)
    assert statuses(older) == {"a": "approved"}
    with pytest.raises(UsageError, match="no status 'canceled'"):
        request_review.review(space, chosen, Review(Verb.CANCEL, reason="x"))
    with pytest.raises(MissingTable, match="deleted_at"):
        request_review.review(space, chosen, Review(Verb.DELETE))
