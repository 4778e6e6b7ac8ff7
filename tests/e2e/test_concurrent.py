"""Several runs at once on one database: nothing happens twice, nobody fails."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import sql

from fidesdev.adapters import worker
from fidesdev.adapters.postgres import connect
from fidesdev.core.reports import Event, LockWaiting, StepBlocked, StepsRolledBack, StepStarted
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import LockBusy, StalePlan, StepFailed
from fidesdev.services import history, journal, migrations
from fidesdev.services.workspace import Workspace
from tests.cli.processes import FIDESDEV, Answer, environment, fidesdev
from tests.projects import Project, make_project

INDEX = (
    "with op.get_context().autocommit_block():\n"
    "    op.execute('CREATE INDEX CONCURRENTLY ix ON t_more (id)')"
)


@pytest.fixture
def project(tmp_path: Path, database: DatabaseUrl) -> Project:
    return make_project(tmp_path / "p", "base0 > more > auto > last", database)


@pytest.fixture
def lite(tmp_path: Path) -> Project:
    return make_project(tmp_path / "p", "base0 > more > last")


def test_eight_upgrades_at_once_run_each_step_once(project: Project) -> None:
    project.sql("CREATE TABLE ran (id TEXT)")
    for revision in project.made:
        project.break_step(
            revision.id, up=f"op.execute(\"INSERT INTO ran VALUES ('{revision.id}')\")"
        )
    project.break_step("auto", up=f"{INDEX}\nop.execute(\"INSERT INTO ran VALUES ('auto')\")")
    answers = at_once(project, 8)
    assert [answer.code for answer in answers] == [0] * 8, [answer.err for answer in answers]
    done = sorted(len(answer.json["data"]["steps"]) for answer in answers)
    assert done == [0, 0, 0, 0, 0, 0, 0, 4]
    assert sorted(project.sql("SELECT id FROM ran")) == [
        ("auto",),
        ("base0",),
        ("last",),
        ("more",),
    ]
    assert project.sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]
    assert project.rows() == {"last"}


def test_eight_upgrades_of_a_sqlite_file_run_each_step_once(lite: Project) -> None:
    answers = at_once(lite, 8)
    assert [answer.code for answer in answers] == [0] * 8, [answer.err for answer in answers]
    assert sorted(len(answer.json["data"]["steps"]) for answer in answers) == [0] * 7 + [3]
    assert lite.rows() == {"last"}
    assert [path.name for path in lite.root.glob("*lock*")] == []


def test_loser_of_a_race_finds_nothing_to_do(project: Project) -> None:
    late = migrations.upgrade(project.workspace)
    migrations.execute(migrations.upgrade(project.workspace))
    report = migrations.execute(late)
    assert (report.steps, report.executed) == ((), True)
    assert report.note == "another run did it in the meantime"
    assert project.rows() == {"last"}


def test_loser_of_a_race_goes_on_from_where_the_winner_stopped(project: Project) -> None:
    late = migrations.upgrade(project.workspace)
    migrations.execute(migrations.upgrade(project.workspace, "more"))
    assert [step.revision for step in migrations.execute(late).steps] == ["auto", "last"]


def test_relative_target_means_what_it_meant_when_it_was_typed(project: Project) -> None:
    migrations.execute(migrations.upgrade(project.workspace, "base0"))
    late = migrations.upgrade(project.workspace, "+1")
    migrations.execute(migrations.upgrade(project.workspace, "+1"))
    assert migrations.execute(late).steps == ()
    assert project.rows() == {"more"}


def test_downgrade_that_nobody_saw_is_not_run(project: Project) -> None:
    migrations.execute(migrations.upgrade(project.workspace, "more"))
    seen = migrations.goto(project.workspace, "base0")
    assert seen.downgraded == {"more"}
    migrations.execute(migrations.upgrade(project.workspace))
    with pytest.raises(StalePlan):
        migrations.execute(seen)
    assert project.rows() == {"last"}


# Waiting


def test_busy_lock_names_its_holder_and_exits_6(project: Project) -> None:
    with held(project):
        answer = fidesdev(*typed(project, "--lock-timeout", "0", "--json"), cwd=project.root)
    error = answer.json["error"]
    assert (answer.code, error["code"]) == (6, "locked")
    assert error["message"].startswith(f"another run is migrating {project.url.database}: ")
    assert f"pid {os.getpid()} (server process {error['holder']['pid']}, user " in error["message"]
    assert error["holder"]["application"].startswith("fidesdev lock ")
    assert error["holder"]["since"].endswith("Z")
    assert project.rows() == set()


def test_busy_file_names_its_holder(lite: Project) -> None:
    with held(lite), pytest.raises(LockBusy) as caught:
        migrations.execute(migrations.upgrade(opened(lite, lock_timeout=0.2)))
    assert f"pid {os.getpid()}, user " in str(caught.value)
    assert caught.value.facts["holder"]["host"] == os.uname().nodename
    assert 0.2 <= caught.value.facts["waited"] < 2
    assert lite.tables() == set()


def test_waiting_is_told_and_ends_when_the_holder_does(project: Project) -> None:
    events: list[Event] = []
    with held(project) as release:
        threading.Timer(0.6, release).start()
        migrations.execute(migrations.upgrade(project.workspace), on_event=events.append)
    waits = [event for event in events if isinstance(event, LockWaiting)]
    assert len(waits) == 1
    assert str(waits[0].holder).startswith("fidesdev lock ")
    assert project.rows() == {"last"}


def test_lock_connection_is_idle_and_in_no_transaction(project: Project) -> None:
    ours = "application_name LIKE 'fidesdev lock%' AND datname = current_database()"
    seen = f"SELECT state, xact_start FROM pg_stat_activity WHERE {ours}"
    project.break_step(
        "base0",
        up=f'row = op.get_bind().exec_driver_sql("{seen.replace("%", "%%")}'
        '").fetchall()\nassert row == [("idle", None)], row',
    )
    migrations.execute(migrations.upgrade(project.workspace))
    assert project.rows() == {"last"}


def test_locks_of_two_databases_are_two(project: Project, server: DatabaseUrl) -> None:
    other = f"{project.url.database}_other"
    project.sql(f"CREATE DATABASE {other}")
    try:
        elsewhere = make_project(project.root.parent / "q", "base0", server.with_database(other))
        with held(project):
            migrations.execute(migrations.upgrade(opened(elsewhere, lock_timeout=0)))
        assert elsewhere.rows() == {"base0"}
    finally:
        project.sql(f"DROP DATABASE {other} WITH (FORCE)")


def test_reading_waits_for_nobody(project: Project) -> None:
    with held(project):
        assert len(history.status(project.workspace).pending) == 4
        assert len(migrations.upgrade(project.workspace).plan.steps) == 4


def test_lock_is_given_back_after_a_failure(project: Project) -> None:
    project.break_step("more", up="raise ValueError")
    with pytest.raises(StepFailed):
        migrations.execute(migrations.upgrade(project.workspace))
    project.break_step("more")
    migrations.execute(migrations.upgrade(opened(project, lock_timeout=0)))


# Locks of the database itself


def test_statement_that_waits_in_vain_is_rolled_back_and_tried_again(project: Project) -> None:
    migrations.execute(migrations.upgrade(project.workspace, "base0"))
    project.break_step("more", up="op.execute('ALTER TABLE t_base0 ADD COLUMN a INTEGER')")
    events: list[Event] = []
    with reading(project, "t_base0") as release:

        def heard(event: Event) -> None:
            events.append(event)
            if isinstance(event, StepsRolledBack):
                release()

        workspace = opened(project, statement_lock_timeout=0.3)
        migrations.execute(migrations.upgrade(workspace, "more"), on_event=heard)
    kinds = [type(event) for event in events if not isinstance(event, StepBlocked)]
    assert kinds.count(StepsRolledBack) == 1
    assert kinds.count(StepStarted) == 2
    (failed,) = (event for event in events if isinstance(event, StepsRolledBack))
    assert [holder.query for holder in failed.by] == ["SELECT * FROM t_base0"]
    assert project.rows() == {"more"}
    assert [step.revision for step in journal.moves(project.workspace)[0].steps] == ["more"]


def test_statement_that_never_gets_its_lock_says_who_has_it(project: Project) -> None:
    migrations.execute(migrations.upgrade(project.workspace, "base0"))
    project.break_step("more", up="op.execute('ALTER TABLE t_base0 ADD COLUMN a INTEGER')")
    with reading(project, "t_base0"), pytest.raises(StepFailed) as caught:
        migrations.execute(
            migrations.upgrade(opened(project, statement_lock_timeout=0.2), "more"),
        )
    assert "canceling statement due to lock timeout, held by" in caught.value.facts["reason"]
    assert "SELECT * FROM t_base0" in caught.value.facts["reason"]
    assert project.rows() == {"base0"}


def test_blocked_statement_is_told_while_it_waits(project: Project) -> None:
    migrations.execute(migrations.upgrade(project.workspace, "base0"))
    project.break_step("more", up="op.execute('DROP TABLE t_base0')")
    events: list[Event] = []
    with reading(project, "t_base0") as release:

        def heard(event: Event) -> None:
            events.append(event)
            if isinstance(event, StepBlocked):
                release()

        migrations.execute(migrations.upgrade(project.workspace, "more"), on_event=heard)
    (blocked,) = (event for event in events if isinstance(event, StepBlocked))
    assert (blocked.step.revision, blocked.by[0].query) == ("more", "SELECT * FROM t_base0")


def typed(project: Project, *options: str) -> tuple[str, ...]:
    return ("db", "upgrade", "--database-url", project.url.render(), *options)


def at_once(project: Project, count: int) -> list[Answer]:
    """What that many `db upgrade` say, all started before one can end."""
    processes = [
        subprocess.Popen(
            [*FIDESDEV, *typed(project, "--json")],
            cwd=project.root,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    said = [process.communicate(timeout=120) for process in processes]
    return [Answer(p.returncode, *texts) for p, texts in zip(processes, said, strict=True)]


def opened(project: Project, **options: Any) -> Workspace:
    return project.opened(**options)


@contextmanager
def held(project: Project) -> Iterator[Any]:
    """The migration lock in other hands; what it yields gives it back early."""
    identity = list(project.workspace.recorded().identity)
    session = worker.Session(lambda _event: None)
    url = project.workspace.environment.url
    session.perform("lock", {"url": url, "identity": identity, "timeout": 5})
    try:
        yield session.close
    finally:
        session.close()


@contextmanager
def reading(project: Project, table: str) -> Iterator[Any]:
    """A transaction that has read the table; what it yields ends it."""
    with closing(connect(project.url)) as connection:
        query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))
        connection.cursor().execute(query.as_string(connection).replace('"', ""))
        yield connection.rollback
