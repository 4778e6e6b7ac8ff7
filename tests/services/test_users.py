"""Users: called by any of their names, with roles, and with passwords that nobody sees."""

from __future__ import annotations

from pathlib import Path

import bcrypt
import pytest

from fidesdev.core.field_values import parse_assignments
from fidesdev.core.records import Effect
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import DuplicateRecord, FidesdevError, UnknownRecord, UsageError
from fidesdev.services import users
from fidesdev.services.workspace import Workspace
from tests.requests_databases import present_fixture, present_template_fixture  # noqa: F401 - fixtures
from tests.requests_tables import add, ask, ask_one, run, workspace

pytestmark = pytest.mark.server
PASSWORD = "Testpassword1!é"
PERMISSIONS = """
CREATE TABLE fidesuserpermissions (
    id varchar(255) PRIMARY KEY,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    user_id varchar NOT NULL UNIQUE REFERENCES fidesuser,
    roles varchar[] NOT NULL DEFAULT '{}'
)
"""


@pytest.fixture
def fides(present: DatabaseUrl, tmp_path: Path) -> Workspace:
    run(present, PERMISSIONS)
    return workspace(present, tmp_path)


def test_a_user_is_a_viewer_whose_password_fides_accepts(fides: Workspace) -> None:
    values = parse_assignments(["email_address=ann@example.org", "first_name=Ann"])
    report = users.create(fides, "ann", values, password=PASSWORD)
    (record,) = report.records
    assert (record["roles"], record["hashed_password"], record["salt"]) == (
        ["viewer"],
        "***",
        "***",
    )
    ((hashed, salt),) = ask(fides.database, "SELECT hashed_password, salt FROM fidesuser")
    # as `FidesUser.credentials_valid` of Fides compares
    assert bcrypt.hashpw(PASSWORD.encode(), salt.encode()).hex() == hashed
    assert PASSWORD not in str(report)


@pytest.mark.parametrize("name", ["ann", "ANN", "Ann@Example.org"])
def test_a_user_is_found_by_name_or_address_in_any_case(fides: Workspace, name: str) -> None:
    users.create(fides, "ann", parse_assignments(["email_address=ann@example.org"]))
    found = users.get(fides, name).record
    assert users.get(fides, str(found["id"])).record == found
    with pytest.raises(UnknownRecord, match="no user 'bob'"):
        users.get(fides, "bob")


def test_roles_and_password_are_changed_without_being_shown(fides: Workspace) -> None:
    users.create(fides, "ann", {}, roles=("owner", "approver"))
    report = users.update(fides, "ann", {}, password=PASSWORD, roles=("contributor",))
    assert report.records[0]["roles"] == ["contributor"]
    assert report.records[0]["hashed_password"] == "***"
    assert ask_one(fides.database, "SELECT password_reset_at = updated_at FROM fidesuser")
    before = ask(fides.database, "SELECT hashed_password FROM fidesuser")
    users.update(fides, "ann", parse_assignments(["first_name=A"]))
    assert ask(fides.database, "SELECT hashed_password FROM fidesuser") == before


def test_a_dry_run_writes_nothing(fides: Workspace) -> None:
    users.create(fides, "ann", {}, password=PASSWORD, dry_run=True)
    assert ask_one(fides.database, "SELECT count(*) FROM fidesuser") == 0


@pytest.mark.parametrize(
    ("name", "password", "roles", "values"),
    [
        ("a", None, (), ()),
        ("a b c", None, (), ()),
        ("bob", "short1A!", (), ("nothing=1",)),
        ("bob", "longenough1!", (), ()),
        ("bob", "LONGENOUGH1!", (), ()),
        ("bob", "Longenough!", (), ()),
        ("bob", "Longenough1", (), ()),
        ("bob", "Aa1!" + "é" * 40, (), ()),
        ("bob", None, ("king",), ()),
        ("bob", None, (), ("password=Testpassword1!",)),
        ("bob", None, (), ("username=eve",)),
        ("ANN", None, (), ()),
    ],
)
def test_what_fides_would_refuse_is_refused_as_a_whole(
    fides: Workspace,
    name: str,
    password: str | None,
    roles: tuple[str, ...],
    values: tuple[str, ...],
) -> None:
    users.create(fides, "ann", {})
    with pytest.raises(FidesdevError) as told:
        users.create(fides, name, parse_assignments(values), password=password, roles=roles)
    assert not password or password not in str(told.value) + str(told.value.hint)
    assert isinstance(told.value, (UsageError, DuplicateRecord, AttributeError))
    assert ask_one(fides.database, "SELECT count(*) FROM fidesuser") == 1


def test_a_user_goes_with_client_and_permissions(fides: Workspace) -> None:
    users.create(fides, "ann", {})
    id_ = ask_one(fides.database, "SELECT id FROM fidesuser")
    add(
        fides.database,
        "client",
        {"id": "c", "hashed_secret": "h", "salt": "s", "user_id": id_},
    )
    preview = users.delete(fides, ["ann", id_], dry_run=True)
    assert preview.effects == (Effect("client", 1, 0), Effect("fidesuserpermissions", 1, 0))
    assert users.delete(fides, ["ann"]).deleted == 1
    assert ask_one(fides.database, "SELECT count(*) FROM client") == 0
