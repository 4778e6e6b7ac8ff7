"""Fides' own rules: the same for records as for the methods of a model."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from fidesdev.core.field_values import Given, parse_assignments
from fidesdev.core.url import DatabaseUrl
from fidesdev.db.session import get_db_engine, get_db_session
from fidesdev.errors import (
    DuplicateRecord,
    InvalidValue,
    KeyOrNameAlreadyExists,
    KeyValidationError,
    RecordError,
)
from fidesdev.models.policy import Policy
from fidesdev.services import records
from tests.requests_databases import present_fixture, present_template_fixture  # noqa: F401 - fixtures
from tests.requests_tables import add, ask, ask_one, workspace

pytestmark = pytest.mark.server


def given(*texts: str) -> dict[str, Given]:
    return parse_assignments(texts)


@pytest.mark.parametrize(
    "values",
    [
        {"name": "Café Policy (EU)"},
        {"name": "X", "key": "x-1"},
        {"name": "X", "key": "a.b"},
        {"name": "X", "key": ""},
        {"name": "!!"},
        {"key": "k"},
        {"name": "There"},
        {"name": "Other", "key": "there"},
        {"name": "Y", "id": "own"},
    ],
)
def test_a_record_is_created_as_the_model_creates_it(
    present: DatabaseUrl, tmp_path: Path, values: dict[str, str]
) -> None:
    add(present, "policy", {"id": "p", "name": "There", "key": "there"})
    space = workspace(present, tmp_path)
    texts = [f"{name}={value}" for name, value in values.items()]
    try:
        (record,) = records.create(space, "Policy", given(*texts), dry_run=True).records
        made: object = {name: record[name] for name in ("name", "key")}
        assert record["id"] == values.get("id", record["id"])
        assert str(record["id"]).startswith(("pol_", "own"))
    except RecordError as error:
        made = _told(error)
    assert made == _by_the_model(present, values)


def _by_the_model(url: DatabaseUrl, values: dict[str, str]) -> object:
    engine = get_db_engine(database_uri=url.render(), disable_pooling=True)
    with get_db_session(None, engine=engine)() as db:
        try:
            return _created(db, values)
        except RecordError as error:
            return _told(error)


def _created(db: Session, values: dict[str, str]) -> dict[str, object]:
    policy = Policy.create(db, data=values)
    return {"name": policy.name, "key": policy.key}


def _told(error: RecordError) -> str:
    """What a script sees, whatever database has said it; a missing value has its own error."""
    return "missing" if "null" in str(error) else error.code


def test_a_change_is_dated_and_an_id_and_a_creation_stay(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    moment = "2020-01-01"
    add(present, "policy", {"id": "p", "name": "A", "key": "a", "updated_at": moment})
    space = workspace(present, tmp_path)
    records.update(space, "policy", "p", given("name=B"))
    assert ask_one(present, "SELECT updated_at > now() - interval '1 min' FROM policy")
    report = records.create(space, "policy", given("key=a", "name=C"), conflict=["key"])
    assert (report.created, report.updated) == (0, 1)
    assert ask(present, "SELECT id, name FROM policy") == [("p", "C")]
    with pytest.raises(KeyValidationError):
        records.update(space, "policy", "p", given("key=a.b"))
    records.update(space, "policy", "p", given("updated_at=2021-01-01"))
    assert ask_one(present, "SELECT updated_at::date::text FROM policy") == "2021-01-01"


def test_what_is_secret_is_neither_shown_nor_overwritten_by_what_stands_for_it(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    user = {"id": "u", "username": "Ann", "hashed_password": "h" * 40, "salt": "s" * 40}
    add(present, "fidesuser", user)
    space = workspace(present, tmp_path)
    shown = [records.get(space, "FidesUser", "u").record]
    shown += records.list_(space, "fidesuser").records
    shown += records.stream(space, "fidesuser", as_text=True)
    shown += records.update(space, "fidesuser", "u", given("first_name=A")).records
    assert [(r["hashed_password"], r["salt"], r["totp_secret"]) for r in shown] == [
        ("***", "***", None)
    ] * 4
    with pytest.raises(InvalidValue, match="not shown"):
        records.update(space, "fidesuser", "u", given("salt=***"))
    assert "hhh" not in str(shown)


def test_names_are_compared_as_their_column_compares_them(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    space = workspace(present, tmp_path)
    records.create(space, "fidesuser", given("username=ann"))
    with pytest.raises(DuplicateRecord):
        records.create(space, "fidesuser", given("username=ANN"))
    records.create(space, "policy", given("name=A"))
    with pytest.raises(KeyOrNameAlreadyExists):
        records.create(space, "policy", given("name=A", "key=b"))
