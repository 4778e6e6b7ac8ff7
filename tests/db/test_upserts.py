"""Rows that are created unless they are there already."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from fidesdev.db.base import Policy
from fidesdev.db.session import ExtendedSession, get_db_session
from fidesdev.errors import (
    KeyOrNameAlreadyExists,
)

CLIENT = {"hashed_secret": "h", "salt": "s"}


def policy(db: Session, name: str = "Access", **values: Any) -> Policy:
    return Policy.create(db, data={"name": name, **values})


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
