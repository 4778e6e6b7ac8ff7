"""The models beyond their columns: relationships, and what a privacy request knows of itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, text

from fidesdev.db.base import (
    AuditLog,
    Client,
    ExecutionLog,
    FidesUser,
    Policy,
    PrivacyRequest,
    ProvidedIdentity,
    Rule,
)
from fidesdev.db.session import ExtendedSession
from fidesdev.models.enums import ActionType, AuditLogAction, DrpAction, PrivacyRequestStatus

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def policy(db: ExtendedSession) -> Policy:
    """A policy of 45 days that gives access and erases."""
    made = Policy.create(db, data={"name": "Both", "execution_timeframe": 45})
    for name, action in (("Erase", "erasure"), ("Show", "access"), ("Erase more", "erasure")):
        Rule.create(db, data={"name": name, "policy_id": made.id, "action_type": action})
    return made


def test_enum_columns_give_members_and_take_members_or_labels(db: ExtendedSession) -> None:
    made = Policy.create(db, data={"name": "P", "drp_action": "deletion"})
    assert made.drp_action is DrpAction.deletion
    made.update(db, data={"drp_action": DrpAction.sale_opt_in})
    assert db.scalar(text("SELECT drp_action::text FROM policy")) == "sale_opt_in"


def test_every_status_is_stored_and_read(db: ExtendedSession) -> None:
    made = PrivacyRequest.create(db, data={"status": "pending"})
    for status in PrivacyRequestStatus:
        assert made.update(db, data={"status": status}).status is status
        assert db.scalar(text("SELECT status::text FROM privacyrequest")) == status.value
    assert len(PrivacyRequestStatus) == 16


def test_policy_knows_its_rules_and_they_know_it(db: ExtendedSession, policy: Policy) -> None:
    assert [rule.key for rule in policy.rules] == ["erase", "erase_more", "show"]
    assert {rule.policy for rule in policy.rules} == {policy}
    assert policy.action_types == (ActionType.access, ActionType.erasure)


def test_request_is_due_when_its_policy_says(db: ExtendedSession, policy: Policy) -> None:
    data = {"status": "pending", "policy_id": policy.id, "requested_at": NOON}
    made = PrivacyRequest.create(db, data=data)
    assert made.due_date == NOON + timedelta(days=45)
    assert made.policy is policy
    assert made.action_types == policy.action_types
    assert "due_date" not in data


def test_request_is_made_now_and_its_due_date_may_be_given(
    db: ExtendedSession, policy: Policy
) -> None:
    before = datetime.now(UTC)
    made = PrivacyRequest.create(db, data={"status": "pending", "policy": policy, "due_date": NOON})
    assert made.requested_at is not None
    assert before <= made.requested_at <= datetime.now(UTC)
    assert made.due_date == NOON


def test_request_without_policy_has_no_due_date_and_no_actions(db: ExtendedSession) -> None:
    made = PrivacyRequest.create(db, data={"status": "pending"})
    assert made.due_date is None
    assert made.days_left is None
    assert made.action_types == ()


@given(
    due=st.datetimes(timezones=st.timezones() | st.just(UTC)),
    now=st.datetimes(timezones=st.just(UTC)),
)
def test_days_left_are_calendar_days_in_utc(due: datetime, now: datetime) -> None:
    try:
        wanted = (due.astimezone(UTC).date() - now.date()).days
    except OverflowError:
        return
    assert PrivacyRequest(due_date=due).days_left_at(now) == wanted


@pytest.mark.parametrize(
    ("hour", "zone", "left"), [(23, 0, 1), (1, 2, 0), (23, -2, 2), (0, 0, 1), (12, 12, 1)]
)
def test_days_left_do_not_depend_on_the_zone_that_the_server_answers_in(
    hour: int, zone: int, left: int
) -> None:
    due = datetime(2026, 3, 2, hour, tzinfo=timezone(timedelta(hours=zone)))
    assert PrivacyRequest(due_date=due).days_left_at(NOON) == left


def test_days_left_count_from_now() -> None:
    before = datetime.now(UTC).date()
    left = PrivacyRequest(due_date=datetime.now(UTC) + timedelta(days=3)).days_left
    assert left == 3 or before != datetime.now(UTC).date()


def test_identities_belong_to_a_request_and_go_with_it(db: ExtendedSession) -> None:
    made = PrivacyRequest.create(db, data={"status": "pending"})
    made.provided_identities.append(ProvidedIdentity(field_name="email", encrypted_value="x"))
    made.save(db)
    identity = ProvidedIdentity.get_by(db, field="privacy_request_id", value=made.id)
    assert identity is not None
    assert identity.privacy_request is made
    assert identity.is_hash_migrated is False
    made.delete(db)
    assert ProvidedIdentity.all(db) == []


def test_identity_taken_from_its_request_is_deleted(db: ExtendedSession) -> None:
    made = PrivacyRequest.create(db, data={"status": "pending"})
    made.provided_identities.append(ProvidedIdentity(field_name="email"))
    made.save(db)
    made.provided_identities.clear()
    made.save(db)
    assert ProvidedIdentity.all(db) == []


def test_logs_are_in_order_and_outlive_the_request(db: ExtendedSession) -> None:
    made = PrivacyRequest.create(db, data={"status": "pending"})
    for name in ("first", "second"):
        ExecutionLog.create(
            db,
            data={
                "privacy_request_id": made.id,
                "action_type": "access",
                "status": "complete",
                "collection_name": name,
                "fields_affected": [{"path": f"{name}.email"}],
            },
        )
    AuditLog.create(db, data={"privacy_request_id": made.id, "action": "approved"})
    assert [log.collection_name for log in made.execution_logs] == ["first", "second"]
    assert made.execution_logs[0].fields_affected == [{"path": "first.email"}]
    assert [log.action for log in made.audit_logs] == [AuditLogAction.approved]
    made.delete(db)
    assert (len(ExecutionLog.all(db)), len(AuditLog.all(db))) == (2, 1)


def test_deleted_user_leaves_the_requests_that_he_reviewed(db: ExtendedSession) -> None:
    user = FidesUser.create(db, data={"username": "ann"})
    made = PrivacyRequest.create(
        db, data={"status": "approved", "reviewed_by": user.id, "submitted_by": user.id}
    )
    assert made.reviewer is made.submitter is user
    user.delete(db)
    assert made.reviewed_by is made.submitted_by is None


def test_users_are_found_whatever_the_case_of_their_names(db: ExtendedSession) -> None:
    user = FidesUser.create(db, data={"username": "Ann", "email_address": "Ann@Example.eu"})
    assert FidesUser.get_by(db, field="username", value="ANN") is user
    assert FidesUser.get_by(db, field="email_address", value="ann@example.EU") is user
    assert user.disabled is False


def test_client_begins_without_scopes_and_may_belong_to_a_user(db: ExtendedSession) -> None:
    user = FidesUser.create(db, data={"username": "ann"})
    made = Client.create(db, data={"hashed_secret": "h", "salt": "s", "user_id": user.id})
    assert made.scopes == made.roles == made.systems == made.connections == made.monitors == []
    assert made.user is user
    assert made.update(db, data={"scopes": ["policy:read"]}).scopes == ["policy:read"]


def test_large_columns_are_loaded_when_looked_at(db: ExtendedSession) -> None:
    PrivacyRequest.create(db, data={"status": "complete", "access_result_urls": "x" * 9})
    db.expunge_all()
    found = PrivacyRequest.all(db)[0]
    assert {"access_result_urls", "filtered_final_upload"} <= inspect(found).unloaded
    assert found.access_result_urls == "x" * 9


def test_no_json_is_null_and_other_values_come_back(db: ExtendedSession) -> None:
    group = uuid4()
    made = PrivacyRequest.create(
        db,
        data={
            "status": "pending",
            "consent_preferences": None,
            "duplicate_request_group_id": group,
        },
    )
    empty = text("SELECT consent_preferences IS NULL FROM privacyrequest")
    assert db.scalar(empty) is True
    assert made.duplicate_request_group_id == group
    preferences = [{"data_use": "marketing", "opt_in": False}]
    made.update(db, data={"consent_preferences": preferences})
    assert made.consent_preferences == preferences
