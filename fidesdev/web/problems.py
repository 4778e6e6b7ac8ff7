"""Expected failures as JSON answers with the status of HTTP that says the same."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from fidesdev.errors import (
    ConfigError,
    DuplicateRecord,
    FidesdevError,
    Locked,
    LookupFailed,
    MissingTable,
    RecordError,
    Refused,
    RequestsMoved,
    Unavailable,
    UsageError,
    WrongStatus,
)
from fidesdev.web.schemas import Problem

_STATUSES: tuple[tuple[type[FidesdevError], int], ...] = (
    (MissingTable, 503),
    (LookupFailed, 404),
    (WrongStatus, 409),
    (RequestsMoved, 409),
    (DuplicateRecord, 409),
    (RecordError, 422),
    (ConfigError, 503),
    (UsageError, 422),
    (Locked, 409),
    (Refused, 403),
    (Unavailable, 503),
)
"""The first that fits counts."""
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": description}
    for status, description in (
        (400, "The call cannot be read"),
        (404, "No such request"),
        (409, "The request is not at a stage for that"),
        (422, "What was sent makes no sense"),
        (503, "The database does not answer, or lacks what is needed"),
    )
}
"""What every view may answer beside its result."""


def tell_problems(app: FastAPI) -> None:
    """Let the app answer every failure as a `Problem`."""
    app.add_exception_handler(FidesdevError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _bug)


def status_of(error: FidesdevError) -> int:
    """The status of HTTP for a failure."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


async def _expected(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, FidesdevError)
    return _answer(status_of(error), str(error), error.code, error.hint)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    """Tell what is wrong where; not what was sent, which may name a person."""
    assert isinstance(error, RequestValidationError)
    found = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return _answer(422, "; ".join(found), "invalid_request")


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    answer = _answer(error.status_code, str(error.detail), f"http_{error.status_code}")
    answer.headers.update(error.headers or {})
    return answer


async def _bug(_request: Request, error: Exception) -> JSONResponse:
    return _answer(500, f"this is a bug in fidesdev: {type(error).__name__}", "bug")


def _answer(status: int, detail: str, code: str, hint: str | None = None) -> JSONResponse:
    problem = Problem(detail=_plain(detail), code=code, hint=hint and _plain(hint))
    return JSONResponse(problem.model_dump(), status_code=status)


def _plain(text: str) -> str:
    """The text without halves of characters, which a client may send and UTF-8 cannot hold."""
    return text.encode(errors="replace").decode()
