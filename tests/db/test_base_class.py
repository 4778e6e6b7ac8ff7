"""The methods of every model, on the models that Fides has most of: policies, rules and users."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import ForeignKey, MetaData, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from fidesdev.db.base import Base, Client, ExecutionLog, FidesUser, Policy, Rule
from fidesdev.db.base_class import NAMES
from fidesdev.db.session import ExtendedSession, get_db_session
from fidesdev.errors import (
    DuplicateRecord,
    FidesdevError,
    KeyOrNameAlreadyExists,
    KeyValidationError,
    RecordRefused,
    UnknownField,
    UnknownRecord,
)
from tests.db.conftest import Factory

CLIENT = {"hashed_secret": "h", "salt": "s"}


def policy(db: Session, name: str = "Access", **values: Any) -> Policy:
    return Policy.create(db, data={"name": name, **values})


# Identity and timestamps


@pytest.mark.parametrize(
    "model", [Client, ExecutionLog, FidesUser, Policy, Rule], ids=lambda m: m.__name__
)
def test_every_model_has_id_and_timestamps_first(model: type[Base]) -> None:
    assert list(model.__table__.columns.keys())[:3] == ["id", "created_at", "updated_at"]


def test_id_is_three_letters_of_the_table_and_a_uuid(db: ExtendedSession) -> None:
    uuid4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(f"pol_{uuid4}", policy(db).id)
    assert re.fullmatch(f"cli_{uuid4}", Client.create(db, data=CLIENT).id)
    assert policy(db, "Other", id="mine").id == "mine"


class Scratch(Base):
    """Models of these tests, which are none of ours."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMES)


class Book(Scratch):
    name: Mapped[str] = mapped_column(index=True)
    page_count: Mapped[int | None]
    author_id: Mapped[str | None] = mapped_column(ForeignKey("writer.id"))


class Author(Scratch):
    __tablename__ = "writer"
    id: Mapped[int] = mapped_column(primary_key=True)  # type: ignore[assignment]


def test_model_of_ones_own_needs_columns_only(db: ExtendedSession) -> None:
    Scratch.metadata.create_all(db.connection())
    assert set(Scratch.metadata.tables) == {"book", "writer"}
    book = Book.create(db, data={"name": "Dune", "page_count": 412})
    assert book.id.startswith("boo_")
    assert Book.create(db, data={"name": "Emma", "page_count": None}).created_at is not None
    assert Author.create(db, data={}).id == 1
    with pytest.raises(RecordRefused, match="book_author_id_fkey"):
        book.update(db, data={"author_id": 2})


def test_rows_are_stamped_when_created_and_when_updated(db: ExtendedSession) -> None:
    found = policy(db)
    assert found.created_at is not None
    assert found.created_at == found.updated_at
    before = found.created_at
    found.update(db, data={"execution_timeframe": 3})
    assert found.created_at == before
    assert found.updated_at is not None
    assert before < found.updated_at <= datetime.now(UTC) + timedelta(minutes=5)


def test_log_rows_of_one_transaction_have_times_of_their_own(db: ExtendedSession) -> None:
    values = {"action_type": "access", "status": "pending", "privacy_request_id": "x"}
    rows = [ExecutionLog(**values) for _ in range(3)]
    for row in rows:
        db.add(row)
        db.flush()
    db.commit()
    assert len({row.created_at for row in rows}) == 3


# create


def test_create_commits(db: ExtendedSession, factory: Factory) -> None:
    made = policy(db, execution_timeframe=45)
    with factory() as other:
        found = Policy.get(other, object_id=made.id)
        assert found is not None
        assert (found.name, found.key, found.execution_timeframe) == ("Access", "access", 45)


def test_create_leaves_the_callers_data_alone(db: ExtendedSession) -> None:
    data = {"name": "Access", "execution_timeframe": 45}
    before = deepcopy(data)
    Policy.create(db, data=data)
    assert data == before


def test_create_refuses_what_the_model_does_not_have_and_writes_nothing(
    db: ExtendedSession,
) -> None:
    with pytest.raises(UnknownField, match="Policy has no field 'colour' or 'size'") as refusal:
        policy(db, colour="red", size=1)
    assert isinstance(refusal.value, AttributeError)
    assert "execution_timeframe" in str(refusal.value.hint)
    assert Policy.all(db) == []


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"key": "given_one"}, "given_one"),
        ({"key": "With-Dash_9"}, "With-Dash_9"),
        ({"key": None}, "access"),
        ({"key": ""}, "access"),
        ({"name": "Café  Policy - (EU)"}, "cafe_policy_eu"),
    ],
)
def test_key_is_the_one_given_else_the_name_in_snake_case(
    db: ExtendedSession, values: dict[str, Any], key: str
) -> None:
    assert Policy.create(db, data={"name": "Access", **values}).key == key


