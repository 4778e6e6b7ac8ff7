"""Many real databases moved by one call, each with its own lock, journal and outcome."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from psycopg2 import sql

from fidesdev.core.tenants import FanoutReport, Outcome, Shard, TenantFinished
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import SqlFailed, UnknownRevision, UsageError
from fidesdev.services import fanout, journal, migrations
from fidesdev.services.fanout import Fanout
from fidesdev.services.tenants import Choice
from fidesdev.services.workspace import Workspace
from tests.conftest import execute
from tests.e2e.test_concurrent import held
from tests.projects import Project, make_project

COOKBOOK = """
from alembic import context
from sqlalchemy import create_engine, pool, text

tenant = context.get_x_argument(as_dictionary=True)["tenant"]
engine = create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=pool.QueuePool)
with engine.connect() as connection:
    connection.execute(text(f'SET search_path TO "{tenant}"'))
    connection.commit()
    connection.dialect.default_schema_name = tenant
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


def planned(workspace: Workspace, choice: Choice, rev: str = "heads") -> Fanout:
    return fanout.plan(workspace, choice, rev, partial(migrations.goto, rev=rev))


def moved(workspace: Workspace, choice: Choice, rev: str = "heads") -> FanoutReport:
    found = planned(workspace, choice, rev).without_protected("")
    return fanout.execute(found, on_event=lambda _event: None)


def outcomes(report: FanoutReport) -> dict[str, str]:
    """How each tenant fared: its code where it has one."""
    return {one.tenant: one.code or one.outcome.value for one in report.tenants}


def counted(report: FanoutReport) -> dict[str, int]:
    return {outcome: count for outcome, count in report.counts.items() if count}


def listed(folder: Path, *names: str) -> Choice:
    (folder / "list").write_text("\n".join(names))
    return Choice("list")


@pytest.fixture
def lite(tmp_path: Path) -> Project:
    return make_project(tmp_path / "p", "base0 > more")


@pytest.fixture
def twelve(server: DatabaseUrl, database: DatabaseUrl, tmp_path: Path) -> Iterator[list[Project]]:
    """One project on twelve databases, the first of which is the configured one."""
    first = make_project(tmp_path / "p", "base0 > more", database)
    names = [database.database, *(f"{database.database}_{number}" for number in range(1, 12))]
    with ExitStack() as made:
        for name in names[1:]:
            one = sql.Identifier(name)
            execute(server, sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(one))
            gone = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(one)
            made.callback(execute, server, gone)
        yield [replace(first, url=server.with_database(name)) for name in names]


def test_each_database_fares_by_itself_and_again_does_what_is_left(twelve: list[Project]) -> None:
    first, locked, broken, ready, *others = twelve
    migrations.execute(migrations.upgrade(ready.workspace))
    broken.sql("CREATE TABLE t_more ()")
    names = [project.url.database for project in twelve]
    workspace = replace(first.workspace, lock_timeout=0)
    choice = replace(listed(first.root, *names, "absent"), jobs=3)
    with held(locked):
        report = moved(workspace, choice)
    fared = outcomes(report)
    assert fared.pop("absent") == "database_missing"
    assert fared.pop(locked.url.database) == "locked"
    assert fared.pop(broken.url.database) == "step_failed"
    assert fared.pop(ready.url.database) == "unchanged"
    assert set(fared.values()) == {"done"}
    assert (report.exit_code, counted(report)) == (1, {"done": 9, "unchanged": 1, "failed": 3})
    assert all(project.rows() == {"more"} for project in (first, *others))
    assert (locked.rows(), broken.rows()) == (set(), set())
    assert [move.command for move in journal.moves(others[0].workspace)] == ["db goto heads"]
    left = [
        connection
        for project in twelve
        for connection in project.sql(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND application_name LIKE 'fidesdev%'"
        )
    ]
    assert left == []
    broken.sql("DROP TABLE t_more")
    again = moved(
        workspace,
        replace(choice, source=f"SELECT datname FROM pg_database WHERE datname LIKE '{names[0]}%'"),
    )
    assert (again.exit_code, counted(again)) == (0, {"done": 2, "unchanged": 10})

    careful = {**first.environ, "FIDES__FIDESDEV__PROTECTED": f'["{names[0]}"]'}
    guarded = replace(first, environ=careful).workspace
    kept = planned(guarded, listed(first.root, *names[:2]), "base")
    assert outcomes(kept.without_protected("").report)[names[0]] == "protected_database"
    assert len(kept.without_protected(names[0]).losing) == 2
    assert counted(moved(guarded, kept.choice, "base")) == {"done": 1, "failed": 1}
    assert first.rows() == {"more"}


