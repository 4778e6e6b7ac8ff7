"""Connecting, creating, dropping and waiting, on real servers and real silence."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace

import psycopg2
import pytest

from fidesdev.adapters import postgres
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import (
    AuthenticationFailed,
    DatabaseMissing,
    DatabaseUnavailable,
    InvalidUrl,
)

SECRET = "p@ss:w/o rd%+#?é"
FOR_EVER = 30
"""Seconds: far beyond every time-out, far below a wait that nobody ends."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def silent_server() -> Iterator[DatabaseUrl]:
    """A port that accepts a connection and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield DatabaseUrl(
            "postgresql", "fides", "127.0.0.1", listener.getsockname()[1], "fides", SECRET
        )


@pytest.fixture
def german_server() -> Iterator[DatabaseUrl]:
    """A server that refuses everybody, in German and Latin-1."""
    text = "Passwort-Authentifizierung für Benutzer »fides« fehlgeschlagen"
    fields = b"".join(
        kind + value.encode("latin-1") + b"\0"
        for kind, value in ((b"S", "FATAL"), (b"C", "28P01"), (b"M", text))
    )
    refusal = b"E" + struct.pack(">i", len(fields) + 5) + fields + b"\0"

    class Refusing(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while (length := struct.unpack(">i", self.request.recv(4))[0]) == 8:
                self.request.recv(4)
                self.request.sendall(b"N")  # neither TLS nor GSSAPI
            self.request.recv(length - 4)
            self.request.sendall(refusal)

    with socketserver.TCPServer(("127.0.0.1", 0), Refusing) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield DatabaseUrl(
            "postgresql", "shop", "127.0.0.1", running.server_address[1], "fides", SECRET
        )
        running.shutdown()
        thread.join()


@pytest.fixture
def unused(server: DatabaseUrl) -> Iterator[DatabaseUrl]:
    """The URL of a database that does not exist; dropped afterwards when the test made it."""
    url = server.with_database(f'fidesdev test "{uuid.uuid4().hex[:8]}" é=%')
    yield url
    postgres.drop_database(url)


def test_connect_gives_a_usable_connection(database: DatabaseUrl) -> None:
    connection = postgres.connect(database)
    cursor = connection.cursor()
    cursor.execute("SELECT current_database(), current_setting('application_name')")
    assert cursor.fetchone() == (database.database, "fidesdev")
    assert not connection.autocommit
    connection.close()


def test_connect_reads_utf8_whatever_the_environment_says(
    database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    connection = postgres.connect(database)
    cursor = connection.cursor()
    cursor.execute("SELECT U&'\\2713'")
    assert cursor.fetchone() == ("✓",)
    connection.close()


def test_url_parameters_reach_libpq(database: DatabaseUrl) -> None:
    url = replace(database, params=(("application_name", "mine"), ("connect_timeout", "7")))
    connection = postgres.connect(url)
    assert connection.get_dsn_parameters()["application_name"] == "mine"
    assert connection.get_dsn_parameters()["connect_timeout"] == "7"
    connection.close()


def test_server_version_is_a_bare_number(server: DatabaseUrl) -> None:
    connection = postgres.connect(server)
    version = postgres.server_version(connection)
    connection.close()
    assert all(part.isdigit() for part in version.split("."))


def test_refused_port_is_unavailable_and_names_the_address_once() -> None:
    port = free_port()
    with pytest.raises(DatabaseUnavailable) as caught:
        postgres.connect(DatabaseUrl("postgresql", "fides", "127.0.0.1", port, "fides", SECRET))
    assert str(caught.value).count(f"127.0.0.1:{port}") == 1
    assert "Connection refused" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "fidesdev db start" in str(caught.value.hint)


def test_silent_server_is_not_waited_for_for_ever(silent_server: DatabaseUrl) -> None:
    started = time.monotonic()
    with pytest.raises(DatabaseUnavailable) as caught:
        postgres.connect(silent_server)
    assert time.monotonic() - started < FOR_EVER
    assert silent_server.address in str(caught.value)


def test_silent_addresses_share_one_timeout(silent_server: DatabaseUrl) -> None:
    several = replace(silent_server, host="127.0.0.1,127.0.0.1,127.0.0.1")
    ports = ",".join([str(silent_server.port)] * 3)
    started = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        postgres.connect(replace(several, port=None, params=(("port", ports),)))
    assert time.monotonic() - started < FOR_EVER


def test_unknown_host_is_unavailable() -> None:
    url = DatabaseUrl("postgresql", "fides", "no-such-host.invalid", 5432, "fides", SECRET)
    with pytest.raises(DatabaseUnavailable) as caught:
        postgres.connect(url)
    assert "no-such-host.invalid:5432" in str(caught.value)
    assert "host_server" in str(caught.value.hint)


def test_missing_database_is_not_a_missing_server(unused: DatabaseUrl) -> None:
    with pytest.raises(DatabaseMissing) as caught:
        postgres.connect(unused)
    assert caught.value.facts["database"] == unused.database


def test_unknown_role_is_refused_and_not_unavailable(server: DatabaseUrl) -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        postgres.connect(replace(server, user="nobody_here", password=SECRET))
    assert caught.value.code == "authentication_failed"
    assert "nobody_here" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert SECRET not in str(caught.value.hint)


def test_refusal_in_another_language_is_understood(german_server: DatabaseUrl) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        postgres.connect(german_server)
    error = caught.value
    if str(error.__cause__):
        assert isinstance(error, AuthenticationFailed)
        assert "Passwort-Authentifizierung" in str(error)
    else:  # Python before 3.11.5 loses what is not UTF-8
        assert "encoding that this Python cannot read" in str(error)
    assert SECRET not in str(error)


def test_unknown_parameter_is_a_wrong_url(server: DatabaseUrl) -> None:
    with pytest.raises(InvalidUrl, match="foo"):
        postgres.connect(replace(server, params=(("foo", "1"),)))


def test_create_then_exists_then_drop(unused: DatabaseUrl) -> None:
    assert not postgres.database_exists(unused)
    assert postgres.create_database(unused)
    assert postgres.database_exists(unused)
    assert not postgres.create_database(unused)
    assert postgres.drop_database(unused)
    assert not postgres.database_exists(unused)
    assert not postgres.drop_database(unused)


def test_simultaneous_creates_make_one_database(unused: DatabaseUrl) -> None:
    made: list[bool] = []
    threads = [
        threading.Thread(target=lambda: made.append(postgres.create_database(unused)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False, False, True]


def test_drop_ends_connections(unused: DatabaseUrl) -> None:
    postgres.create_database(unused)
    held = postgres.connect(unused)
    assert postgres.drop_database(unused)
    with pytest.raises(psycopg2.OperationalError):
        held.cursor().execute("SELECT 1")
    held.close()


def test_create_without_the_right_says_so(server: DatabaseUrl, unused: DatabaseUrl) -> None:
    role = f"fidesdev_test_{uuid.uuid4().hex[:8]}"
    admin = postgres.connect(server, autocommit=True)
    admin.cursor().execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
    try:
        with pytest.raises(AuthenticationFailed, match="permission denied"):
            postgres.create_database(replace(unused, user=role, password="x"))
    finally:
        admin.cursor().execute(f"DROP ROLE {role}")
        admin.close()


def test_wait_returns_whether_the_database_exists(
    database: DatabaseUrl, unused: DatabaseUrl
) -> None:
    assert postgres.wait_until_ready(database, 1)
    assert not postgres.wait_until_ready(unused, 1)


def test_wait_ends_with_the_last_reason() -> None:
    started = time.monotonic()
    with pytest.raises(DatabaseUnavailable, match="Connection refused"):
        postgres.wait_until_ready(
            DatabaseUrl("postgresql", "fides", "127.0.0.1", free_port(), "fides"), 0.5
        )
    assert 0.4 < time.monotonic() - started < FOR_EVER


def test_wait_does_not_wait_for_a_wrong_user(server: DatabaseUrl) -> None:
    started = time.monotonic()
    with pytest.raises(AuthenticationFailed):
        postgres.wait_until_ready(replace(server, user="nobody_here"), 10 * FOR_EVER)
    assert time.monotonic() - started < FOR_EVER
