"""The methods of every model, on the models that Fides has most of: policies, rules and users."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import ForeignKey, MetaData, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from fidesdev.db.base import Base, Client, ExecutionLog, FidesUser, Policy, Rule
from fidesdev.db.base_class import NAMES
from fidesdev.db.session import ExtendedSession
from fidesdev.errors import (
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
