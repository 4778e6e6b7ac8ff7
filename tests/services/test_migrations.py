"""Moving real databases: what goes down and up, in which transaction, and what a failure leaves."""

from __future__ import annotations

import pytest

from fidesdev.core.graph import Revision
from fidesdev.core.reports import Event, MoveReport, StepFinished, StepStarted
from fidesdev.errors import (
    EnvFailed,
    NotApplied,
    StalePlan,
    StepFailed,
    UnknownApplied,
)
from fidesdev.services import history, migrations, stamping
from tests.projects import Project
from tests.services.conftest import Make

FORK = "base0 > comm > aaa1 > aaa2, comm > bbb1 > bbb2"
FAIL = "op.execute('SELECT * FROM nowhere')"


def test_goto_sibling_goes_down_then_up(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    report = goto(project, "bbb2")
    assert [(step.direction, step.revision) for step in report.steps] == [
        ("down", "aaa2"),
        ("down", "aaa1"),
        ("up", "bbb1"),
        ("up", "bbb2"),
    ]
    assert report.executed
    assert report.before == {"aaa2"}
    assert report.after == {"bbb2"}
    assert project.rows() == {"bbb2"}
    assert project.tables() == {"base0", "comm", "bbb1", "bbb2"}


def test_goto_where_the_database_is_does_nothing(make: Make) -> None:
    project = make(FORK)
    goto(project, "comm")
    report = goto(project, "comm")
    assert (report.steps, report.executed, report.note) == ((), True, None)


def test_goto_base_leaves_no_table_and_no_row(make: Make) -> None:
    project = make(FORK)
    upgrade(project)
    goto(project, "base")
    assert (project.tables(), project.rows()) == (set(), set())


def test_upgrade_never_unapplies(make: Make) -> None:
    project = make(FORK)
    upgrade(project, "aaa2")
    upgrade(project, "bbb1")
    assert project.rows() == {"aaa2", "bbb1"}


def test_upgrade_to_what_is_behind_says_so(make: Make) -> None:
    project = make(FORK)
    upgrade(project, "aaa2")
    report = upgrade(project, "comm")
    assert (report.steps, report.executed) == ((), True)
    assert report.note == "comm is applied already; to go back to it: fidesdev db goto comm"
    assert upgrade(project, "aaa2").note is None


def test_downgrade_unapplies_every_branch_above(make: Make) -> None:
    project = make(FORK)
    upgrade(project)
    migrations.execute(migrations.downgrade(project.workspace, "comm"))
    assert (project.tables(), project.rows()) == ({"base0", "comm"}, {"comm"})


def test_downgrade_to_a_sibling_is_refused(make: Make) -> None:
    project = make(FORK)
    upgrade(project, "aaa2")
    with pytest.raises(NotApplied):
        migrations.downgrade(project.workspace, "bbb2")


def test_a_plan_changes_nothing(make: Make) -> None:
    project = make(FORK)
    report = migrations.upgrade(project.workspace).report
    assert (report.executed, len(report.steps)) == (False, 6)
    assert project.tables() == set()
    assert not project.workspace.recorded().has_table


def test_sibling_switch_is_one_transaction(make_pg: Make) -> None:
    project = make_pg(FORK)
    project.sql("CREATE TABLE seen (id bigint, name text)")
    for revision in project.made:
        note = f"op.execute(\"INSERT INTO seen SELECT txid_current(), '{revision.id}'\")"
        project.break_step(revision.id, up=note, down=note)
    goto(project, "aaa2")
    project.sql("TRUNCATE seen")
    goto(project, "bbb2")
    assert [name for (name,) in project.sql("SELECT name FROM seen ORDER BY ctid")] == [
        "aaa2",
        "aaa1",
        "bbb1",
        "bbb2",
    ]
    assert project.sql("SELECT count(DISTINCT id) FROM seen") == [(1,)]


def test_failing_up_step_brings_back_what_went_down(make_pg: Make) -> None:
    project = make_pg(FORK)
    goto(project, "aaa2")
    project.break_step("bbb2", up=FAIL)
    error = failed(project, "bbb2")
    assert error.facts == {
        "reason": 'relation "nowhere" does not exist',
        "direction": "up",
        "revision": "bbb2",
        "path": "migrations/versions/bbb2.py",
        "line": line_of(project, "bbb2", FAIL),
        "statement": "SELECT * FROM nowhere",
        "kept": [],
        "rolled_back": ["aaa2", "aaa1", "bbb1", "bbb2"],
        "now": ["aaa2"],
    }
    assert str(error).startswith(
        f"up bbb2 failed (migrations/versions/bbb2.py:{error.facts['line']}): "
    )
    assert (project.tables(), project.rows()) == ({"base0", "comm", "aaa1", "aaa2"}, {"aaa2"})


def test_failing_step_on_sqlite_rolls_everything_back(make_lite: Make) -> None:
    project = make_lite(FORK)
    goto(project, "aaa2")
    project.break_step("bbb2", up=FAIL)
    error = failed(project, "bbb2")
    assert error.facts["reason"] == "no such table: nowhere"
    assert error.facts["kept"] == []
    assert error.facts["rolled_back"] == ["aaa2", "aaa1", "bbb1", "bbb2"]
    assert error.facts["now"] == ["aaa2"]
    assert (project.rows(), project.tables()) == ({"aaa2"}, {"base0", "comm", "aaa1", "aaa2"})


def test_failing_step_with_a_transaction_per_migration_keeps_the_steps_before(
    make_pg: Make,
) -> None:
    project = make_pg(FORK, options={"transaction_per_migration": True})
    goto(project, "aaa2")
    project.break_step("bbb2", up=FAIL)
    error = failed(project, "bbb2")
    assert (error.facts["kept"], error.facts["rolled_back"]) == (["aaa2", "aaa1", "bbb1"], ["bbb2"])
    assert error.facts["now"] == ["bbb1"]
    assert project.tables() == {"base0", "comm", "bbb1"}


def test_autocommit_block_keeps_its_step_and_those_before_it(make_pg: Make) -> None:
    project = make_pg("base0 > more > auto > last")
    project.break_step(
        "auto", up="with op.get_context().autocommit_block():\n    op.execute('SELECT 1')"
    )
    project.break_step("last", up=FAIL)
    error = failed(project, "last")
    assert (error.facts["kept"], error.facts["rolled_back"]) == (
        ["base0", "more", "auto"],
        ["last"],
    )
    assert project.rows() == {"auto"}


def test_failing_downgrade_is_told_as_one(make_pg: Make) -> None:
    project = make_pg(FORK)
    goto(project, "aaa2")
    project.break_step("aaa1", down="raise NotImplementedError('no way back')")
    error = failed(project, "comm")
    where = f"migrations/versions/aaa1.py:{error.facts['line']}"
    assert str(error).splitlines() == [
        f"down aaa1 failed ({where}): NotImplementedError: no way back",
        "  kept: nothing",
        "  rolled back: aaa2, aaa1",
        "  the database is at aaa2",
    ]


def test_script_that_exits_is_a_failed_step(make: Make) -> None:
    project = make("base0 > quit")
    project.break_step("quit", up="raise SystemExit(0)")
    assert failed(project, "quit").facts["reason"] == "SystemExit: 0"


def test_missing_extension_is_explained(make_pg: Make) -> None:
    project = make_pg("base0")
    project.break_step("base0", up="op.execute('CREATE EXTENSION no_such_extension')")
    assert "no_such_extension" in str(failed(project, "base0").hint)


def test_failing_commit_is_told_from_a_failing_step(make_pg: Make) -> None:
    project = make_pg("base0 > late")
    project.break_step(
        "late",
        up="op.execute('ALTER TABLE t_late ADD UNIQUE (id) DEFERRABLE INITIALLY DEFERRED')\n"
        "op.execute('INSERT INTO t_late VALUES (1), (1)')",
    )
    with pytest.raises(EnvFailed) as caught:
        upgrade(project)
    assert "env.py failed after the migrations ran" in str(caught.value)
    assert "duplicate key value" in str(caught.value)
    assert caught.value.facts["now"] == []


def test_id_longer_than_its_column_is_a_failed_step(make_pg: Make) -> None:
    project = make_pg([Revision("x" * 33)])
    assert "too long" in failed(project, "head").facts["reason"]
    with pytest.raises(EnvFailed, match="too long"):
        stamping.stamp(project.workspace, "head")
    assert project.rows() == set()


def test_stale_plan_is_refused(make: Make) -> None:
    project = make(FORK)
    goto(project, "comm")
    move = migrations.goto(project.workspace, "aaa2")
    goto(project, "bbb1")
    with pytest.raises(StalePlan) as caught:
        migrations.execute(move)
    assert caught.value.facts == {"planned": ["comm"], "found": ["bbb1"]}
    assert project.rows() == {"bbb1"}


def test_unknown_row_stops_moves_and_not_the_status(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    project.sql("UPDATE alembic_version SET version_num = 'gone'")
    for move in (migrations.upgrade, migrations.downgrade, migrations.goto):
        with pytest.raises(UnknownApplied) as caught:
            move(project.workspace, "comm")
        assert caught.value.facts["revisions"] == ["gone"]
    status = history.status(project.workspace)
    assert [row.id for row in status.unknown] == ["gone"]
    assert status.at_heads is False
    assert [row.message for row in history.current(project.workspace).revisions] == [None]


@pytest.mark.parametrize(("rev", "after"), [("aaa2", {"aaa2"}), ("aaa1", {"aaa1"})])
def test_redundant_row_is_removed(make: Make, rev: str, after: set[str]) -> None:
    project = make(FORK)
    goto(project, "aaa1")
    project.sql("INSERT INTO alembic_version VALUES ('comm')")
    assert history.status(project.workspace).redundant == ("comm",)
    report = goto(project, rev)
    assert report.before == {"aaa1", "comm"}
    assert report.redundant == {"comm"}
    assert report.after == after
    assert project.rows() == after


def test_step_is_named_rightly_after_a_redundant_row(make_pg: Make) -> None:
    project = make_pg(FORK)
    goto(project, "aaa1")
    project.sql("INSERT INTO alembic_version VALUES ('comm')")
    project.break_step("aaa2", up=FAIL)
    error = failed(project, "aaa2")
    assert (error.facts["revision"], error.facts["now"]) == ("aaa2", ["aaa1", "comm"])


def test_stamp_writes_rows_and_runs_nothing(make: Make) -> None:
    project = make(FORK)
    report = stamping.stamp(project.workspace, "aaa2")
    assert report.executed
    assert report.before == set()
    assert report.after == {"aaa2"}
    assert (project.tables(), project.rows()) == (set(), {"aaa2"})
    stamping.stamp(project.workspace, "heads")
    assert project.rows() == {"aaa2", "bbb2"}
    stamping.stamp(project.workspace, "base")
    assert project.rows() == set()


def test_stamp_keeps_other_lineages_and_rows_that_nobody_knows(make: Make) -> None:
    project = make("base0 > more, alone")
    upgrade(project, "alone")
    project.sql("INSERT INTO alembic_version VALUES ('gone')")
    dry = stamping.stamp(project.workspace, "more", dry_run=True)
    assert not dry.executed
    assert dry.after == {"alone", "gone", "more"}
    assert project.rows() == {"alone", "gone"}
    stamping.stamp(project.workspace, "more")
    assert project.rows() == {"alone", "gone", "more"}


def test_events_tell_each_step_as_it_starts_and_ends(make: Make) -> None:
    project = make("base0 > more")
    heard: list[Event] = []
    migrations.execute(migrations.upgrade(project.workspace), on_event=heard.append)
    steps = [event for event in heard if isinstance(event, StepStarted | StepFinished)]
    assert len(steps) == len(heard)
    assert [(type(event), event.step.revision, event.number, event.total) for event in steps] == [
        (StepStarted, "base0", 1, 2),
        (StepFinished, "base0", 1, 2),
        (StepStarted, "more", 2, 2),
        (StepFinished, "more", 2, 2),
    ]


def goto(project: Project, rev: str) -> MoveReport:
    return migrations.execute(migrations.goto(project.workspace, rev))


def upgrade(project: Project, rev: str = "heads") -> MoveReport:
    return migrations.execute(migrations.upgrade(project.workspace, rev))


def failed(project: Project, rev: str) -> StepFailed:
    """How going to `rev` fails."""
    with pytest.raises(StepFailed) as caught:
        goto(project, rev)
    return caught.value


def line_of(project: Project, id_: str, text: str) -> int:
    lines = (project.root / f"migrations/versions/{id_}.py").read_text().splitlines()
    (number,) = (number for number, line in enumerate(lines, 1) if text in line)
    return number
