"""kill -9 at every point of a plan that goes down and up, with one step outside the transaction.

A point is where something has just begun or ended: a script, the version table's row, the commit.
Whoever dies there, afterwards the version table says what the schema is, the next `goto` gets
there, and no step has been lost or done twice.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fidesdev.adapters.worker import LOCK
from fidesdev.config import Flags
from fidesdev.core.graph import RevisionGraph
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import LockLost, MigrationError, RunnerDied
from fidesdev.services import history, migrations
from fidesdev.services.workspace import open_workspace
from tests.cli.processes import FIDESDEV, environment
from tests.notation import revisions
from tests.projects import Project, make_project

TREE = "base0 > comm > aaa1 > aaa2, comm > bbb1 > auto > bbb2"
STEPS = (("aaa2", "down"), ("aaa1", "down"), ("bbb1", "up"), ("auto", "up"), ("bbb2", "up"))
LEFT = {
    **{
        f"{id_} {when}": "aaa2" for id_, _way in STEPS[:3] for when in ("begins", "ran", "recorded")
    },
    "auto begins": "aaa2",
    "auto inside": "bbb1",  # its block has committed what came before
    "auto ran": "bbb1",
    "auto recorded": "bbb1",
    "bbb2 begins": "auto",
    "bbb2 ran": "auto",
    "bbb2 recorded": "auto",
    "before the commit": "auto",
    "after the commit": "bbb2",
}
"""Every point, and where the database is left by whoever dies there."""

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["fidesdev.adapters.in_process", "fidesdev.adapters.worker"])
"""Forked from a process that has imported what takes long, and runs no thread."""

FAULTS = f"""
import os, signal, time

def fault(point, connection):
    if os.environ.get("FAULT_POINT") != point:
        return
    with open(os.environ["FAULT_FILE"], "w") as file:
        file.write(str(os.getpid()))
    victim = os.environ["FAULT_VICTIM"]
    if victim == "process":
        os.kill(os.getpid(), signal.SIGKILL)
    elif victim == "parent":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
    elif victim == "connection":
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
    elif victim == "lock":
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(l.pid, 5000) FROM pg_locks l JOIN pg_database d"
            " ON d.oid = l.database WHERE d.datname = current_database()"
            " AND classid = {LOCK[0]} AND objid = {LOCK[1]} AND granted"
        )
"""
ENV = """
from alembic import context
from faults import fault
from sqlalchemy import create_engine, pool

def applied(ctx, step, heads, run_args):
    fault(f"{step.up_revision_id} recorded", ctx.connection)

url = context.config.get_main_option("sqlalchemy.url")
with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection, on_version_apply=applied)
    with context.begin_transaction():
        context.run_migrations()
        fault("before the commit", connection)
    fault("after the commit", connection)
"""
SCRIPT = """
from alembic import op
from faults import fault

revision = {id!r}
down_revision = {parent!r}

def upgrade():
    fault("{id} begins", op.get_bind())
{block}
    op.execute("CREATE TABLE t_{id} (id INTEGER)")
    op.execute("INSERT INTO ran VALUES ('{id}', 'up')")
    fault("{id} ran", op.get_bind())

def downgrade():
    fault("{id} begins", op.get_bind())
    op.execute("DROP TABLE t_{id}")
    op.execute("INSERT INTO ran VALUES ('{id}', 'down')")
    fault("{id} ran", op.get_bind())
"""
INDEX = "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix ON t_comm (id)"
LITE_INDEX = "CREATE INDEX IF NOT EXISTS ix ON t_comm (id)"
BLOCK = """
    # first, and such that it can be done again: nothing can roll it back
    with op.get_context().autocommit_block():
        op.execute("{index}")
        fault("auto inside", op.get_bind())