BAD_KEYS = ["a.b", "<a>", "a b", "ä", "a\n", 7, ["a"]]


@pytest.mark.parametrize("key", BAD_KEYS)
def test_key_rule_is_the_same_on_create_update_save_and_in_bulk(
    db: ExtendedSession, key: Any
) -> None:
    with pytest.raises(KeyValidationError):
        policy(db, key=key)
    made = policy(db)
    with pytest.raises(KeyValidationError):
        made.update(db, data={"key": key})
    assert made.key == "access"
    made.key = key
    with pytest.raises(KeyValidationError):
        made.save(db)
    db.rollback()
    with pytest.raises(KeyValidationError):
        Policy.update_with_class(db, conditions=Policy.key == "access", values={"key": key})
    db.rollback()
    assert [found.key for found in Policy.all(db)] == ["access"]


@pytest.mark.parametrize("name", [None, "", "日本", "(!)"])
def test_name_that_makes_no_key_is_refused(db: ExtendedSession, name: str | None) -> None:
    with pytest.raises(KeyValidationError):
        Policy.create(db, data={"name": name})


def test_row_whose_key_breaks_the_rule_can_still_be_changed_otherwise(
    db: ExtendedSession,
) -> None:
    db.execute(text("INSERT INTO policy (id, name, key) VALUES ('p', 'Old', 'a.b')"))
    found = Policy.get(db, object_id="p")
    assert found is not None
    found.update(db, data={"name": "New"})
    found.execution_timeframe = 1
    assert found.save(db).key == "a.b"


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


# Reading


def test_rows_are_found_by_id_field_key_and_condition(db: ExtendedSession) -> None:
    one, two = policy(db), policy(db, "Erasure", execution_timeframe=2)
    assert Policy.get(db, object_id=one.id) is one
    assert Policy.get(db, object_id="none") is None
    assert Policy.get_by(db, field="name", value="Erasure") is two
    assert Policy.get_by(db, field="execution_timeframe", value=None) is one
    assert Policy.filter(db, conditions=Policy.execution_timeframe > 1).all() == [two]
    assert Policy.query(db).order_by(Policy.key).all() == [one, two]
    assert {found.id for found in Policy.all(db)} == {one.id, two.id}
    assert Policy.get_by_key_or_id(db, data={"id": one.id, "key": "erasure"}) is one
    assert Policy.get_by_key_or_id(db, data={"key": "erasure"}) is two
    assert Policy.get_by_key_or_id(db, data={"name": "Erasure"}) is None
    assert FidesUser.get_by_key_or_id(db, data={"key": "erasure"}) is None


def test_field_that_is_none_is_refused_when_reading_too(db: ExtendedSession) -> None:
    with pytest.raises(UnknownField):
        Policy.get_by(db, field="colour", value="red")
    with pytest.raises(UnknownField):
        Policy.get_or_create(db, data={"colour": "red"})


def test_optional_fields_are_the_columns_that_may_be_null() -> None:
    assert Policy.get_optional_field_names() == [
        "created_at",
        "updated_at",
        "client_id",
        "drp_action",
        "execution_timeframe",
    ]


def test_refreshing_shows_what_others_wrote_and_that_a_row_is_gone(
    db: ExtendedSession, factory: Factory
) -> None:
    made = policy(db)
    with factory() as other:
        theirs = Policy.get(other, object_id=made.id)
        assert theirs is not None
        theirs.update(db=other, data={"name": "Theirs"})
        assert made.name == "Access"
        assert made.refresh_from_db(db) is made
        assert made.name == "Theirs"
        theirs.delete(other)
    assert made.refresh_from_db(db) is None
    assert Policy(name="new").refresh_from_db(db) is None


# update and delete


def test_update_leaves_the_callers_data_alone_and_refuses_unknown_fields(
    db: ExtendedSession,
) -> None:
    made = policy(db)
    data = {"name": "New name", "key": None}
    before = deepcopy(data)
    assert made.update(db, data=data).key == "new_name"
    assert data == before
    with pytest.raises(UnknownField):
        made.update(db, data={"colour": "red"})
    assert not hasattr(made, "colour")


