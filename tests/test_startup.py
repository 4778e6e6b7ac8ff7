"""What the quick verbs import, in fresh processes: start-up time is a feature."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import environment
from tests.projects import make_project
from tests.templates import ids, remove_all, wait_for_spare

LISTED = """
import sys
from fidesdev.cli.app import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
print(*sys.modules, file=sys.stderr)
"""
HEAVY = {"rich", "pydantic", "sqlalchemy", "alembic", "psycopg2", "mako", "yaml", "asyncio"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("db", "--help"),
        ("db", "goto", "--help"),
        ("help", "rev"),
        ("completion", "bash"),
        ("db", "heads"),
        ("db", "heads", "--json"),
        ("db", "history"),
        ("db", "check"),
        ("config", "show"),
    ],
)
def test_reading_files_imports_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    project = make_project(tmp_path / "p", "base0 > more")
    assert imported(project.root, *arguments) & HEAVY == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ("db", "status"),
        ("db", "current"),
        ("db", "plan", "heads", "--no-impact"),
        ("requests", "list"),
    ],
)
def test_asking_the_database_imports_its_driver_alone(
    tmp_path: Path, database: DatabaseUrl, arguments: tuple[str, ...]
) -> None:
    project = make_project(tmp_path / "p", "base0 > more", database)
    if arguments[0] == "requests":
        project.sql("CREATE TABLE privacyrequest (id text, status text, created_at timestamptz)")
    where = ("--database-url", database.render())
    assert imported(project.root, *arguments, *where) & HEAVY == {"psycopg2"}


def test_snapshots_import_the_driver_alone(tmp_path: Path, database: DatabaseUrl) -> None:
    project = make_project(tmp_path / "p", "base0 > more", database)
    where = ("--database-url", database.render())
    for arguments in (
        ("save", "then"),
        ("list",),
        ("restore", "then", "--yes", "--no-snapshot"),
        ("diff", "then"),
        ("export", "then", "then.dump"),
        ("import", "then.dump", "--force"),
        ("prune",),
        ("delete", "then", "--yes"),
    ):
        found = imported(project.root, "snapshot", *arguments, *where)
        assert found & HEAVY == {"psycopg2"}, arguments


def test_reset_from_a_template_needs_the_driver_alone(
    tmp_path: Path, database: DatabaseUrl
) -> None:
    project = make_project(tmp_path / "p", " > ".join(ids(2)), database)
    where = ("--database-url", database.render(), "-q")
    try:
        assert "sqlalchemy" in imported(project.root, "db", "reset", "-y", *where)
        assert imported(project.root, "db", "reset", "-y", *where) & HEAVY == {"psycopg2"}
        wait_for_spare(project)
    finally:
        remove_all(project)


def test_second_look_reads_the_cache_without_a_parser(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", "base0 > more")
    for script in (project.root / "migrations" / "versions").glob("*.py"):
        os.utime(script, (1_700_000_000, 1_700_000_000))  # what is quite new is not kept
    assert "fidesdev.core.header" in imported(project.root, "db", "heads")
    assert "fidesdev.core.header" not in imported(project.root, "db", "heads")


def imported(folder: Path, *arguments: str) -> set[str]:
    """The modules of a process that ran the command, its stdout being a pipe."""
    done = subprocess.run(
        [sys.executable, "-c", LISTED, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())
