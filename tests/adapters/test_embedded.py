"""The embedded server: real programs, real kills, real races."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fidesdev.adapters import embedded, postgres, postmaster
from fidesdev.adapters.postgres_programs import VARIABLE, find_programs
from fidesdev.core.server import EmbeddedServer
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import AuthenticationFailed, ServerFailed

START = """
import json, os, sys
from pathlib import Path
from fidesdev.adapters import embedded
print(json.dumps(embedded.start(Path(sys.argv[1]), os.environ, databases=("fides",)).pid))
"""
ZOMBIE = """
import ctypes, json, os, signal, sys, time
from pathlib import Path
from fidesdev.adapters import embedded
BECOME_SUBREAPER = 36
ctypes.CDLL(None).prctl(BECOME_SUBREAPER, 1)  # orphans become ours, and we never reap them
home = Path(sys.argv[1])
before = embedded.start(home, os.environ)
os.kill(before.pid, signal.SIGKILL)
state = Path(f"/proc/{before.pid}/stat")
while state.read_text().rpartition(")")[2].split()[0] != "Z":
    time.sleep(0.01)
found = embedded.status(home)
after = embedded.start(home, os.environ)
assert state.read_text().rpartition(")")[2].split()[0] == "Z"
print(json.dumps([found is None, before.pid, after.pid]))
"""


def remove(home: Path) -> None:
    """Stop the server wanted at `home` and remove what it has anywhere."""
    server = embedded.status(home)
    embedded.stop(home)
    if server is not None and Path(server.directory) != home:
        shutil.rmtree(server.directory)


@pytest.fixture(scope="module")
def shared_home() -> Iterator[Path]:
    """A directory whose cluster the tests of this file share; each starts the server itself."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "project é" / ".fidesdev" / "postgres"
        yield home
        remove(home)


@pytest.fixture
def running(shared_home: Path) -> EmbeddedServer:
    """The running server of `shared_home`."""
    return embedded.start(shared_home, os.environ, user="fides", databases=("fides",))


@pytest.fixture
def new_home(tmp_path: Path) -> Iterator[Path]:
    """A directory for a cluster of the test's own."""
    home = tmp_path / ".fidesdev" / "postgres"
    yield home
    remove(home)


