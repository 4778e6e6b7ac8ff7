"""The embedded server after real kills, in real races, and with things in its way."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import POLL_READ
from psycopg2.extras import wait_select

from fidesdev.adapters import embedded, postgres
from fidesdev.adapters.postgres_programs import VARIABLE
from fidesdev.core.server import EmbeddedServer
from fidesdev.errors import ServerFailed
from tests.adapters.embedding import START, answers, remove, script

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


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells where a process works")
def test_orphan_of_a_killed_server_is_ended(shared_home: Path, running: EmbeddedServer) -> None:
    endless = "SELECT count(*) FROM generate_series(1, 100000000000)"
    with closing(psycopg2.connect(running.url("fides").render(), async_=True)) as connection:
        wait_select(connection)
        connection.cursor().execute(endless)
        assert connection.poll() == POLL_READ
        orphan = Path(f"/proc/{connection.info.backend_pid}/cwd")  # a zombie has none
        time.sleep(0.2)
        os.kill(running.pid, signal.SIGKILL)
        time.sleep(0.2)
        assert orphan.exists()
        assert answers(embedded.start(shared_home, os.environ).url("postgres"))
        assert not orphan.exists()


def test_frozen_server_is_named_instead_of_waited_for(
    shared_home: Path, running: EmbeddedServer
) -> None:
    os.kill(running.pid, signal.SIGSTOP)
    try:
        with pytest.raises(ServerFailed, match="does not answer"):
            embedded.start(shared_home, os.environ)
    finally:
        os.kill(running.pid, signal.SIGCONT)
    assert answers(running.url("fides"))


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


def test_two_servers_that_want_one_port_both_get_one(new_home: Path, tmp_path: Path) -> None:
    homes = [new_home, tmp_path / "second" / "postgres"]
    try:
        ports = [embedded.start(home, os.environ).port for home in homes]
        for home in homes:
            port_file = Path(embedded.start(home, os.environ).directory) / "port"
            embedded.stop(home)
            port_file.write_text(str(ports[0]))
        for process in [script(START, home) for home in homes]:
            process.communicate(timeout=60)
            assert process.returncode == 0
        servers = [embedded.status(home) for home in homes]
        assert len({server.port for server in servers if server is not None}) == 2
    finally:
        remove(homes[1])


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
