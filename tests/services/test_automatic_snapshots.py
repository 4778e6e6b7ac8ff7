"""Snapshots that are taken before data can be lost, and what `undo` makes of them."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fidesdev.adapters.postgres import connect
from fidesdev.core.reports import Event, MoveReport, SnapshotSkipped, SnapshotTaken
from fidesdev.core.snapshots import Snapshot
from fidesdev.errors import LockBusy, StepFailed
from fidesdev.services import (
    journal,
    migrations,
    rebasing,
    returning,
    server,
    snapshots,
    undoing,
)
from tests.branches import make_branches
from tests.e2e.test_concurrent import held
from tests.projects import Project
from tests.services.conftest import Make

CHAIN = "base0 > comm > aaa1 > aaa2"
SETTINGS = "FIDES__FIDESDEV__SNAPSHOTS"


@pytest.fixture
def project(make: Make) -> Iterator[Project]:
    """A database at `aaa2` with rows in each of its tables."""
    yield from filled(make)


@pytest.fixture
def lite(make_lite: Make) -> Iterator[Project]:
    """The same in a file, for what is the same on any database."""
    yield from filled(make_lite)


def filled(make: Make) -> Iterator[Project]:
    made = guarded(make(CHAIN))
    migrations.execute(migrations.goto(made.workspace, "aaa2"))
    for table in ("base0", "comm", "aaa1", "aaa2"):
        made.sql(f'INSERT INTO "t_{table}" VALUES (1), (2), (3)')
    yield made
    snapshots.delete(made.workspace, [one.name for one in taken(made)])


def guarded(project: Project, settings: str = '{"spares": 0}') -> Project:
    return replace(project, environ={SETTINGS: settings})


def taken(project: Project) -> tuple[Snapshot, ...]:
    return snapshots.list_(project.workspace).snapshots


def goto(project: Project, rev: str, events: list[Event] | None = None) -> MoveReport:
    heard = events if events is not None else []
    return migrations.execute(migrations.goto(project.workspace, rev), on_event=heard.append)


def rows(project: Project) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of the project."""
    return {id_: sorted(project.sql(f'SELECT * FROM "t_{id_}"')) for id_ in project.tables()}


def test_snapshot_is_taken_before_rows_can_be_lost(project: Project) -> None:
    events: list[Event] = []
    report = goto(project, "base", events)
    (snapshot,) = taken(project)
    assert snapshot.name.startswith("before-goto-base-")
    assert (snapshot.automatic, snapshot.revisions) == (True, ("aaa2",))
    assert report.snapshot == snapshot.name
    (told,) = (event for event in events if isinstance(event, SnapshotTaken))
    assert told.name == snapshot.name
    assert journal.log(project.workspace).moves[0].snapshot == snapshot.storage


def test_undo_after_goto_base_brings_every_row_back_and_undo_again_takes_them(
    project: Project,
) -> None:
    before = rows(project)
    assert before["aaa2"] == [(1,), (2,), (3,)]
    goto(project, "base")
    assert project.tables() == set()

    report = undo(project)
    assert (report.restored or "").startswith("before-goto-base-")
    assert report.executed
    assert (set(report.before), set(report.after)) == (set(), {"aaa2"})
    assert (project.rows(), rows(project)) == ({"aaa2"}, before)

    again = undo(project)
    assert again.restored == report.snapshot
    assert (project.rows(), project.tables()) == (set(), set())
    undo(project)
    assert (project.rows(), rows(project)) == ({"aaa2"}, before)
    moves = journal.log(project.workspace).moves
    assert [move.command.partition(" (")[0] for move in moves] == [
        "db undo",
        "db undo",
        "db undo",
        "db goto base",
        "db goto aaa2",
    ]


def test_undoing_a_restore_whose_copy_is_gone_runs_the_scripts(project: Project) -> None:
    goto(project, "base")
    report = undo(project)
    assert report.snapshot is not None
    snapshots.delete(project.workspace, [report.snapshot])
    again = undo(project)
    assert (again.restored, [step.direction for step in again.steps]) == (None, ["down"] * 4)
    assert (project.rows(), project.tables()) == (set(), set())


def undo(project: Project) -> MoveReport:
    way = returning.undo(project.workspace)
    return returning.execute(way) if way else migrations.execute(undoing.undo(project.workspace))