def answers(url: DatabaseUrl) -> bool:
    with closing(postgres.connect(url)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def script(source: str, home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", source, home],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


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
    began = time.monotonic()
    again = embedded.start(shared_home, os.environ, user="fides")
    assert time.monotonic() - began < 1
    assert again == running


def test_stop_then_start_keeps_rows_and_the_url(shared_home: Path, running: EmbeddedServer) -> None:
    with closing(postgres.connect(running.url("fides"), autocommit=True)) as connection:
        connection.cursor().execute("CREATE TABLE IF NOT EXISTS kept (id integer)")
    assert embedded.stop(shared_home)
    assert embedded.status(shared_home) is None
    assert not embedded.stop(shared_home)
    began = time.monotonic()
    again = embedded.start(shared_home, os.environ, user="fides")
    assert time.monotonic() - began < 1
    assert again.url("fides") == running.url("fides")
    with closing(postgres.connect(again.url("fides"))) as connection:
        connection.cursor().execute("SELECT * FROM kept")


def test_stop_ends_open_connections(shared_home: Path, running: EmbeddedServer) -> None:
    with closing(postgres.connect(running.url("fides"))) as connection:
        connection.cursor().execute("SELECT 1")
        assert embedded.stop(shared_home)
    assert embedded.status(shared_home) is None


def test_start_after_kill_has_what_was_committed(
    shared_home: Path, running: EmbeddedServer
) -> None:
    with closing(postgres.connect(running.url("fides"), autocommit=True)) as connection:
        connection.cursor().execute("CREATE TABLE IF NOT EXISTS survives AS SELECT 1")
        os.kill(running.pid, signal.SIGKILL)
    again = embedded.start(shared_home, os.environ, user="fides")
    assert again.pid != running.pid
    with closing(postgres.connect(again.url("fides"))) as connection:
        connection.cursor().execute("SELECT * FROM survives")


def test_pid_of_another_process_is_neither_believed_nor_killed(
    shared_home: Path, running: EmbeddedServer
) -> None:
    pid_file = Path(running.directory) / "data" / "postmaster.pid"
    text = pid_file.read_text()
    embedded.stop(shared_home)
    with subprocess.Popen(["sleep", "600"]) as stranger:
        stale = text.replace(str(running.pid), str(stranger.pid), 1)
        pid_file.write_text(stale)
        assert embedded.status(shared_home) is None
        assert not embedded.stop(shared_home)
        pid_file.write_text(stale)
        assert answers(embedded.start(shared_home, os.environ).url("postgres"))
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
def test_a_zombie_is_no_server(shared_home: Path, running: EmbeddedServer) -> None:
    embedded.stop(shared_home)
    process = script(ZOMBIE, shared_home)
    output, _ = process.communicate(timeout=60)
    was_missed, before, after = json.loads(output)
    assert was_missed
    assert before != after


def test_leftovers_of_a_socket_do_not_stop_a_start(
    shared_home: Path, running: EmbeddedServer
) -> None:
    embedded.stop(shared_home)
    lock = Path(running.socket_directory) / f".s.PGSQL.{running.port}.lock"
    lock.write_text(f"{os.getpid()}\n")
    assert embedded.start(shared_home, os.environ).port == running.port


def test_simultaneous_starts_share_one_server(new_home: Path) -> None:
    processes = [script(START, new_home) for _ in range(4)]
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert len(set(outputs)) == 1


def test_server_outlives_its_starter_and_its_terminal(
    shared_home: Path, running: EmbeddedServer
) -> None:
    embedded.stop(shared_home)
    process = script(START, shared_home)
    pid = int(process.communicate(timeout=60)[0])
    assert os.getsid(pid) != process.pid
    assert os.getpgid(pid) != process.pid
    server = embedded.status(shared_home)
    assert server is not None
    assert server.pid == pid


def test_occupied_port_is_passed_over(shared_home: Path, running: EmbeddedServer) -> None:
    embedded.stop(shared_home)
    with socket.socket() as occupant:
        occupant.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        occupant.bind(("127.0.0.1", running.port))
        occupant.listen()
        server = embedded.start(shared_home, os.environ)
        assert server.port != running.port
        assert answers(server.url("postgres"))


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


def test_failed_start_shows_the_newest_lines_of_the_log(
    shared_home: Path, running: EmbeddedServer
) -> None:
    embedded.stop(shared_home)
    settings = Path(running.directory) / "data" / "postgresql.conf"
    before = settings.read_text()
    settings.write_text(before + "\nno_such_setting = 1\n")
    try:
        with pytest.raises(ServerFailed, match="no_such_setting") as caught:
            embedded.start(shared_home, os.environ)
        assert "postgres.log" in str(caught.value.hint)
    finally:
        settings.write_text(before)


def test_cluster_of_another_major_version_is_refused(
    shared_home: Path, running: EmbeddedServer
) -> None:
    embedded.stop(shared_home)
    version = Path(running.directory) / "data" / "PG_VERSION"
    before = version.read_text()
    version.write_text("9\n")
    try:
        with pytest.raises(ServerFailed, match="made by PostgreSQL 9") as caught:
            embedded.start(shared_home, os.environ)
        assert VARIABLE in str(caught.value.hint)
    finally:
        version.write_text(before)


def test_lost_password_file_is_explained(shared_home: Path, running: EmbeddedServer) -> None:
    password = Path(running.directory) / "password"
    aside = password.rename(password.with_name("aside"))
    try:
        with pytest.raises(ServerFailed, match="password file"):
            embedded.start(shared_home, os.environ)
        assert embedded.stop(shared_home)
    finally:
        aside.rename(password)


def test_directory_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ServerFailed, match="cannot use") as caught:
        embedded.start(tmp_path / "file" / "postgres", os.environ)
    assert "data_dir" in str(caught.value.hint)


def test_unfinished_cluster_is_made_again(new_home: Path) -> None:
    unfinished = new_home / "data.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").touch()
    assert answers(embedded.start(new_home, os.environ).url("postgres"))


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