def test_two_hundred_databases(lite: Project) -> None:
    names = [f"databases/{number} of 200.db" for number in range(200)]
    (lite.root / "databases").mkdir()
    choice = listed(lite.root, "# all of them", *names, names[0])
    events: list[TenantFinished] = []
    found = planned(lite.workspace, choice)
    assert counted(found.report) == {"pending": 200}
    report = fanout.execute(found, on_event=events.append)
    assert (report.exit_code, counted(report)) == (0, {"done": 200})
    assert [event.number for event in events] == list(range(1, 201))
    paths = [lite.root / name for name in names]
    assert all(
        replace(lite, url=DatabaseUrl("sqlite", str(path))).tables() == {"base0", "more"}
        for path in (paths[0], paths[-1])
    )
    assert planned(lite.workspace, choice).report.is_settled


def test_shards_divide_the_list(lite: Project) -> None:
    choice = listed(lite.root, *(f"{number}.db" for number in range(20)))
    shards = [planned(lite.workspace, replace(choice, shard=Shard(n, 3))) for n in (1, 2, 3)]
    found = [one.tenant for shard in shards for one in shard.planned]
    assert sorted(found) == sorted(f"{number}.db" for number in range(20))
    assert [shard.report.shard for shard in shards] == ["1/3", "2/3", "3/3"]
    nobody = moved(lite.workspace, replace(choice, shard=Shard(1, 999_999)))
    assert (nobody.tenants, nobody.exit_code) == ((), 0)


def test_a_failure_can_let_no_other_begin(lite: Project) -> None:
    lite.break_step("more", up="raise RuntimeError('no')")
    choice = replace(listed(lite.root, "a.db", "b.db", "c.db"), jobs=1, fail_fast=True)
    report = moved(lite.workspace, choice)
    assert [one.outcome for one in report.tenants] == [
        Outcome.FAILED,
        Outcome.NOT_STARTED,
        Outcome.NOT_STARTED,
    ]
    assert report.exit_code == 1