def skipped(project: Project, rev: str = "base") -> str:
    """Why no snapshot was taken before the move."""
    events: list[Event] = []
    assert goto(project, rev, events).snapshot is None
    assert taken(project) == ()
    assert journal.log(project.workspace).moves[0].snapshot is None
    return "; ".join(event.reason for event in events if isinstance(event, SnapshotSkipped))


def test_large_database_is_not_copied_and_that_is_told(lite: Project) -> None:
    limited = guarded(lite, '{"max_size": "1kB"}')
    assert "more than max_size of [fidesdev.snapshots], 1,024" in skipped(limited)


def test_role_without_createdb_is_told_and_migrates(make_pg: Make) -> None:
    project = guarded(make_pg(CHAIN))
    role = f"fidesdev_test_{uuid.uuid4().hex[:8]}"
    project.sql(f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
    try:
        project.sql(f"ALTER SCHEMA public OWNER TO {role}")
        project.sql(f"GRANT ALL ON DATABASE {project.url.database} TO {role}")
        theirs = replace(project, url=replace(project.url, user=role, password="x"))
        goto(theirs, "aaa2")
        assert f"role '{role}' may not create databases" in skipped(theirs)
        assert project.tables() == set()
    finally:
        project.sql(f"DROP OWNED BY {role} CASCADE")
        project.sql(f"DROP ROLE {role}")


@pytest.mark.parametrize("settings", ['{"automatic": false}', '{"keep": 0}'])
def test_setting_turns_them_off(lite: Project, settings: str) -> None:
    assert skipped(guarded(lite, settings)) == ""


def test_option_skips_one(lite: Project) -> None:
    workspace = lite.opened(no_snapshot=True)
    move = migrations.goto(workspace, "base")
    assert not move.report.snapshot_first
    assert migrations.execute(move).snapshot is None
    assert taken(lite) == ()


def test_downgrade_that_keeps_every_value_needs_none(lite: Project) -> None:
    script = lite.root / "migrations" / "versions" / "aaa2.py"
    text = script.read_text().partition("def upgrade")[0]
    script.write_text(
        f"{text}def upgrade():\n    op.create_index('ix', 't_aaa1', ['id'])\n\n\n"
        "def downgrade():\n    op.drop_index('ix', 't_aaa1')\n"
    )
    lite.sql("CREATE INDEX ix ON t_aaa1 (id)")
    assert not migrations.goto(lite.workspace, "aaa1").report.snapshot_first
    assert skipped(lite, "aaa1") == ""


def test_upgrade_pays_nothing(make: Make) -> None:
    project = guarded(make(CHAIN))
    program = f"""
        import sys
        from fidesdev.config import Flags
        from fidesdev.services import migrations
        from fidesdev.services.workspace import open_workspace
        flags = Flags(database_url={project.url.render()!r})
        assert migrations.execute(migrations.upgrade(open_workspace(flags))).steps
        print(*(name for name in sys.modules if name.startswith("fidesdev.adapters")))
    """
    loaded = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=project.root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert "fidesdev.adapters.runner" in loaded
    assert "snapshots" not in loaded


def test_preview_says_that_a_snapshot_is_taken_first(lite: Project) -> None:
    assert migrations.goto(lite.workspace, "comm").report.snapshot_first
    assert taken(lite) == ()


def test_oldest_automatic_ones_make_room(lite: Project) -> None:
    lite = guarded(lite, '{"keep": 2}')
    snapshots.save(lite.workspace, "mine")
    for rev in ("aaa1", "comm", "base0"):
        goto(lite, rev)
    *automatic, mine = [one.name for one in taken(lite)]
    without_time = [name[: -len("-2026-11-22-120000")] for name in automatic]
    assert (without_time, mine) == (["before-goto-base0", "before-goto-comm"], "mine")


def test_lock_of_another_run_is_respected(project: Project) -> None:
    move = migrations.goto(project.opened(lock_timeout=0.2), "base")
    with held(project), pytest.raises(LockBusy):
        migrations.execute(move)
    assert taken(project) == ()
    assert project.rows() == {"aaa2"}


def test_connection_of_somebody_else_is_in_nobodys_way(make_pg: Make) -> None:
    project = guarded(make_pg(CHAIN))
    goto(project, "aaa2")
    with closing(connect(project.url)) as other:
        other.cursor().execute("SELECT 1")
        assert goto(project, "base").snapshot
    assert project.tables() == set()


def test_runner_elsewhere_gives_the_lock_up_too(project: Project) -> None:
    there = {**project.environ, "FIDES__FIDESDEV__RUNNER": f"python:{sys.executable}"}
    project = replace(project, environ=there)
    before = rows(project)
    assert goto(project, "base").snapshot
    undo(project)
    assert rows(project) == before


def test_failed_step_leaves_the_database_and_undo_as_they_were(lite: Project) -> None:
    before = rows(lite)
    lite.break_step("comm", down="op.execute('SELECT * FROM nowhere')")
    with pytest.raises(StepFailed):
        goto(lite, "base")
    assert rows(lite) == before
    assert returning.undo(lite.workspace) is None


def test_redo_can_be_undone_although_the_revisions_are_the_same(project: Project) -> None:
    before = rows(project)
    migrations.execute(undoing.redo(project.workspace, 1))
    assert rows(project) == {**before, "aaa2": []}
    undo(project)
    assert (project.rows(), rows(project)) == ({"aaa2"}, before)
    undo(project)
    assert rows(project)["aaa2"] == []


def test_undo_tells_how_many_rows_were_written_since(make_pg: Make) -> None:
    project = guarded(make_pg(CHAIN))
    goto(project, "aaa2")
    project.sql("INSERT INTO t_comm VALUES (1), (2)")
    goto(project, "comm")
    assert "no row was written since" in returned(project).loss
    project.sql("INSERT INTO t_comm VALUES (3)")
    project.sql("UPDATE t_comm SET id = 5 WHERE id = 1")
    assert "2 rows that were written since are lost" in returned(project).loss
    assert "'fidesdev db goto comm' of" in (returned(project).report.note or "")


def test_undo_without_its_snapshot_runs_the_scripts(lite: Project) -> None:
    goto(lite, "base")
    snapshots.delete(lite.workspace, [one.name for one in taken(lite)])
    assert returning.undo(lite.workspace) is None
    assert undo(lite).restored is None
    assert rows(lite) == {"base0": [], "comm": [], "aaa1": [], "aaa2": []}


def test_journal_of_an_older_version_takes_the_snapshot_too(make_pg: Make) -> None:
    project = guarded(make_pg(CHAIN))
    goto(project, "aaa2")
    project.sql("ALTER TABLE fidesdev.move DROP COLUMN snapshot")
    goto(project, "base")
    assert returned(project).snapshot == taken(project)[0]


def test_journal_comes_along_with_its_sources(make_pg: Make) -> None:
    project = guarded(make_pg(CHAIN))
    goto(project, "aaa1")
    goto(project, "comm")
    goto(project, "aaa2")
    goto(project, "base")
    undo(project)
    source = journal.journal_source(project.workspace, "aaa2")
    assert source is not None
    assert [move.id for move in journal.moves(project.workspace)] == [5, 4, 3, 2, 1]


def test_rebase_takes_one_and_names_what_brings_it_back(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1", "aaa1 > bbb1")
    branches.upgrade("mmm1")
    events: list[Event] = []
    workspace = guarded(branches.project).workspace
    rebasing.execute(rebasing.plan(workspace), on_event=events.append)
    (told,) = (event for event in events if isinstance(event, SnapshotTaken))
    assert told.name.startswith("before-rebase-")
    assert told.undone_by == f"fidesdev snapshot restore {told.name}"


def test_restore_is_recorded_and_can_be_undone(project: Project) -> None:
    before = rows(project)
    goto(project, "base")
    (snapshot,) = taken(project)
    snapshots.restore(project.workspace, snapshot.name)
    assert rows(project) == before
    assert [move.command for move in journal.log(project.workspace).moves] == [
        f"snapshot restore {snapshot.name}",
        "db goto base",
        "db goto aaa2",
    ]
    undo(project)
    assert project.tables() == set()


def test_dropped_database_can_be_restored(project: Project) -> None:
    before = rows(project)
    assert server.drop(project.workspace).executed
    (snapshot,) = taken(project)
    assert snapshot.name.startswith("before-drop-")
    snapshots.restore(project.workspace, snapshot.name)
    assert rows(project) == before


def returned(project: Project) -> returning.Return:
    way = returning.undo(project.workspace)
    assert way is not None
    return way
