"""Users of Fides: records of `fidesuser`, with their roles, and passwords that are never shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fidesdev.core.field_values import Given, Json, Text
from fidesdev.core.records import (
    Effect,
    Model,
    Record,
    RecordDetail,
    RecordsDeleted,
    RecordsWritten,
    summed,
)
from fidesdev.core.selection import Condition
from fidesdev.core.users import (
    DEFAULT_ROLE,
    OWNED,
    PERMISSIONS,
    TABLE,
    checked_password,
    checked_roles,
    checked_username,
)
from fidesdev.errors import UnknownModel, UnknownRecord, UsageError
from fidesdev.services import record_rules
from fidesdev.services.record_models import find_table, opened_model, refusals, resolved
from fidesdev.services.record_rows import change, finish, write
from fidesdev.services.workspace import Workspace

if TYPE_CHECKING:
    from fidesdev.adapters.records_sql import Database

_NAMES = ("id", "username", "email_address")
"""What a user is called by, in the order tried."""


def get(workspace: Workspace, user: str) -> RecordDetail:
    """The user with the id, user name or e-mail address, and the roles; raises `UnknownRecord`."""
    with opened_model(workspace, TABLE, reading=True) as (database, model):
        record = _found(database, model, user)
        return RecordDetail(model.name, model.key, _shown(database, model, record))


def create(
    workspace: Workspace,
    username: str,
    values: Mapping[str, object],
    *,
    password: str | None = None,
    roles: tuple[str, ...] = (),
    dry_run: bool = False,
) -> RecordsWritten:
    """A new user with roles (by default, as in Fides, a viewer) and perhaps a password.

    Raises `PackageMissing` for a password without the package `bcrypt`.
    """
    if "username" in values:
        raise UsageError("the user name is given twice", hint="Leave username=... out.")
    named = {"username": username, **values}
    with opened_model(workspace, TABLE) as (database, model):
        given = {**resolved(workspace, model, _checked(named)), **_hashed(password)}
        _created, record = write(database, model, given, ())
        _set_roles(database, str(record["id"]), checked_roles(roles) or (DEFAULT_ROLE,))
        shown = _shown(database, model, record)
        finish(database, model, given, dry_run=dry_run)
        return RecordsWritten(model.name, 1, 0, (shown,), not dry_run)


def update(
    workspace: Workspace,
    user: str,
    values: Mapping[str, object],
    *,
    password: str | None = None,
    roles: tuple[str, ...] = (),
    dry_run: bool = False,
) -> RecordsWritten:
    """The user with the new values, password or roles; raises `UnknownRecord`."""
    if not (values or roles or password is not None):
        raise UsageError(
            "nothing is to be changed",
            hint="Name fields: 'fidesdev users update USER FIELD=VALUE', --role or --password.",
        )
    with opened_model(workspace, TABLE) as (database, model):
        given = {**resolved(workspace, model, _checked(values)), **_hashed(password)}
        if password is not None and model.column("password_reset_at"):
            given["password_reset_at"] = Text(database.now())
        found = str(_found(database, model, user)["id"])
        same = [Condition("id", Text(found))]
        if given:
            change(database, model, given, same)
        if roles:
            _set_roles(database, found, checked_roles(roles))
        shown = _shown(database, model, _found(database, model, found))
        finish(database, model, given, dry_run=dry_run)
        return RecordsWritten(model.name, 0, 1, (shown,), not dry_run)


def delete(workspace: Workspace, users: Sequence[str], *, dry_run: bool = False) -> RecordsDeleted:
    """The users, deleted with their clients and permissions, as Fides does."""
    from fidesdev.adapters.records_sql import delete as deletion

    effects: list[Effect] = []
    with opened_model(workspace, TABLE) as (database, model):
        ids = {str(_found(database, model, user)["id"]) for user in users}
        for id_ in sorted(ids):
            for table in _owned(database):
                piece = deletion(database, table, [Condition("user_id", Text(id_))])
                deleted, others = database.effects(table, piece)
                effects += [Effect(table.name, deleted, 0), *others]
            piece = deletion(database, model, [Condition("id", Text(id_))])
            with refusals(database, model):
                effects += database.effects(model, piece)[1]
        finish(database, model, {}, dry_run=dry_run)
    return RecordsDeleted(TABLE, len(ids), summed(effects), not dry_run)


def ask_password(user: str) -> str:
    """The password that somebody at the terminal types twice."""
    from fidesdev.adapters import passwords

    return passwords.ask_password(user)


def read_password() -> str:
    """The password on standard input."""
    from fidesdev.adapters import passwords

    return passwords.read_password()


def _found(database: Database, model: Model, user: str) -> Record:
    """The user of this id, name or address."""
    from fidesdev.adapters.records_sql import record_of, select_record

    for field in _NAMES:
        if model.column(field) is None:
            continue
        condition = Condition(field, Text(user))
        with refusals(database, model, {field: Text(user)}):
            rows = database.rows(select_record(database, model, [condition]))
        if rows:
            return record_of(database, model, rows[0])
    raise UnknownRecord(
        f"there is no user {user!r}",
        hint="Give an id, a user name or an e-mail address; 'fidesdev users list' has them.",
        user=user,
    )


def _shown(database: Database, model: Model, record: Record) -> Record:
    """The user without secrets, and with the roles where the database has them."""
    from fidesdev.adapters.records_sql import record_of, select_record

    shown = record_rules.shown(model, record)
    permissions = _table(database, PERMISSIONS)
    if permissions is None:
        return shown
    condition = Condition("user_id", Text(str(record["id"])))
    rows = database.rows(select_record(database, permissions, [condition]))
    roles = record_of(database, permissions, rows[0])["roles"] if rows else []
    return {**shown, "roles": roles}


def _set_roles(database: Database, user_id: str, roles: tuple[str, ...]) -> None:
    permissions = _table(database, PERMISSIONS)
    if permissions is None:
        return
    values: dict[str, Given] = {"user_id": Text(user_id), "roles": Json(list(roles))}
    write(database, permissions, values, ("user_id",))


def _owned(database: Database) -> list[Model]:
    tables = (_table(database, name) for name in OWNED)
    return [table for table in tables if table is not None and table.column("user_id")]


def _table(database: Database, name: str) -> Model | None:
    try:
        return database.model(find_table(database, name))
    except UnknownModel:
        return None


def _hashed(password: str | None) -> dict[str, Given]:
    if password is None:
        return {}
    from fidesdev.adapters.passwords import hash_password

    hashed, salt = hash_password(checked_password(password))
    return {"hashed_password": Text(hashed), "salt": Text(salt)}


def _checked(values: Mapping[str, object]) -> Mapping[str, object]:
    """The values; everybody on this machine can see a password that is typed among them."""
    name = values.get("username")
    if isinstance(name, str | Text):
        checked_username(name if isinstance(name, str) else name.text)
    if "password" in values:
        raise UsageError(
            "a password is not given on the command line, where others can see it",
            hint="Type it when asked with --password, or hand it over with --password-stdin.",
        )
    return values
