"""What the database refuses, said as a `RecordError` instead of a driver's exception."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from fidesdev.db.session import AUTOCOMMIT
from fidesdev.errors import (
    DuplicateRecord,
    KeyOrNameAlreadyExists,
    RecordError,
    RecordRefused,
    UnknownRecord,
)

_UNIQUE_VIOLATION = "23505"
# the only place that has the values, in any language: Key (a, b)=(1, 2) already exists.
_DUPLICATE = re.compile(r"\((?P<columns>.*?)\)=\((?P<values>.*)\)", re.DOTALL)


@contextmanager
def savepoint(db: Session, model: str) -> Iterator[None]:
    """Flush the block in a savepoint; a refusal undoes the block only, and is a `RecordError`.

    In an autocommit session there is no transaction to keep, hence no savepoint.
    """
    with refusals(db, model):
        if db.info.get(AUTOCOMMIT):
            yield
            db.flush()
        else:
            with db.begin_nested():
                yield
                db.flush()


@contextmanager
def refusals(db: Session, model: str) -> Iterator[None]:
    """Run the block; a refusal by the database is a `RecordError`, and the session stays usable."""
    try:
        yield
    except StatementError as error:
        _revive(db)
        refusal = _refusal(error, model)
        if refusal is None:
            raise
        raise refusal from error
    except StaleDataError as error:
        _revive(db)
        raise UnknownRecord(
            f"the row of {model} is gone: somebody deleted it",
            hint="See which rows are there with 'fidesdev db shell'.",
            model=model,
        ) from error


def _revive(db: Session) -> None:
    """Roll back a session that a failed flush outside a savepoint has made unusable."""
    if not db.is_active:
        db.rollback()


def _refusal(error: StatementError, model: str) -> RecordError | None:
    """The refusal as an error of ours; None for trouble that the values did not cause."""
    if not isinstance(error, DBAPIError):
        return RecordRefused(model, str(error.orig).strip())
    if not isinstance(error, (IntegrityError, DataError)):
        return None
    diagnosis = getattr(error.orig, "diag", None)
    detail = getattr(diagnosis, "message_detail", None) or ""
    found = _DUPLICATE.search(detail)
    if found and getattr(error.orig, "pgcode", None) == _UNIQUE_VIOLATION:
        return _duplicate(model, found["columns"], found["values"])
    reason = getattr(diagnosis, "message_primary", None) or str(error.orig)
    return RecordRefused(
        model,
        f"{reason} ({detail.rstrip('.')})" if detail else reason,
        constraint=getattr(diagnosis, "constraint_name", None),
    )


def _duplicate(model: str, columns: str, value: str) -> DuplicateRecord:
    names = {name.strip('"') for name in columns.split(", ")}
    kind = KeyOrNameAlreadyExists if names & {"key", "name"} else DuplicateRecord
    return kind(model, {columns: value})
