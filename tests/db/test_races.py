"""Two who want the same row at the same time."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Engine, Index, Integer, MetaData, Table, text

from fidesdev.db.base import FidesUser, Policy, ProvidedIdentity
from fidesdev.db.races import is_unique_by
from fidesdev.db.session import ExtendedSession, get_db_engine, get_db_session
from fidesdev.errors import KeyOrNameAlreadyExists
from tests.db.conftest import Factory

ROUNDS = 15
IDENTITY = {"field_name": "email", "hashed_value": "h"}


def waiting(db: ExtendedSession) -> int:
    """How many other backends of this database wait for a lock now."""
    found = db.scalar(
        text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
        )
    )
    assert isinstance(found, int)
    return found


Meanwhile = Callable[[Callable[[ExtendedSession], Any]], Future[Any]]


@pytest.fixture
def meanwhile(factory: Factory) -> Iterator[Meanwhile]:
    """Starts a function in a thread with a session of its own; returns when it waits for a lock."""
    with ThreadPoolExecutor() as pool, factory() as observer:

        def start(work: Callable[[ExtendedSession], Any]) -> Future[Any]:
            def run() -> Any:
                with factory() as db:
                    return work(db)

            future = pool.submit(run)
            deadline = time.monotonic() + 20
            while not future.done() and not waiting(observer):
                observer.rollback()
                assert time.monotonic() < deadline, "it neither ended nor waited for a lock"
                time.sleep(0.01)
            observer.rollback()
            return future

        yield start


# One is in the middle of it when the other begins


def test_create_that_comes_second_waits_and_is_refused(
    db: ExtendedSession, meanwhile: Meanwhile
) -> None:
    db.add(Policy(name="Access", key="access"))
    db.flush()
    second = meanwhile(lambda own: Policy.create(own, data={"name": "Access"}))
    assert not second.done()
    db.commit()
    assert isinstance(second.exception(), KeyOrNameAlreadyExists)


def test_create_or_update_that_comes_second_updates(
    db: ExtendedSession, meanwhile: Meanwhile
) -> None:
    first = Policy(name="Access", key="access", execution_timeframe=1)
    db.add(first)
    db.flush()
    data = {"name": "Access", "key": "access", "execution_timeframe": 2}
    second = meanwhile(lambda own: Policy.create_or_update(own, data=data).id)
    assert not second.done()
    db.commit()
    assert second.result() == first.id
    db.refresh(first)
    assert first.execution_timeframe == 2


def test_create_or_update_creates_when_the_first_gives_up(
    db: ExtendedSession, meanwhile: Meanwhile
) -> None:
    db.add(Policy(name="Access", key="access"))
    db.flush()
    data = {"name": "Access", "key": "access", "execution_timeframe": 2}
    second = meanwhile(lambda own: Policy.create_or_update(own, data=data).id)
    assert not second.done()
    db.rollback()
    made = second.result()
    assert [found.id for found in Policy.all(db)] == [made]


def test_create_or_update_creates_again_what_was_deleted_under_its_hands(
    db: ExtendedSession, meanwhile: Meanwhile
) -> None:
    first = Policy.create(db, data={"name": "Access"}).id
    db.execute(text("DELETE FROM policy"))
    data = {"name": "Access", "key": "access"}
    second = meanwhile(lambda own: Policy.create_or_update(own, data=data).id)
    assert not second.done()
    db.commit()
    assert second.result() != first


def test_get_or_create_that_comes_second_gets(db: ExtendedSession, meanwhile: Meanwhile) -> None:
    first = FidesUser(username="ann")
    db.add(first)
    db.flush()

    def get(own: ExtendedSession) -> tuple[bool, str]:
        created, found = FidesUser.get_or_create(own, data={"username": "ann"})
        return created, found.id

    second = meanwhile(get)
    assert not second.done()
    db.commit()
    assert second.result() == (False, first.id)


# Both begin at once, again and again, in processes of their own


def rounds(url: str, method: str) -> list[tuple[bool, str]]:
    """What one process got, round by round."""
    engine = get_db_engine(database_uri=url)
    got = []
    with get_db_session(None, engine=engine)() as db:
        for number in range(ROUNDS):
            at_the_same_time(db, number)
            if method == "create_or_update":
                data = {"name": f"Policy {number}", "key": f"policy_{number}"}
                got.append((True, Policy.create_or_update(db, data=data).id))
            elif method == "get_or_create":
                created, user = FidesUser.get_or_create(db, data={"username": f"user {number}"})
                got.append((created, user.id))
            else:
                data = {**IDENTITY, "field_label": str(number)}
                created, identity = ProvidedIdentity.get_or_create(db, data=data)
                got.append((created, identity.id))
    engine.dispose()
    return got


def at_the_same_time(db: ExtendedSession, number: int) -> None:
    """Return when both processes have come here: each adds itself, and waits for the other."""
    db.execute(text("INSERT INTO meeting VALUES (:number)"), {"number": number})
    db.commit()
    count = text("SELECT count(*) FROM meeting WHERE number = :number")
    deadline = time.monotonic() + 60
    while db.scalar(count, {"number": number}) != 2:
        db.rollback()
        assert time.monotonic() < deadline, "the other process did not come"
        time.sleep(0.001)
    db.rollback()


@pytest.mark.parametrize("method", ["create_or_update", "get_or_create", "without a constraint"])
def test_two_processes_end_with_one_row_and_both_have_it(engine: Engine, method: str) -> None:
    url = engine.url.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE meeting (number integer)"))
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        one, two = pool.map(rounds, [url, url], [method, method])
    assert [row for _, row in one] == [row for _, row in two]
    assert len({row for _, row in one}) == ROUNDS
    if method != "create_or_update":
        assert all(first != second for (first, _), (second, _) in zip(one, two, strict=True))


# What the database sees to, and what it does not


@pytest.mark.parametrize(
    ("fields", "unique"),
    [
        ({"key": "a"}, True),
        ({"name": "a", "execution_timeframe": 1}, True),
        ({"id": "a"}, True),
        ({"drp_action": "access"}, True),
        ({"drp_action": None, "execution_timeframe": 1}, False),
        ({}, False),
    ],
)
def test_values_are_unique_where_a_constraint_covers_them(
    fields: dict[str, Any], unique: bool
) -> None:
    assert is_unique_by(Policy.__table__, fields) is unique


def test_partial_index_does_not_make_values_unique() -> None:
    where = text("open")
    table = Table("seat", MetaData(), Column("number", Integer), Column("open", Boolean))
    Index("seat_number", table.c.number, unique=True, postgresql_where=where)
    assert is_unique_by(table, {"number": 1}) is False
    Index("seat_number_always", table.c.number, unique=True)
    assert is_unique_by(table, {"number": 1}) is True