def test_update_of_a_row_that_is_gone_says_so(db: ExtendedSession, factory: Factory) -> None:
    made = policy(db)
    assert made.name == "Access"
    with factory() as other:
        Policy.delete_with_class(other, id=made.id)
    with pytest.raises(UnknownRecord, match="the row of Policy is gone") as refusal:
        made.update(db, data={"name": "Late"})
    assert isinstance(refusal.value, LookupError)
    assert Policy.all(db) == []


def test_deleting_what_is_gone_already_is_fine(db: ExtendedSession, factory: Factory) -> None:
    made = policy(db)
    assert made.name == "Access"
    with factory() as other:
        assert Policy.delete_with_class(other, id=made.id) is not None
        assert Policy.delete_with_class(other, id=made.id) is None
    made.delete(db)
    assert Policy.all(db) == []


def test_bulk_methods_count_and_do_not_commit(db: ExtendedSession, factory: Factory) -> None:
    policy(db)
    policy(db, "Erasure")
    changed = Policy.update_with_class(
        db, conditions=Policy.key == "access", values={"execution_timeframe": 5}
    )
    assert changed == 1
    assert Policy.delete_all(db) == 2
    with factory() as other:
        assert len(Policy.all(other)) == 2
    db.rollback()
    assert [found.execution_timeframe for found in Policy.all(db)] == [None, None]
    with pytest.raises(UnknownField):
        Policy.update_with_class(db, conditions=Policy.key == "access", values={"colour": 1})


def test_bulk_update_into_a_duplicate_is_refused(db: ExtendedSession) -> None:
    policy(db)
    policy(db, "Erasure")
    with pytest.raises(KeyOrNameAlreadyExists):
        Policy.update_with_class(db, conditions=Policy.key == "access", values={"key": "erasure"})
    assert len(Policy.all(db)) == 2


# create_or_update and get_or_create


def test_create_or_update_creates_then_updates_by_key_or_id(db: ExtendedSession) -> None:
    made = Policy.create_or_update(db, data={"name": "Access", "key": "access"})
    same = Policy.create_or_update(db, data={"key": "access", "execution_timeframe": 7})
    assert same is made
    assert same.execution_timeframe == 7
    assert Policy.create_or_update(db, data={"id": made.id, "name": "Renamed"}).name == "Renamed"
    assert len(Policy.all(db)) == 1


def test_create_or_update_keeps_what_the_caller_changed_in_memory(db: ExtendedSession) -> None:
    made = policy(db)
    made.execution_timeframe = 12
    Policy.create_or_update(db, data={"key": "access", "name": "Renamed"})
    assert (made.execution_timeframe, made.name) == (12, "Renamed")


def test_create_or_update_that_meets_two_rows_is_a_clash(db: ExtendedSession) -> None:
    one = policy(db)
    policy(db, "Erasure")
    with pytest.raises(KeyOrNameAlreadyExists):
        Policy.create_or_update(db, data={"id": one.id, "key": "erasure"})
    with pytest.raises(KeyOrNameAlreadyExists):
        Policy.create_or_update(db, data={"key": "third", "name": "Access"})
    assert {found.key for found in Policy.all(db)} == {"access", "erasure"}


def test_get_or_create_matches_all_of_the_data(db: ExtendedSession) -> None:
    data = {"name": "Access", "execution_timeframe": 1}
    created, made = Policy.get_or_create(db, data=data)
    assert created
    assert Policy.get_or_create(db, data=data) == (False, made)
    assert data == {"name": "Access", "execution_timeframe": 1}
    with pytest.raises(KeyOrNameAlreadyExists):
        Policy.get_or_create(db, data={"name": "Access", "execution_timeframe": 2})


def test_methods_work_in_a_session_that_commits_each_statement(db: ExtendedSession) -> None:
    with get_db_session(None, autocommit=True, engine=db.get_bind())() as auto:  # type: ignore[arg-type]
        made = policy(auto)
        with pytest.raises(KeyOrNameAlreadyExists):
            policy(auto)
        made.update(auto, data={"name": "Renamed"})
        assert Policy.get_or_create(auto, data={"name": "Renamed"}) == (False, made)
    assert [found.name for found in Policy.all(db)] == ["Renamed"]


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
