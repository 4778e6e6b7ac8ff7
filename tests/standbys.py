"""What may stand where a primary is expected: a replica that streams from one, a PgBouncer."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fidesdev.adapters import postgres
from fidesdev.adapters.postgres_programs import find_programs
from fidesdev.adapters.unprivileged import Account, make_directory, place, within_reach
from fidesdev.core.url import DatabaseUrl

PATIENCE = 60
"""Seconds."""


@contextmanager
def primary_and_replica(folder: Path) -> Iterator[tuple[DatabaseUrl, DatabaseUrl]]:
    """A server and one that streams from it; the URLs of their administrator."""
    placement = place(folder / "servers", os.environ)
    account, home = placement.account, placement.directory
    make_directory(home, account)
    binaries = within_reach(find_programs(os.environ), account).directory
    first, second = home / "primary", home / "replica"
    initdb = (binaries / "initdb", "-U", "fides", "-A", "trust", "--no-sync", "-D", first)
    assert started(account, initdb).wait(PATIENCE) == 0
    with served(account, binaries, first) as primary:
        copy = (binaries / "pg_basebackup", "-d", primary.render(), "-R", "-D", second)
        assert started(account, (*copy, "-c", "fast", "--no-sync")).wait(PATIENCE) == 0
        with served(account, binaries, second) as replica:
            yield primary, replica


@contextmanager
def served(account: Account, binaries: Path, data: Path) -> Iterator[DatabaseUrl]:
    """The server of a data directory, running."""
    url = DatabaseUrl("postgresql", "postgres", "127.0.0.1", free_port(), "fides")
    settings = (f"port={url.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=")
    options = [part for setting in settings for part in ("-c", setting)]
    process = started(account, [binaries / "postgres", "-D", data, *options, "-F"])
    try:
        postgres.wait_until_ready(url, PATIENCE)
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def pooler_of(server: DatabaseUrl, folder: Path, mode: str) -> Iterator[DatabaseUrl]:
    """A PgBouncer in front of the server; its URL, of the server's database."""
    port, account = free_port(), place(folder, os.environ).account
    behind = {"host": server.host, "port": server.port, "user": server.user}
    if server.password:
        behind["password"] = server.password
    target = " ".join(f"{key}='{value}'" for key, value in behind.items())
    make_directory(folder / "pooler", account)
    file = folder / "pooler" / "pgbouncer.ini"
    file.write_text(
        f"[databases]\n* = {target}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"unix_socket_dir =\nauth_type = any\npool_mode = {mode}\n"
    )
    process = started(account, [pgbouncer(), "-q", file])
    try:
        url = replace(server, port=port, host="127.0.0.1")
        postgres.wait_until_ready(url, PATIENCE)
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE)


def started(account: Account, argv: Sequence[str | Path]) -> subprocess.Popen[bytes]:
    """A quiet process of the account, which is not root."""
    ids = account.ids
    return subprocess.Popen(
        [*account.prefix, *argv],
        user=ids[0] if ids else None,
        group=ids[1] if ids else None,
        extra_groups=[] if ids else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def pgbouncer() -> str:
    """The program, which Debian keeps where only root looks."""
    found = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None and "CI" not in os.environ:
        pytest.skip("no pgbouncer is installed")
    assert found, "the gate installs pgbouncer"
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
