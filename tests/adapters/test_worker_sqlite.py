"""SQLite in one transaction: what rolls back, and what stays as env.py and scripts want it."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine

from fidesdev.adapters import worker
from fidesdev.errors import StepFailed
from fidesdev.services import migrations
from tests.projects import ENV, Project, make_project

PLAIN = ENV.format(options={})
FAMILY = """
op.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT)")
op.execute("CREATE TABLE child (id INTEGER, parent INTEGER REFERENCES parent ON DELETE CASCADE)")
op.execute("INSERT INTO parent VALUES (1, 'a')")
op.execute("INSERT INTO child VALUES (1, 1)")
"""
REBUILD = """
import sqlalchemy as sa
with op.batch_alter_table("parent") as batch:
    batch.alter_column("name", type_=sa.String(20), existing_type=sa.Text())
"""
ENFORCED = """
from sqlalchemy import event
from sqlalchemy.engine import Engine

def enforce(connection, record):
    connection.execute("PRAGMA foreign_keys=ON")

engine = create_engine(url, poolclass=pool.NullPool)
event.listen(engine, "connect", enforce)
"""
LEGACY = "connection.isolation_level = None"
BEGIN = 'event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN"))'
Make = Callable[..., Project]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return lambda tree, **more: make_project(tmp_path / "p", tree, **more)


def upgrade(project: Project, rev: str = "heads") -> None:
    migrations.execute(migrations.upgrade(project.workspace, rev))


def content(project: Project) -> list[str]:
    """Everything in the file, as statements."""
    with closing(sqlite3.connect(project.url.database)) as connection:
        return list(connection.iterdump())


def enforcing(text: str = PLAIN) -> str:
    """env.py with an engine that enforces foreign keys."""
    given = "with create_engine(url, poolclass=pool.NullPool).connect() as connection:"
    assert given in text
    made = ENFORCED.replace("\n", "\n    ").strip()
    return text.replace(given, f"{made}\n    with engine.connect() as connection:")


def test_failing_step_leaves_the_file_as_it_was(make: Make) -> None:
    project = make("base0 > more > bad")
    project.break_step("base0", up=FAMILY)
    upgrade(project, "base0")
    before = content(project)
    project.break_step(
        "more", up="op.execute('DROP TABLE child')\nop.execute('DELETE FROM parent')"
    )
    project.break_step("bad", up="op.execute('CREATE TABLE late (id)')\nop.execute('SELECT nope')")
    with pytest.raises(StepFailed) as caught:
        upgrade(project)
    assert caught.value.facts["kept"] == []
    assert content(project) == before
    project.break_step("bad")
    upgrade(project)
    assert project.rows() == {"bad"}


def test_failing_batch_leaves_the_file_as_it_was(make: Make) -> None:
    project = make("base0 > more > bad", options={"render_as_batch": True})
    project.break_step("base0", up=FAMILY)
    project.break_step("more", up=REBUILD)
    project.break_step("bad", up="raise ValueError")
    upgrade(project, "base0")
    before = content(project)
    with pytest.raises(StepFailed):
        upgrade(project)
    assert content(project) == before
    upgrade(project, "more")
    assert "VARCHAR(20)" in "".join(content(project))


def test_file_that_was_not_there_is_empty_after_a_failure(make: Make) -> None:
    project = make("base0")
    project.break_step("base0", up="raise ValueError")
    with pytest.raises(StepFailed):
        upgrade(project)
    assert project.tables() == project.rows() == set()


def test_foreign_keys_stay_enforced_where_env_enforces_them(make: Make) -> None:
    project = make("base0 > more")
    project.env(enforcing())
    project.break_step("base0", up=FAMILY)
    project.break_step("more", up="op.execute('INSERT INTO child VALUES (2, 2)')")
    with pytest.raises(StepFailed, match="FOREIGN KEY constraint failed"):
        upgrade(project)


def test_foreign_keys_that_env_switches_off_on_its_connection_are_off(make: Make) -> None:
    project = make("base0 > more")
    begun = "context.configure(connection=connection, **OPTIONS)"
    off = "connection.exec_driver_sql('PRAGMA foreign_keys=OFF')\n        connection.commit()"
    project.env(enforcing().replace(begun, f"{off}\n        {begun}"))
    project.break_step("base0", up=FAMILY)
    project.break_step("more", up=REBUILD)
    upgrade(project)
    assert project.sql("SELECT count(*) FROM child") == [(1,)]


def test_script_that_switches_foreign_keys_off_keeps_its_rows_and_the_plan_its_habits(
    make: Make,
) -> None:
    project = make("base0 > more > bad")
    project.env(enforcing())
    project.break_step("base0", up=FAMILY)
    project.break_step("more", up=f"op.execute('PRAGMA foreign_keys=OFF')\n{REBUILD}")
    project.break_step("bad", up="raise ValueError")
    upgrade(project, "base0")
    move = migrations.upgrade(project.workspace)
    assert move.report.not_atomic_because == (
        "more runs PRAGMA foreign_keys, which is for outside of a transaction",
    )
    with pytest.raises(StepFailed) as caught:
        migrations.execute(move)
    assert caught.value.facts["kept"] == ["more"]
    assert project.sql("SELECT count(*) FROM child") == [(1,)]


def test_pragma_that_would_be_ignored_is_refused_where_nobody_saw_it_coming(make: Make) -> None:
    project = make("base0 > more")
    project.env(enforcing())
    (project.root / "beside.py").write_text("SWITCH = 'PRAGMA ' + 'foreign_keys=OFF'\n")
    project.break_step("base0", up=FAMILY)
    hidden = "import runpy\nswitch = runpy.run_path('beside.py')['SWITCH']\nop.execute(switch)\n"
    project.break_step("more", up=hidden + REBUILD)
    with pytest.raises(StepFailed, match="has no effect inside a transaction"):
        upgrade(project)
    assert project.tables() == set()


def test_pragma_that_changes_nothing_is_harmless(make: Make) -> None:
    project = make("base0")
    project.break_step("base0", up="op.execute('PRAGMA foreign' '_keys = ' + str(0))")
    upgrade(project)
    assert project.rows() == {"base0"}


def test_vacuum_in_an_autocommit_block_runs(make: Make) -> None:
    project = make("base0 > more")
    block = "with op.get_context().autocommit_block():\n    op.execute('VAC' + 'UUM')"
    project.break_step("more", up=block)
    upgrade(project)
    assert project.rows() == {"more"}


def test_engine_in_autocommit_mode_stays_in_it(make: Make) -> None:
    project = make("base0 > bad")
    auto = "create_engine(url, poolclass=pool.NullPool, isolation_level='AUTOCOMMIT')"
    project.env(PLAIN.replace("create_engine(url, poolclass=pool.NullPool)", auto))
    project.break_step("bad", up="op.execute('VAC' + 'UUM')\nraise ValueError")
    with pytest.raises(StepFailed, match="ValueError"):
        upgrade(project)


def test_env_that_begins_by_sqlalchemys_recipe_goes_on_doing_so(make: Make) -> None:
    project = make("base0 > more > bad")
    recipe = ENFORCED.replace('connection.execute("PRAGMA foreign_keys=ON")', LEGACY).replace(
        'event.listen(engine, "connect", enforce)',
        f'event.listen(engine, "connect", enforce)\n{BEGIN}',
    )
    given = "with create_engine(url, poolclass=pool.NullPool).connect() as connection:"
    made = recipe.replace("\n", "\n    ").strip()
    project.env(PLAIN.replace(given, f"{made}\n    with engine.connect() as connection:"))
    upgrade(project, "more")
    project.break_step("bad", up="raise ValueError")
    with pytest.raises(StepFailed, match="ValueError"):
        upgrade(project)
    assert project.tables() == {"base0", "more"}


def test_nothing_listens_afterwards(make: Make) -> None:
    project = make("base0")
    upgrade(project)
    assert not event.contains(Engine, "before_cursor_execute", worker._begin_sqlite)
    engine = sqlalchemy.create_engine(project.url.render())
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        assert not connection.connection.driver_connection.in_transaction  # type: ignore[union-attr]
    engine.dispose()


def test_savepoints_of_scripts_work(make: Make) -> None:
    project = make("base0 > more")
    nested = """
bind = op.get_bind()
try:
    with bind.begin_nested():
        op.execute("CREATE TABLE half (id INTEGER)")
        op.execute("SELECT nope")
except Exception:
    pass
"""
    project.break_step("more", up=nested)
    upgrade(project)
    assert project.tables() == {"base0", "more"}
    assert "half" not in "".join(content(project))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sqlite3 learnt it in Python 3.12")
def test_connection_that_begins_by_itself_is_left_to_it(make: Make) -> None:
    project = make("base0 > bad")
    begun = "create_engine(url, poolclass=pool.NullPool, connect_args={'autocommit': False})"
    project.env(PLAIN.replace("create_engine(url, poolclass=pool.NullPool)", begun))
    project.break_step("bad", up="raise ValueError")
    with pytest.raises(StepFailed):
        upgrade(project)
    assert project.tables() == set()
