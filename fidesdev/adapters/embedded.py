"""A PostgreSQL server of our own, without installation, Docker or root: start, stop, find it.

Its directory holds `data` (the cluster), `password` (of its roles, readable by the owner alone),
`postgres.log`, `socket` and two lock files. The server outlives the command that started it.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from fidesdev.adapters import cluster, postgres, postmaster
from fidesdev.adapters.cluster import ADMINISTRATOR
from fidesdev.adapters.postgres_programs import Programs, find_programs
from fidesdev.adapters.unprivileged import (
    Account,
    Placement,
    give,
    make_directory,
    place,
    places,
    within_reach,
)
from fidesdev.core.server import EmbeddedServer
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import AuthenticationFailed, FidesdevError, ServerFailed, Unavailable

START_PATIENCE = 120.0
"""Seconds: recovering a big database after a crash takes its time."""
SETTLE_PATIENCE = 5.0
"""Seconds for a server that lives and does not answer: one that somebody else stops or starts."""
STOP_PATIENCE = 60.0
_PORT_ATTEMPTS = 5
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_permissions": "0700",
    # Development data: nothing waits for the disk. Losing power may cost the cluster. Killing the
    # server costs nothing committed, which is why synchronous_commit stays on: without it the last
    # commits are still in the server's memory, and with fsync off they reach the kernel's for free.
    "fsync": "off",
    "full_page_writes": "off",
    # No replica and no archive reads the log, so it is kept short and small.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    # Compiling a catalog query takes longer than running it.
    "jit": "off",
    "timezone": "UTC",
    "cluster_name": "fidesdev",
}


def start(
    home: Path,
    environ: Mapping[str, str],
    *,
    user: str = ADMINISTRATOR,
    databases: tuple[str, ...] = (),
) -> EmbeddedServer:
    """The server wanted at `home`, started if it does not run, with the role `user`.

    `databases` are created once, when the cluster is. Any number of processes may ask at the same
    time. Raises `ServerMissing` or `ServerFailed`; the newest lines of the log are in the message.
    """
    with _explained(home):
        running = status(home, user=user)
        if running is not None:
            return running
        programs = find_programs(environ)
        placement = place(home, environ)
        _make_home(placement)
        patience = START_PATIENCE + STOP_PATIENCE
        with postmaster.exclusively(placement.directory, placement.account, patience=patience):
            return _start(placement, programs, user, databases)


def status(home: Path, *, user: str = ADMINISTRATOR) -> EmbeddedServer | None:
    """The server wanted at `home`, if it answers; what its pid file says alone is not believed."""
    with _explained(home):
        found = (_attach(directory, user) for directory in places(home))
        return next((server for server in found if server is not None), None)


def stop(home: Path) -> bool:
    """End the server wanted at `home` and whoever is connected; False when it did not run."""
    stopped = False
    with _explained(home):
        for directory in places(home):
            if not postmaster.data_directory(directory).exists():
                continue
            patience = START_PATIENCE + STOP_PATIENCE
            with postmaster.exclusively(directory, Account(), patience=patience):
                if postmaster.is_alive(directory):
                    postmaster.end(directory, patience=STOP_PATIENCE)
                    stopped = True
                else:
                    postmaster.clear_leftovers(directory)
    return stopped


def folders(home: Path) -> Iterator[tuple[Path, int]]:
    """The directories of the server wanted at `home` that are there, each with its bytes."""
    for directory in places(home):
        if directory.is_dir():
            yield directory, sum(_sizes(directory))


def remove(home: Path) -> None:
    """End the server wanted at `home`, and remove its directories with every database in them."""
    stop(home)
    with _explained(home):
        for directory, _size in folders(home):
            shutil.rmtree(directory)


def _sizes(directory: Path) -> Iterator[int]:
    """The bytes of each file; one that has gone meanwhile has none."""
    for path in directory.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            yield path.lstat().st_size


def _attach(directory: Path, user: str) -> EmbeddedServer | None:
    """The server of the directory if it answers, with the role made if it is new."""
    written = postmaster.read_pid_file(directory)
    if written is None:
        return None
    url = DatabaseUrl(
        backend="postgresql",
        database="fides",
        host=str(written.socket_directory),
        port=written.port,
        user=ADMINISTRATOR,
        password=cluster.read_password(directory),
    )
    try:
        connection = postgres.connect_maintenance(url)
    except AuthenticationFailed as error:
        raise ServerFailed(
            f"{directory / 'password'} is not the password of the server that runs there",
            hint=f"End it with 'fidesdev db stop', then remove {directory} to begin anew"
            " (its databases are lost).",
        ) from error
    except Unavailable:
        return None
    with contextlib.closing(connection):
        if user != ADMINISTRATOR:
            postgres.ensure_role(connection, user, url.password)
        return EmbeddedServer(
            directory=str(directory),
            socket_directory=url.host,
            port=written.port,
            pid=written.pid,
            version=postgres.server_version(connection),
            user=user,
            password=url.password,
        )


def _start(
    placement: Placement, programs: Programs, user: str, databases: tuple[str, ...]
) -> EmbeddedServer:
    """Take what answers by now; else make the cluster if there is none, and start it."""
    directory = placement.directory
    if (settled := _settled(directory, user)) is not None:
        return settled
    postmaster.clear_leftovers(directory)
    programs = within_reach(programs, placement.account)
    if not postmaster.data_directory(directory).exists():
        cluster.initialise(placement, programs)
    cluster.check_major(directory, programs)
    server = _launch(placement, programs, user)
    if not (directory / "prepared").exists():  # absent until then, even after a crash
        for name in databases:
            postgres.create_database(server.url(name))
        cluster.write_private(placement, "prepared", "")
    return server


def _launch(placement: Placement, programs: Programs, user: str) -> EmbeddedServer:
    """Start the server on a free port; another one where somebody was faster."""
    directory = placement.directory
    sockets = postmaster.socket_directory(placement)
    log = postmaster.log_file(directory)
    read = log.stat().st_size if log.exists() else 0
    for port in _ports(directory):
        settings = _SETTINGS | {"port": str(port), "unix_socket_directories": _quoted(sockets)}
        options = [part for item in settings.items() for part in ("-c", "=".join(item))]
        data = postmaster.data_directory(directory)
        command: list[str | Path] = [programs.directory / "postgres", "-D", data, *options]
        postmaster.launch(placement, command, cluster.environment())
        server = _answer(directory, user)
        if server is not None:
            cluster.write_private(placement, "port", str(port))
            return server
        if _is_free(port):
            break
    raise cluster.start_failed(log, read)


def _answer(directory: Path, user: str) -> EmbeddedServer | None:
    """The server just launched, as soon as it answers; None when it does not live any more."""
    deadline = time.monotonic() + START_PATIENCE
    while postmaster.is_alive(directory):
        if (server := _attach(directory, user)) is not None:
            return server
        if time.monotonic() > deadline:
            raise _silent(directory)
        time.sleep(0.02)
    return None


def _settled(directory: Path, user: str) -> EmbeddedServer | None:
    """The server that answers by now; None when none lives, or what a killed one left is ended."""
    deadline = time.monotonic() + SETTLE_PATIENCE
    while postmaster.is_alive(directory):
        if postmaster.is_orphaned(directory):
            postmaster.end(directory, patience=STOP_PATIENCE)
        elif (server := _attach(directory, user)) is not None:
            return server
        elif time.monotonic() > deadline:
            raise _silent(directory)
        time.sleep(0.02)
    return None


def _silent(directory: Path) -> ServerFailed:
    return ServerFailed(
        f"the PostgreSQL in {directory} runs and does not answer",
        hint=f"Wait if {postmaster.log_file(directory)} says that it recovers, else end it"
        " with 'fidesdev db stop'.",
        directory=str(directory),
    )


def _make_home(placement: Placement) -> None:
    """Make the directory; the one above it is ours as well when it is new, and git ignores it."""
    above = placement.directory.parent
    is_new = not above.exists()
    make_directory(placement.directory, placement.account)
    if is_new:
        ignore = above / ".gitignore"
        ignore.write_text("*\n", "utf-8")
        give(ignore, placement.account)


def _ports(directory: Path) -> Iterator[int]:
    """Ports that look free: last time's, then from one that hangs on the directory.

    They are below those that systems hand out to outgoing connections (32768 on Linux).
    """
    first = 20000 + int(hashlib.sha256(os.fsencode(directory)).hexdigest(), 16) % 10000
    with contextlib.suppress(FileNotFoundError, ValueError):
        first = int((directory / "port").read_text("utf-8"))
    yield from itertools.islice(filter(_is_free, range(first, first + 500)), _PORT_ATTEMPTS)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL does
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _quoted(path: Path) -> str:
    """A path as one element of a PostgreSQL list setting."""
    return '"' + str(path).replace('"', '""') + '"'


@contextlib.contextmanager
def _explained(home: Path) -> Iterator[None]:
    """Failures of the file system as ours."""
    try:
        yield
    except FidesdevError:
        raise  # several of ours are OSErrors, too
    except OSError as error:
        raise ServerFailed(
            f"the embedded PostgreSQL cannot use {error.filename or home}: {error.strerror}",
            hint="Set [fidesdev].data_dir to a directory of yours, or run as its owner.",
            path=str(error.filename or home),
        ) from error
