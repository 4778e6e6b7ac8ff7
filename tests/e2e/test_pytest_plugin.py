"""The pytest plugin, in a scratch project of its own whose tests use it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from fidesdev.adapters.postgres import connect
from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import environment
from tests.projects import Project, make_project
from tests.templates import databases, ids, remove_all

PLAIN = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
INI = """
[pytest]
fidesdev_database_url = {url}
filterwarnings = error
"""
TESTS = """
import os
import time

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

TABLES = {tables!r}


def opened(database):
    return create_engine(database.url, poolclass=NullPool)


@pytest.mark.parametrize("number", range(2))
def test_fresh_and_migrated(fidesdev_db, number):
    engine = opened(fidesdev_db)
    assert set(inspect(engine).get_table_names()) - {{"alembic_version"}} == TABLES
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (id INTEGER)"))


def test_session_begins(fidesdev_db_session):
    with opened(fidesdev_db_session).begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS kept (id INTEGER)"))
    assert inspect(opened(fidesdev_db_session)).has_table("kept")


def test_session_is_not_the_tests_own(fidesdev_db_session, fidesdev_db):
    assert fidesdev_db_session.name != fidesdev_db.name


def test_waits(fidesdev_db):
    if os.environ.get("STALL"):
        open("waiting", "w").close()
        time.sleep(60)
"""


@dataclass(frozen=True)
class Scratch:
    """A project whose tests use the fixtures."""

    project: Project

    @property
    def argv(self) -> list[str]:
        return [sys.executable, "-m", "pytest", "-q", *PLAIN]

    def run(self, *arguments: str, code: int = 0) -> str:
        """What pytest prints; its exit code is `code`."""
        done = subprocess.run(
            [*self.argv, *arguments],
            cwd=self.project.root,
            env=environment(**self.project.environ),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def left(self) -> set[str]:
        """The databases of tests that are still there."""
        return {name for name in databases(self.project.url) if "_pytest_" in name}


def scratch(root: Path, url: DatabaseUrl | None) -> Scratch:
    project = make_project(root, " > ".join(ids(3)), url)
    text = TESTS.format(tables={f"t_{revision.id}" for revision in project.made})
    (root / "test_scratch.py").write_text(text, encoding="utf-8")
    (root / "pytest.ini").write_text(INI.format(url=project.url.render()), encoding="utf-8")
    return Scratch(project)


@pytest.fixture
def on_postgres(tmp_path: Path, database: DatabaseUrl) -> Iterator[Scratch]:
    """Its databases are in a server."""
    made = scratch(tmp_path / "scratch", database)
    yield made
    remove_all(made.project)


def test_workers_share_one_template_and_the_next_run_has_it(on_postgres: Scratch) -> None:
    slow = on_postgres.project.made[0].id
    on_postgres.project.break_step(slow, up="open('built', 'a').write('x')")
    assert "5 passed" in on_postgres.run("-n", "2")
    assert "5 passed" in on_postgres.run()
    assert (on_postgres.project.root / "built").read_text() == "x"
    assert on_postgres.project.tables() == set()  # the project's own database is left alone


def test_databases_of_a_killed_run_go_with_the_next(on_postgres: Scratch) -> None:
    process = subprocess.Popen(
        [*on_postgres.argv, "-k", "waits"],
        cwd=on_postgres.project.root,
        env=environment(STALL="1", **on_postgres.project.environ),
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not (on_postgres.project.root / "waiting").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    ours = _databases_of_nobody(on_postgres)
    assert ours
    on_postgres.run("-k", "fresh")
    assert not ours & on_postgres.left()


def test_sqlite_projects_have_files(tmp_path: Path) -> None:
    made = scratch(tmp_path / "scratch", None)
    assert "5 passed" in made.run("-n", "2")
    assert made.project.tables() == set()


def test_broken_migration_is_told_without_a_traceback_of_ours(tmp_path: Path) -> None:
    made = scratch(tmp_path / "scratch", None)
    made.project.break_step(made.project.made[1].id, up='raise RuntimeError("no such colour")')
    said = made.run("-k", "waits", code=1)
    assert "no such colour" in said
    assert "scratch_databases.py" not in said


def test_project_may_be_elsewhere_and_at_another_revision(tmp_path: Path) -> None:
    made = scratch(tmp_path / "scratch", None)
    folder = tmp_path / "tests"
    folder.mkdir()
    url, first = made.project.url.render(), made.project.made[0].id
    ini = f"[pytest]\nfidesdev_project = ../scratch\nfidesdev_database_url = {url}\n"
    (folder / "pytest.ini").write_text(f"{ini}fidesdev_to = {first}\n")
    text = TESTS.format(tables={f"t_{first}"})
    (folder / "test_elsewhere.py").write_text(text)
    elsewhere = Scratch(Project(folder, made.project.url, made.project.made))
    assert "5 passed" in elsewhere.run()


def test_projects_that_do_not_use_it_pay_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(
        "import sys\n\n\ndef test_nothing():\n"
        "    ours = {name for name in sys.modules if name.startswith('fidesdev')}\n"
        "    assert ours == {'fidesdev', 'fidesdev.pytest_plugin'}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", *PLAIN],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def _databases_of_nobody(made: Scratch) -> set[str]:
    """Those whose run is gone."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid::bigint = %s"
    with closing(connect(made.project.url.with_database("postgres"), autocommit=True)) as one:
        cursor = one.cursor()
        free = set()
        for name in made.left():
            run = name.split("_")[2]
            cursor.execute("SELECT hashtext(%s)::bigint & 4294967295", (f"tests {run}",))
            ((key,),) = cursor.fetchall()
            cursor.execute(query, (key,))
            if cursor.fetchone() == (0,):
                free.add(name)
        return free
