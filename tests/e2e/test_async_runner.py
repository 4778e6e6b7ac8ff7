"""A project that has an asynchronous driver and no other: env.py as Alembic's async template."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import LockBusy, StepFailed, WrongDatabase
from fidesdev.services import impacts, migrations
from tests.e2e.test_concurrent import held
from tests.environments import ASYNCHRONOUS, interpreter
from tests.projects import Project, make_project

ENV = """
import asyncio
from alembic import context
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import async_engine_from_config

config = context.config

def run(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def connect():
    options = config.get_section(config.config_ini_section, {})
    engine = async_engine_from_config(options, prefix="sqlalchemy.", poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()

asyncio.run(connect())
"""


@pytest.fixture
def project(tmp_path: Path, database: DatabaseUrl, environments: Path) -> Project:
    ini = f"sqlalchemy.url = {database.render(driver='asyncpg')}\n"
    made = make_project(tmp_path / "p", "base0 > auto > last", database, ini=ini)
    made.env(ENV)
    made.break_step(
        "auto",
        up="with op.get_context().autocommit_block():\n"
        "    op.execute('CREATE INDEX CONCURRENTLY IF NOT EXISTS ix ON t_base0 (id)')",
    )
    python = interpreter(ASYNCHRONOUS, environments)
    (made.root / ".fides.toml").write_text(f'[fidesdev]\nrunner = "python:{python}"\n')
    return made


def test_plan_runs_under_the_lock(project: Project) -> None:
    migrations.execute(migrations.upgrade(project.workspace))
    assert project.tables() == {"base0", "auto", "last"}
    migrations.execute(migrations.goto(project.workspace, "base0"))
    assert project.rows() == {"base0"}


def test_plan_is_seen_on_a_copy(project: Project) -> None:
    migrations.execute(migrations.upgrade(project.workspace, "base0"))
    report = impacts.verified(migrations.goto(project.workspace, "heads"))
    auto, last = (step.observed for step in report.steps)

    assert auto
    assert [(lock.name, lock.mode) for lock in auto.locks] == [
        ("public.t_base0", "ShareUpdateExclusive")
    ]
    assert last
    assert [one.name for one in last.schema if one.kind == "table"] == ["public.t_last"]
    assert project.rows() == {"base0"}


def test_failing_step_is_told_with_its_statement(project: Project) -> None:
    project.break_step("last", up="op.execute('SELECT nope')")
    with pytest.raises(StepFailed) as caught:
        migrations.execute(migrations.upgrade(project.workspace))
    assert caught.value.facts["statement"] == "SELECT nope"
    assert caught.value.facts["kept"] == ["base0", "auto"]
    assert project.rows() == {"auto"}


def test_busy_lock_is_told(project: Project) -> None:
    elsewhere = make_project(project.root.parent / "sync", "base0", project.url)
    with held(elsewhere), pytest.raises(LockBusy):
        migrations.execute(migrations.upgrade(project.opened(lock_timeout=0.1)))
    assert project.rows() == set()


def test_another_database_is_refused(project: Project, server: DatabaseUrl) -> None:
    other = server.render(driver="asyncpg")
    options = "options = config.get_section(config.config_ini_section, {})"
    project.env(ENV.replace(options, f"options = {{'sqlalchemy.url': {other!r}}}"))
    with pytest.raises(WrongDatabase):
        migrations.execute(migrations.upgrade(project.workspace))