"""


@pytest.fixture(params=["postgresql", "sqlite"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    return standing(request, tmp_path, request.param)


@pytest.fixture
def pg_project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    return standing(request, tmp_path, "postgresql")


def standing(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> Project:
    """The project with its database at aaa2, where nothing has been noted yet."""
    url: DatabaseUrl | None = None
    if kind == "postgresql":
        url = request.getfixturevalue("database")
    made = make_project(
        tmp_path / "p", TREE, url, ini="prepend_sys_path = .\npath_separator = os\n"
    )
    made.env(ENV)
    (made.root / "faults.py").write_text(FAULTS)
    for revision in made.made:
        block = BLOCK.format(index=INDEX if url else LITE_INDEX) if revision.id == "auto" else ""
        parent = revision.parents[0] if revision.parents else None
        text = SCRIPT.format(id=revision.id, parent=parent, block=block)
        (made.root / f"migrations/versions/{revision.id}.py").write_text(text)
    made.sql("CREATE TABLE ran (id TEXT, direction TEXT)")
    migrations.execute(migrations.goto(made.workspace, "aaa2"))
    made.sql("DELETE FROM ran")
    return made


@pytest.mark.parametrize("point", LEFT)
def test_killed_process_leaves_what_was_committed(project: Project, point: str) -> None:
    assert killed(project, point, "process") == -signal.SIGKILL
    check(project, LEFT[point])


@pytest.mark.parametrize("point", LEFT)
def test_killed_worker_is_told_and_leaves_what_was_committed(
    pg_project: Project, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(pg_project)
    aim(pg_project, point, "process", monkeypatch)
    with pytest.raises(RunnerDied) as caught:
        move(pg_project)
    told = f"ended (killed by signal 9); the database is at {LEFT[point]}"
    assert told in str(caught.value)
    check(pg_project, LEFT[point])


@pytest.mark.parametrize("point", LEFT)
def test_worker_ends_with_the_process_that_started_it(pg_project: Project, point: str) -> None:
    elsewhere(pg_project)
    assert killed(pg_project, point, "parent") == -signal.SIGKILL
    assert ended(int((pg_project.root / "fault").read_text()))
    check(pg_project, LEFT[point])


@pytest.mark.parametrize("point", LEFT)
def test_lost_connection_leaves_what_was_committed(
    pg_project: Project, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    aim(pg_project, point, "connection", monkeypatch)
    with pytest.raises(MigrationError) as caught:
        move(pg_project)
    assert caught.value.facts["now"] == [LEFT[point]]
    check(pg_project, LEFT[point])


@pytest.mark.parametrize("point", LEFT)
def test_lost_lock_stops_the_plan(
    pg_project: Project, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    aim(pg_project, point, "lock", monkeypatch)
    if "commit" in point:
        move(pg_project)
        assert pg_project.rows() == {"bbb2"}
    else:
        with pytest.raises(LockLost) as caught:
            move(pg_project)
        assert caught.value.facts["now"] in (["aaa2"], ["auto"])
    check(pg_project, *pg_project.rows())


def test_statement_of_a_killed_process_is_not_run_beside_its_second_try(
    pg_project: Project,
) -> None:
    script = pg_project.root / "migrations/versions/auto.py"
    slow = "INSERT INTO ran SELECT 'slow', 'up' FROM pg_sleep(3)"
    text = (
        script.read_text().replace(INDEX, slow).replace('fault("auto inside", op.get_bind())', "")
    )
    script.write_text(text)
    url = pg_project.url.render()
    first = subprocess.Popen(  # a snapshot would end our own look at what is active
        [*FIDESDEV, "db", "goto", "auto", "--yes", "--no-snapshot", "--database-url", url],
        cwd=pg_project.root,
        env=environment(),
        stderr=subprocess.DEVNULL,
    )
    until_active(pg_project, slow)
    first.kill()
    first.wait()
    migrations.execute(migrations.goto(pg_project.workspace, "auto"))
    assert pg_project.sql("SELECT count(*) FROM ran WHERE id = 'slow'") == [(1,)]


def killed(project: Project, point: str, victim: str) -> int | None:
    """The exit code of a process of its own that made the move and was killed."""
    faults = variables(project, point, victim)
    place = (str(project.root), project.url.render(), faults)
    process = PROCESSES.Process(target=move_there, args=place)
    process.start()
    process.join(60)
    code = process.exitcode
    process.kill()
    process.join()
    process.close()
    return code


def move_there(root: str, url: str, faults: dict[str, str]) -> None:
    """The move, in the process that is to be killed."""
    os.environ.update(faults)
    workspace = open_workspace(Flags(database_url=url), environ={}, cwd=Path(root))
    migrations.execute(migrations.goto(workspace, "bbb2"))


def move(project: Project) -> None:
    migrations.execute(migrations.goto(project.workspace, "bbb2"))


def aim(project: Project, point: str, victim: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the victim killed at the point of what runs next."""
    for name, value in variables(project, point, victim).items():
        monkeypatch.setenv(name, value)


def variables(project: Project, point: str, victim: str) -> dict[str, str]:
    file = str(project.root / "fault")
    return {"FAULT_POINT": point, "FAULT_VICTIM": victim, "FAULT_FILE": file}


def check(project: Project, row: str) -> None:
    """The version table has the row, the schema is that of it, and the way goes on from there."""
    assert (project.root / "fault").exists()
    os.environ.pop("FAULT_POINT", None)
    tree = RevisionGraph.build(revisions(TREE))
    status = history.status(project.workspace)
    assert (status.current, status.unknown) == ((row,), ())
    assert project.tables() == tree.ancestors({row})
    migrations.execute(migrations.goto(project.workspace, "bbb2"))
    assert project.rows() == {"bbb2"}
    assert project.tables() == tree.ancestors({"bbb2"})
    assert sorted(project.sql("SELECT id, direction FROM ran")) == sorted(STEPS)


def elsewhere(project: Project) -> None:
    """Have migrations run in a process of their own."""
    setting = f'[fidesdev]\nrunner = "python:{sys.executable}"\n'
    (project.root / ".fides.toml").write_text(setting)


def ended(pid: int) -> bool:
    """Whether the process is gone within a few seconds, or only waits to be reaped."""
    for _ in range(50):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


def until_active(project: Project, statement: str) -> None:
    quoted = statement.replace("'", "''")
    for _ in range(100):
        if project.sql(
            "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()"
            f" AND datname = current_database() AND query = '{quoted}'"
        ):
            return
        time.sleep(0.1)
    raise AssertionError("the statement never ran")
