"""What may not be written, and what a refusal leaves behind."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from fidesdev.db.base import Base, Client, FidesUser, Policy, Rule
from fidesdev.db.session import ExtendedSession
from fidesdev.errors import (
    DuplicateRecord,
    FidesdevError,
    KeyOrNameAlreadyExists,
    RecordRefused,
)
from tests.db.conftest import Factory

CLIENT = {"hashed_secret": "h", "salt": "s"}


def policy(db: Session, name: str = "Access", **values: Any) -> Policy:
    return Policy.create(db, data={"name": name, **values})


# Duplicates


def test_taken_key_and_taken_name_are_named(db: ExtendedSession) -> None:
    policy(db)
    with pytest.raises(KeyOrNameAlreadyExists) as refusal:
        policy(db, "Other", key="access")
    assert refusal.value.facts["values"] == {"key": "access"}
    with pytest.raises(KeyOrNameAlreadyExists) as refusal:
        policy(db, key="other")
    assert refusal.value.facts["values"] == {"name": "Access"}
    with pytest.raises(KeyOrNameAlreadyExists):
        Policy.create(db, data={"name": "Access", "key": "other"}, check_name=False)


def test_name_that_need_not_be_unique_is_checked_unless_told_otherwise(
    db: ExtendedSession,
) -> None:
    first = Client.create(db, data={**CLIENT, "name": "api"})
    with pytest.raises(KeyOrNameAlreadyExists):
        Client.create(db, data={**CLIENT, "name": "api"})
    second = Client.create(db, data={**CLIENT, "name": "api"}, check_name=False)
    assert first.id != second.id
    assert Client.create(db, data=CLIENT).name is Client.create(db, data=CLIENT).name is None


def test_other_unique_columns_are_named_too(db: ExtendedSession) -> None:
    FidesUser.create(db, data={"username": "Ann"})
    with pytest.raises(DuplicateRecord, match="FidesUser with username 'ANN' already") as refusal:
        FidesUser.create(db, data={"username": "ANN"})
    assert not isinstance(refusal.value, KeyOrNameAlreadyExists)
    policy(db, drp_action="access")
    with pytest.raises(DuplicateRecord, match="drp_action 'access'"):
        policy(db, "Again", drp_action="access")


def test_duplicate_on_update_is_no_driver_error_and_leaves_the_row_as_it_was(
    db: ExtendedSession,
) -> None:
    policy(db)
    other = policy(db, "Erasure")
    with pytest.raises(KeyOrNameAlreadyExists):
        other.update(db, data={"execution_timeframe": 9, "key": "access"})
    with pytest.raises(KeyOrNameAlreadyExists):
        other.update(db, data={"execution_timeframe": 9, "name": "Access"})
    assert (other.key, other.name, other.execution_timeframe) == ("erasure", "Erasure", None)
    assert other.update(db, data={"name": "Deletion"}).name == "Deletion"


def test_refusal_keeps_what_the_transaction_did_before(db: ExtendedSession) -> None:
    policy(db)
    db.add(FidesUser(id="fid_1", username="ann"))
    with pytest.raises(KeyOrNameAlreadyExists):
        policy(db)
    db.commit()
    assert FidesUser.get(db, object_id="fid_1") is not None


def test_refused_save_leaves_a_session_that_works(db: ExtendedSession) -> None:
    policy(db)
    other = policy(db, "Erasure")
    other.key = "access"
    with pytest.raises(KeyOrNameAlreadyExists):
        other.save(db)
    assert other.key == "erasure"
    assert Policy(name="Third", key="third").save(db).id.startswith("pol_")


def test_plain_session_works_after_a_refusal_as_well(db: ExtendedSession) -> None:
    policy(db)
    with Session(db.get_bind()) as plain:
        with pytest.raises(KeyOrNameAlreadyExists):
            Policy(name="Access", key="other").save(plain)
        changed = policy(plain, "Erasure")
        changed.key = "access"
        with pytest.raises(KeyOrNameAlreadyExists):
            changed.update(plain, data={"execution_timeframe": 1})
        assert (changed.key, changed.execution_timeframe) == ("erasure", None)


# Other refusals of the database


@pytest.mark.parametrize(
    ("model", "data", "words"),
    [
        (Policy, {"name": "x", "client_id": "nobody"}, "policy_client_id_fkey"),
        (Policy, {"name": None, "key": "x"}, "null value"),
        (Policy, {"name": "x", "drp_action": "dance"}, "dance"),
        (Policy, {"name": "x", "execution_timeframe": 2**40}, "integer"),
        (Policy, {"name": "x", "execution_timeframe": "soon"}, "soon"),
        (Policy, {"name": "x", "id": "x" * 256}, "too long"),
    ],
)
def test_values_that_the_table_cannot_hold_are_refused_in_its_words(
    db: ExtendedSession, model: type[Base], data: dict[str, Any], words: str
) -> None:
    with pytest.raises(RecordRefused, match=words) as refusal:
        model.create(db, data=data)
    assert isinstance(refusal.value, ValueError)
    assert refusal.value.hint
    assert model.all(db) == []


def test_row_that_others_refer_to_is_not_deleted(db: ExtendedSession) -> None:
    made = policy(db)
    rule = Rule.create(db, data={"name": "R", "policy_id": made.id, "action_type": "access"})
    with pytest.raises(RecordRefused) as refusal:
        made.delete(db)
    assert refusal.value.facts["constraint"] == "rule_policy_id_fkey"
    with pytest.raises(RecordRefused):
        Policy.delete_all(db)
    assert [found.id for found in Policy.all(db)] == [made.id]
    rule.delete(db)
    made.delete(db)
    assert Policy.all(db) == []


def test_lost_connection_is_not_blamed_on_the_values(db: ExtendedSession, factory: Factory) -> None:
    backend = db.scalar(text("SELECT pg_backend_pid()"))
    with factory() as other:
        other.execute(text(f"SELECT pg_terminate_backend({backend})"))
    with pytest.raises(OperationalError):
        policy(db)
    db.rollback()
    assert policy(db).key == "access"


def test_every_refusal_has_a_code_and_a_command_to_type(db: ExtendedSession) -> None:
    policy(db)
    refusals: list[FidesdevError] = []
    for data in (
        {"name": "Access"},
        {"colour": 1},
        {"key": "a b"},
        {"name": "x", "client_id": "?"},
    ):
        with pytest.raises(FidesdevError) as refusal:
            Policy.create(db, data=data)
        refusals.append(refusal.value)
    assert [found.code for found in refusals] == [
        "key_or_name_exists",
        "unknown_field",
        "invalid_key",
        "record_refused",
    ]
    assert all(found.hint and found.hint.endswith(".") for found in refusals)
