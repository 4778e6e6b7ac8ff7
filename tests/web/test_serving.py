"""Who can reach a server, and which status of HTTP an error becomes."""

from __future__ import annotations

import pytest

from fidesdev.errors import (
    ConfigError,
    DatabaseUnavailable,
    FidesdevError,
    MissingTable,
    ProtectedDatabase,
    RecordRefused,
    RequestsMoved,
    SqlFailed,
    UnknownRecord,
    UsageError,
)
from fidesdev.web.problems import status_of
from fidesdev.web.serving import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]"])
def test_this_machine_alone_reaches_a_loopback_address(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "", "localhost.evil.example"])  # noqa: S104
def test_others_may_reach_any_other(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnknownRecord("no such"), 404),
        (MissingTable("no such"), 503),
        (RequestsMoved("approve", 2, 1), 409),
        (RecordRefused("policy", "no"), 422),
        (ConfigError("no key"), 503),
        (UsageError("no"), 422),
        (DatabaseUnavailable("no"), 503),
        (ProtectedDatabase("app", "this"), 403),
        (SqlFailed("no"), 500),
    ],
)
def test_an_error_has_the_status_that_says_the_same(error: FidesdevError, status: int) -> None:
    assert status_of(error) == status
