"""Measure `fidesdev db roundtrip --all` against pytest-alembic's up/down consistency test.

    python -m benchmarks.roundtrip --database-url postgresql://postgres@localhost/postgres \\
        --peer PYTHON [--revisions N] [--runs N]

Both run in turn, A B A B, on the same tree and the same server, as whole processes; PYTHON is an
interpreter with pytest-alembic, psycopg2 and a pytest that it works with. Compared are the wall
time for each revision covered, and the processor time of the clients, which a loaded machine
disturbs less; what the server takes is in the wall time only. Ours compares schemas and rows
besides, and the peer stops at the first failure.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.trees import write_tree
from fidesdev.adapters.postgres import create_database, drop_database
from fidesdev.core.url import DatabaseUrl, parse_url

REVISIONS = 400
FIDESDEV = str(Path(sys.executable).parent / "fidesdev")
CONFTEST = """
import os

import pytest
import sqlalchemy


@pytest.fixture
def alembic_config():
    return {"file": os.environ["PEER_INI"]}


@pytest.fixture
def alembic_engine():
    return sqlalchemy.create_engine(os.environ["PEER_URL"], poolclass=sqlalchemy.pool.NullPool)
"""
TEST = "from pytest_alembic.tests import test_up_down_consistency\n"


@dataclass(frozen=True)
class Spent:
    """What one process took, in seconds."""

    wall: float
    processor: float


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--peer", help="an interpreter with pytest-alembic; without it only ours")
    parser.add_argument("--revisions", type=int, default=REVISIONS)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args(arguments)
    url = parse_url(given.database_url).with_database("fidesdev_benchmark_roundtrip")
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        write_tree(project, given.revisions, url.render(driver="psycopg2"))
        (project / "conftest.py").write_text(CONFTEST)
        (project / "test_peer.py").write_text(TEST)
        try:
            report(project, url, given)
        finally:
            drop_database(url)


def report(project: Path, url: DatabaseUrl, given: argparse.Namespace) -> None:
    """Run both in turn and print a table."""
    spent: dict[str, list[Spent]] = {"fidesdev": [], "pytest-alembic": []}
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; {given.runs} runs")
    for _run in range(given.runs):
        spent["fidesdev"].append(ours(project, url))
        if given.peer:
            spent["pytest-alembic"].append(theirs(project, url, given.peer))
    print(f"load {os.getloadavg()[0]:.1f} after; medians of {given.revisions} revisions\n")
    print("| | wall | a revision | processor of the client |\n|---|--:|--:|--:|")
    for name, runs in spent.items():
        if runs:
            wall = statistics.median(one.wall for one in runs)
            processor = statistics.median(one.processor for one in runs)
            each = wall / given.revisions * 1000
            print(f"| {name} | {wall:.1f} s | {each:.0f} ms | {processor:.1f} s |")


def ours(project: Path, url: DatabaseUrl) -> Spent:
    command = [FIDESDEV, "-q", "--database-url", url.render(), "db", "roundtrip", "--all"]
    return timed([*command, "--fresh"], project, {})


def theirs(project: Path, url: DatabaseUrl, python: str) -> Spent:
    drop_database(url)
    create_database(url)
    ini = str(project / "alembic.ini")
    variables = {"PEER_URL": url.render(driver="psycopg2"), "PEER_INI": ini}
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_peer.py"]
    return timed(command, project, variables)


def timed(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Spent:
    """What the process and its children take; raises where it fails."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environ = {**os.environ, **variables}
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environ)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(wall, processor)


if __name__ == "__main__":
    main()
