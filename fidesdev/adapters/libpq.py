"""libpq, as psycopg2 wraps it: a connection within a time limit, and its reasons in one line."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from fidesdev.core.url import DatabaseUrl

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

UNREADABLE = "the server says why in an encoding that this Python cannot read"
"""Instead of a reason: Python before 3.11.5 loses the text of an error that is not UTF-8."""


def open_connection(url: DatabaseUrl, timeout: int) -> Connection:
    """A connection within the timeout as a whole, or libpq's own error, or `TimeoutError`.

    libpq counts its timeout anew for every address of a name and not at all for looking the
    name up, so it connects in a thread that is left behind; that also lets Ctrl-C through.
    """
    import psycopg2

    parameters = connection_parameters(url, timeout)
    outcome: list[Connection | BaseException] = []
    lock, abandoned, done = threading.Lock(), threading.Event(), threading.Event()

    def attempt() -> None:
        try:
            result: Connection | BaseException = psycopg2.connect(**parameters)
        except BaseException as error:
            result = error
        with lock:
            if not abandoned.is_set():
                outcome.append(result)
            elif not isinstance(result, BaseException):
                result.close()
        done.set()

    threading.Thread(target=attempt, daemon=True, name="fidesdev-connect").start()
    try:
        done.wait(_patience(parameters["connect_timeout"]))
    finally:
        with lock:
            abandoned.set()
    if not outcome:
        raise TimeoutError(f"no answer within {parameters['connect_timeout']} s")
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def connection_parameters(url: DatabaseUrl, timeout: int) -> dict[str, Any]:
    """What libpq is given; the URL's own parameters win, absent parts are libpq's defaults."""
    parts = {
        "host": url.host,
        "port": url.port,
        "user": url.user,
        "password": url.password,
        "dbname": url.database,
        "connect_timeout": timeout,
        "application_name": "fidesdev",
        "client_encoding": "UTF8",
    }
    return {key: value for key, value in parts.items() if value} | dict(url.params)


def reason_of(error: BaseException) -> str:
    """libpq's reasons in one line, each once, without addresses and without its questions."""
    if isinstance(error, UnicodeDecodeError):  # a server that writes in an older encoding
        text = bytes(error.object).decode("utf-8", "replace")
    else:
        text = str(error)
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("\t")]
    reasons = [line.partition(" failed: ")[2] or line for line in lines]
    return "; ".join(dict.fromkeys(reason.strip() for reason in reasons)) or UNREADABLE


def _patience(connect_timeout: object) -> float | None:
    """How long to wait for libpq in seconds; None, for ever, where libpq would."""
    text = str(connect_timeout)
    limit = int(text) if text.isdigit() else 0
    return limit + 1.0 if limit > 0 else None
