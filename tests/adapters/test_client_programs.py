"""psql and sqlite3, run for real."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fidesdev.adapters import postgres
from fidesdev.adapters.client_programs import client_of, conninfo, find_psql, run_statement
from fidesdev.adapters.postgres_programs import VARIABLE, WHEEL, candidates
from fidesdev.core.server import EmbeddedServer
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import CommandMissing, SqlFailed

URL = DatabaseUrl("postgresql", "fides", "127.0.0.1", 5432, "fides", "p@ss w'o\\rd%é")


def test_psql_prints_the_answer(database: DatabaseUrl) -> None:
    output = run_statement(client_of(database, os.environ), "SELECT 40 + 2 AS n", os.environ)
    assert "42" in output


def test_odd_names_reach_psql(running: EmbeddedServer) -> None:
    url = running.url("odd 'name' \\ é=%")
    postgres.create_database(url)
    client = client_of(replace(url, params=(("options", "-c timezone=Asia/Tokyo"),)), os.environ)
    output = run_statement(
        client, "SELECT current_database(), current_setting('timezone')", os.environ
    )
    assert url.database in output
    assert "Asia/Tokyo" in output


def test_a_failing_statement_carries_what_came_before(database: DatabaseUrl) -> None:
    client = client_of(database, os.environ)
    with pytest.raises(SqlFailed, match='relation "nowhere" does not exist') as caught:
        run_statement(client, "SELECT * FROM nowhere", os.environ)
    assert caught.value.exit_code == 1


def test_secrets_are_not_on_the_command_line() -> None:
    url = replace(URL, params=(("sslpassword", "hidden"), ("sslmode", "prefer")))
    client = client_of(url, os.environ)
    assert URL.password not in " ".join(client.argv)
    assert "hidden" not in " ".join(client.argv)
    assert client.variables == {"PGPASSWORD": URL.password}
    assert URL.password not in repr(client)
    assert "sslmode='prefer'" in conninfo(url)


def test_password_parameter_goes_to_the_environment() -> None:
    client = client_of(replace(URL, params=(("password", "other"),)), os.environ)
    assert client.variables == {"PGPASSWORD": "other"}
    assert "other" not in " ".join(client.argv)


def test_named_programs_come_before_those_on_path() -> None:
    wheel = next(candidates({"PATH": ""}))
    assert find_psql(URL, {**os.environ, VARIABLE: str(wheel)}).parent == wheel


def test_the_wheel_serves_where_no_psql_is_on_path() -> None:
    assert WHEEL in find_psql(URL, {"PATH": "/nowhere"}).parts


def test_the_wheel_has_no_tls_and_is_passed_over() -> None:
    url = replace(URL, params=(("sslmode", "verify-full"),))
    try:
        assert WHEEL not in find_psql(url, {"PATH": "/nowhere"}).parts
    except CommandMissing as error:
        assert "TLS" in str(error)  # noqa: PT017 - right where no other psql is installed


def test_sqlite_needs_its_own_program(tmp_path: Path) -> None:
    url = DatabaseUrl("sqlite", str(tmp_path / "a.db"))
    with pytest.raises(CommandMissing, match="sqlite3"):
        client_of(url, {"PATH": "/nowhere"})


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="no sqlite3 program")
def test_sqlite_prints_the_answer(tmp_path: Path) -> None:
    path = tmp_path / "a b.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE one AS SELECT 42 AS n")
    url = DatabaseUrl("sqlite", str(path))
    assert run_statement(client_of(url, os.environ), "SELECT n FROM one", os.environ) == "42\n"
