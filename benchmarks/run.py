"""Measure fidesdev against Alembic on the same tree and database, pairwise in one run.

    python benchmarks/run.py --database-url postgresql://postgres@localhost/postgres

Both programs are taken from the environment of the interpreter that runs this. Every case is
run A B A B; the table has medians of wall time and their ratio. The database named must be one in
which databases may be created; it is not written to itself.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from trees import write_tree

from fidesdev.adapters.postgres import connect, create_database, drop_database
from fidesdev.core.url import DatabaseUrl, parse_url

BIN = Path(sys.executable).parent
FIDESDEV, ALEMBIC = str(BIN / "fidesdev"), str(BIN / "alembic")
REVISIONS = 398
"""As many as Fides has."""


@dataclass(frozen=True)
class Case:
    """Two commands that do the same, and what to do before each of them."""

    name: str
    ours: Sequence[str]
    theirs: Sequence[str]
    prepare: Callable[[], None] = lambda: None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    admin = parse_url(given.database_url)
    url = admin.with_database("fidesdev_benchmark")
    drop_database(url)
    create_database(url)
    try:
        with tempfile.TemporaryDirectory() as folder:
            write_tree(Path(folder), REVISIONS, url.render(driver="psycopg2"))
            report(Path(folder), url, given.runs)
    finally:
        drop_database(url)


def report(folder: Path, url: DatabaseUrl, runs: int) -> None:
    """Print the table."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, ")
    print(f"Python {platform.python_version()}; {REVISIONS} revisions; medians of {runs} runs\n")
    print("| case | fidesdev | peer | ratio |\n|---|--:|--:|--:|")
    for case in cases(folder, url):
        ours, theirs = measure(case, folder, runs)
        print(
            f"| {case.name} | {ours * 1000:.0f} ms | {theirs * 1000:.0f} ms | {ours / theirs:.2f} |"
        )


def cases(folder: Path, url: DatabaseUrl) -> list[Case]:
    """The cases in the order in which they leave the database as the next one needs it."""

    def empty() -> None:
        with closing(connect(url, autocommit=True)) as connection:
            connection.cursor().execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            connection.cursor().execute("DROP SCHEMA IF EXISTS fidesdev CASCADE")

    python = [sys.executable, "-c", "pass"]
    ini = ["-c", str(folder / "alembic.ini")]
    return [
        Case("`--help` against `python -c pass`", [FIDESDEV, "--help"], python),
        Case("`db heads`, cached", [FIDESDEV, "db", "heads"], [ALEMBIC, *ini, "heads"]),
        Case("`db history`, cached", [FIDESDEV, "db", "history"], [ALEMBIC, *ini, "history"]),
        Case("`db upgrade` of an empty database", [FIDESDEV, "-q", "db", "upgrade"],
             [ALEMBIC, *ini, "upgrade", "heads"], empty),
        Case("`db upgrade`, nothing to do", [FIDESDEV, "db", "upgrade"],
             [ALEMBIC, *ini, "upgrade", "heads"]),
        Case("`db current`", [FIDESDEV, "db", "current"], [ALEMBIC, *ini, "current"]),
    ]  # fmt: skip


def measure(case: Case, folder: Path, runs: int) -> tuple[float, float]:
    """The median seconds of both commands, run in turn; the first pair is not counted."""
    seconds: dict[int, list[float]] = {0: [], 1: []}
    for run in range(runs + 1):
        for which, command in enumerate((case.ours, case.theirs)):
            case.prepare()
            started = time.perf_counter()
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            if run:
                seconds[which].append(time.perf_counter() - started)
    return statistics.median(seconds[0]), statistics.median(seconds[1])


if __name__ == "__main__":
    main()
