"""Measure snapshots of fidesdev against DSLR's on the same databases, pairwise in one run.

    python -m venv dslr && dslr/bin/pip install DSLR psycopg2-binary
    python -m benchmarks.snapshots --database-url postgresql://postgres@localhost/postgres \
        --dslr dslr/bin/dslr

Whole processes, run A B A B; the table has medians of wall time and their ratio. The user must be
a superuser. The databases that are made are dropped at the end. Nobody is connected to them: with
a client that reconnects, or one in the snapshot, DSLR loses saves or the database.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from fidesdev.adapters import postgres_snapshots
from fidesdev.adapters.postgres import connect, create_database, drop_database, server_version
from fidesdev.core.url import DatabaseUrl, parse_url

FIDESDEV = str(Path(sys.executable).parent / "fidesdev")
TABLES = 150
"""As many as Fides has, each with a primary key and another index."""
NAME = "benchmark"
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Case:
    """Two commands that do the same, and what to do before ours and before theirs."""

    name: str
    ours: Sequence[str]
    theirs: Sequence[str]
    before_ours: Callable[[], object] = lambda: None
    before_theirs: Callable[[], object] = lambda: None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--dslr", required=True, help="the dslr program")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--megabytes", type=int, nargs="+", default=[20, 500])
    given = parser.parse_args()
    admin = parse_url(given.database_url)
    for megabytes in given.megabytes:
        url = admin.with_database("fidesdev_benchmark_snapshots")
        drop_database(url)
        create_database(url)
        try:
            size = fill(url, megabytes)
            report(url, size, given.dslr, given.runs)
        finally:
            forget(url)
            drop_database(url)


def fill(url: DatabaseUrl, megabytes: int) -> int:
    """Make the tables and fill them until the database is about as large; its size in bytes."""
    with closing(connect(url, autocommit=True)) as connection:
        cursor = connection.cursor()
        for number in range(TABLES):
            cursor.execute(
                f"CREATE TABLE t{number} (id serial PRIMARY KEY, at timestamptz DEFAULT now(),"
                f" body text); CREATE INDEX ON t{number} (at)"
            )
        cursor.execute("SELECT pg_database_size(current_database())")
        ((empty,),) = cursor.fetchall()
        rows = max(0, megabytes * MEGABYTE - empty) // TABLES // 500
        for number in range(TABLES):
            cursor.execute(
                f"INSERT INTO t{number} (body) SELECT repeat(md5(i::text), 12)"  # noqa: S608
                f" FROM generate_series(1, {rows}) i"
            )
        cursor.execute("CHECKPOINT; SELECT pg_database_size(current_database())")
        ((size,),) = cursor.fetchall()
        return int(size)


def report(url: DatabaseUrl, size: int, dslr: str, runs: int) -> None:
    """Print the table."""
    with closing(connect(url)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT current_setting('fsync')")
        ((fsync,),) = cursor.fetchall()
        print(f"\nPostgreSQL {server_version(connection)}, fsync {fsync}; {os.cpu_count()} cores;")
    print(f"{size / MEGABYTE:.0f} MB, {TABLES} tables; medians of {runs} runs\n")
    print("| case | fidesdev | DSLR | ratio |\n|---|--:|--:|--:|")
    for case in cases(url, dslr):
        ours, theirs = measure(case, runs)
        print(f"| {case.name} | {ours * 1000:.0f} ms | {theirs * 1000:.0f} ms "
              f"| {ours / theirs:.2f} |", flush=True)  # fmt: skip


def cases(url: DatabaseUrl, dslr: str, fidesdev: str = FIDESDEV) -> list[Case]:
    """The cases in the order in which they leave what the next one needs."""
    ours = [fidesdev, "--database-url", url.render(), "snapshot"]
    theirs = [dslr, "--url", url.render()]
    restored = [*ours, "restore", NAME, "--yes"]

    def forget_theirs() -> None:
        subprocess.run([*theirs, "delete", NAME], check=False, capture_output=True)

    def prepare_spare() -> None:
        (one,) = own(url)
        postgres_snapshots.prepare_spare(url, one.storage)

    return [
        Case("save", [*ours, "save", NAME], [*theirs, "snapshot", NAME],
             lambda: forget(url), forget_theirs),
        Case("restore, dropping what was there", [*restored, "--no-snapshot"],
             [*theirs, "restore", NAME]),
        Case("restore by a spare", [*restored, "--no-snapshot"], [*theirs, "restore", NAME],
             prepare_spare),
        Case("restore by a spare, keeping what was there", restored, [*theirs, "restore", NAME],
             lambda: (forget_kept(url), prepare_spare())),
    ]  # fmt: skip


def own(url: DatabaseUrl) -> list[postgres_snapshots.Snapshot]:
    """The snapshot that is restored."""
    found = postgres_snapshots.list_snapshots(url)
    return [one for one in found if one.database == url.database and one.name == NAME]


def forget_kept(url: DatabaseUrl) -> None:
    """Delete what restores have kept."""
    for one in postgres_snapshots.list_snapshots(url):
        if one.database == url.database and one.name != NAME:
            postgres_snapshots.delete_snapshot(url, one)


def forget(url: DatabaseUrl) -> None:
    """Delete every snapshot of the database."""
    forget_kept(url)
    for one in own(url):
        postgres_snapshots.delete_snapshot(url, one)


def measure(case: Case, runs: int) -> tuple[float, float]:
    """The median seconds of both commands, run in turn; the first pair is not counted."""
    seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
    quiet = {**os.environ, "FIDES__FIDESDEV__SNAPSHOTS": '{"spares": 0}'}
    for run in range(runs + 1):
        for whose, command, prepare in (
            ("ours", case.ours, case.before_ours),
            ("theirs", case.theirs, case.before_theirs),
        ):
            prepare()
            started = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True, env=quiet)
            if run:
                seconds[whose].append(time.perf_counter() - started)
    return statistics.median(seconds["ours"]), statistics.median(seconds["theirs"])


if __name__ == "__main__":
    main()
