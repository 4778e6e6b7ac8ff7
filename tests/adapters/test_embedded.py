"""The embedded server when all is well."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fidesdev.adapters import embedded, postgres, postmaster
from fidesdev.adapters.postgres_programs import VARIABLE, find_programs
from fidesdev.core.server import EmbeddedServer
from fidesdev.errors import AuthenticationFailed
from tests.adapters.embedding import answers, permissions, remove


def test_start_gives_a_database_on_a_loopback_port(running: EmbeddedServer) -> None:
    url = running.url("fides")
    assert (url.host, url.user) == ("127.0.0.1", "fides")
    assert answers(url)


def test_the_socket_serves_as_well(running: EmbeddedServer) -> None:
    assert answers(replace(running.url("fides"), host=running.socket_directory))


@pytest.mark.parametrize("password", ["", "wrong"])
def test_neither_port_nor_socket_lets_in_without_the_password(
    running: EmbeddedServer, password: str
) -> None:
    for host in ("127.0.0.1", running.socket_directory):
        with pytest.raises(AuthenticationFailed):
            postgres.connect(replace(running.url("fides"), host=host, password=password))


def test_what_it_keeps_is_private_and_ignored_by_git(running: EmbeddedServer) -> None:
    directory = Path(running.directory)
    assert permissions(directory) == 0o700
    assert permissions(directory / "password") == 0o600
    assert permissions(directory / "postgres.log") == 0o600
    assert permissions(Path(running.socket_directory)) == 0o700
    if directory.parent.name == ".fidesdev":
        assert (directory.parent / ".gitignore").read_text() == "*\n"


def test_second_start_finds_the_running_server(shared_home: Path, running: EmbeddedServer) -> None:
    again = embedded.start(shared_home, os.environ, user="fides")
    assert again == running


def test_stop_then_start_keeps_rows_and_the_url(shared_home: Path, running: EmbeddedServer) -> None:
    with closing(postgres.connect(running.url("fides"), autocommit=True)) as connection:
        connection.cursor().execute("CREATE TABLE IF NOT EXISTS kept (id integer)")
    assert embedded.stop(shared_home)
    assert embedded.status(shared_home) is None
    assert not embedded.stop(shared_home)
    again = embedded.start(shared_home, os.environ, user="fides")
    assert again.url("fides") == running.url("fides")
    with closing(postgres.connect(again.url("fides"))) as connection:
        connection.cursor().execute("SELECT * FROM kept")


def test_stop_ends_open_connections(shared_home: Path, running: EmbeddedServer) -> None:
    with closing(postgres.connect(running.url("fides"))) as connection:
        connection.cursor().execute("SELECT 1")
        assert embedded.stop(shared_home)
    assert embedded.status(shared_home) is None


@pytest.mark.parametrize("name", ["l" * 180, "a b'c\"d$e,f\\g%é;#"])
def test_any_path_serves(tmp_path: Path, name: str) -> None:
    home = tmp_path / name / "postgres"
    try:
        server = embedded.start(home, os.environ)
        assert answers(server.url("postgres"))
        sockets = Path(server.socket_directory)
        assert len(os.fsencode(sockets)) < postmaster.SOCKET_PATH_LIMIT
        embedded.stop(home)
        assert not list(sockets.glob(".s*"))
        assert sockets.parent == Path(server.directory) or not sockets.exists()
    finally:
        remove(home)


def test_databases_are_made_with_the_cluster_only(
    shared_home: Path, running: EmbeddedServer
) -> None:
    postgres.drop_database(running.url("fides"))
    again = embedded.start(shared_home, os.environ, user="fides", databases=("fides",))
    assert not postgres.database_exists(again.url("fides"))
    postgres.create_database(again.url("fides"))


def test_another_user_name_becomes_a_role(shared_home: Path, running: EmbeddedServer) -> None:
    server = embedded.start(shared_home, os.environ, user='odd "name" é')
    assert server.user == 'odd "name" é'
    assert answers(server.url("fides"))


def test_system_postgresql_serves_as_well(new_home: Path) -> None:
    found = [
        path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()
    ]
    if not found:
        pytest.skip("no PostgreSQL in /usr/lib/postgresql")
    environ = {**os.environ, VARIABLE: str(found[0])}
    server = embedded.start(new_home, environ, user="fides", databases=("fides",))
    assert server.version == find_programs(environ).version
    with closing(postgres.connect(server.url("fides"))) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT upper('é'), current_setting('server_encoding')")
        assert cursor.fetchone() == ("É", "UTF8")