def test_each_schema_has_its_own_version_table(database: DatabaseUrl, tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", "base0 > more", database)
    project.env(COOKBOOK)
    names = ["tenant a", "tenant_b", "tenant-c"]
    for name in names:
        project.sql(f'CREATE SCHEMA "{name}"')
    query = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'tenant%' ORDER BY 1"
    choice = Choice(query, schemas=True, jobs=3)
    assert counted(moved(project.workspace, choice)) == {"done": 3}
    found = project.sql("SELECT schemaname FROM pg_tables WHERE tablename = 't_more' ORDER BY 1")
    assert sorted(name for (name,) in found) == sorted(names)
    assert counted(moved(project.workspace, choice)) == {"unchanged": 3}
    commands = {move.command for move in journal.moves(project.workspace)}
    assert commands == {f"db goto heads -x tenant={name}" for name in names}
    ghost = replace(listed(project.root, *names, "ghost"), schemas=True)
    (*_others, lost) = moved(project.workspace, ghost).tenants
    assert (lost.code, lost.before) == ("version_table_differs", frozenset())
    assert "See that the schema exists" in (lost.hint or "")
    down = planned(project.opened(), choice, "base0")
    assert len(down.losing) == 3
    assert [one.move.guarded for one in down.planned if one.move] == [True, True, True]


def test_one_snapshot_is_enough_for_the_schemas_of_a_database(
    database: DatabaseUrl, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "p", "base0 > more", database)
    project.env(COOKBOOK)
    for name in ("a", "b"):
        project.sql(f"CREATE SCHEMA {name}")
    choice = replace(listed(project.root, "a", "b"), schemas=True)
    moved(project.workspace, choice)
    workspace = replace(project, environ={}).workspace
    report = moved(workspace, choice, "base")
    assert [one.outcome for one in report.tenants] == [Outcome.DONE, Outcome.DONE]
    assert [one.snapshot is None for one in report.tenants] == [False, True]


def test_an_interpreter_is_started_for_as_many_as_work_at_once(lite: Project) -> None:
    """Else two hundred databases would import Alembic, and the models, two hundred times."""
    lite.break_step("more", up="import os, pathlib\npathlib.Path(f'pid {os.getpid()}').touch()\n")
    choice = replace(listed(lite.root, *(f"{number}.db" for number in range(12))), jobs=2)
    assert counted(moved(lite.workspace, choice)) == {"done": 12}
    assert 1 <= len(list(lite.root.glob("pid *"))) <= 2


def test_variables_of_the_runner_are_those_of_each_database(lite: Project) -> None:
    lite.break_step("more", up="import os, pathlib\npathlib.Path(os.environ['MINE']).touch()\n")
    filled = {**lite.environ, "FIDES__FIDESDEV__RUNNER_ENV": '{"MINE": "{db}.seen"}'}
    choice = replace(listed(lite.root, "a.db", "b.db", "c.db"), jobs=1)
    assert counted(moved(replace(lite, environ=filled).workspace, choice)) == {"done": 3}
    assert {path.name for path in lite.root.glob("*.seen")} == {
        "a.db.seen",
        "b.db.seen",
        "c.db.seen",
    }


def test_urls_name_databases_elsewhere_and_their_passwords_stay_hidden(
    lite: Project, database: DatabaseUrl
) -> None:
    secret = database.password or "very secret"
    url = replace(database, password=secret).render()
    report = moved(lite.workspace, listed(lite.root, "a.db", url))
    assert [one.tenant for one in report.tenants] == ["a.db", str(replace(database, password="x"))]
    assert counted(report) == {"done": 2}
    assert secret not in repr(report)


@pytest.mark.parametrize(
    ("source", "error", "said"),
    [
        ("absent", UsageError, "cannot read a list"),
        ("DELETE FROM t", UsageError, "cannot read a list"),
        ("nul\0", UsageError, "cannot read a list"),
        ("binary", UsageError, "no UTF-8 text"),
        ("empty", UsageError, "lists nobody"),
        ("SELECT 1 WHERE 0", UsageError, "lists nobody"),
        ("SELECT NULL", UsageError, "lists nobody"),
        ("SELECT nonsense", SqlFailed, "nonsense"),
        ("WITH a AS (SELECT 1) DELETE FROM alembic_version", SqlFailed, "readonly"),
        ("mysql", UsageError, "not a database URL"),
    ],
)
def test_what_is_no_list_is_refused(
    lite: Project, source: str, error: type[Exception], said: str
) -> None:
    migrations.execute(migrations.upgrade(lite.workspace))
    (lite.root / "binary").write_bytes(b"\xff\xfe\n")
    (lite.root / "empty").write_text("# nobody yet\n")
    (lite.root / "mysql").write_text("mysql://host/db\n")
    with pytest.raises(error, match=said):
        planned(lite.workspace, Choice(source))
    assert lite.rows() == {"more"}


def test_a_mistyped_target_is_told_once(lite: Project) -> None:
    with pytest.raises(UnknownRevision):
        planned(lite.workspace, listed(lite.root, "a.db", "b.db"), "nonsense")
