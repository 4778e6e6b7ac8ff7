"""Back to where the database was, and the last revisions once more."""

from __future__ import annotations

import pytest
from alembic import command

from fidesdev.core.reports import MoveReport
from fidesdev.errors import (
    AmbiguousRevision,
    NotEnoughApplied,
    NothingRecorded,
    SourceNotFound,
    StepFailed,
)
from fidesdev.services import journal, migrations, stamping, undoing
from fidesdev.services.moves import Move
from tests.projects import Project
from tests.services.conftest import Make

FORK = "base0 > comm > aaa1 > aaa2, comm > bbb1 > bbb2"
MERGE = "base0 > aaa1, base0 > bbb1, aaa1 bbb1 > merg > top1"
FAIL = "op.execute('SELECT * FROM nowhere')"


def goto(project: Project, rev: str) -> MoveReport:
    return migrations.execute(migrations.goto(project.workspace, rev))


def undo(project: Project) -> MoveReport:
    return migrations.execute(undoing.undo(project.workspace))


def redo(project: Project, count: int = 1) -> MoveReport:
    return migrations.execute(undoing.redo(project.workspace, count))


def planned(move: Move) -> list[str]:
    return [f"{step.direction.value} {step.revision}" for step in move.plan.steps]


def shown(report: MoveReport) -> list[str]:
    return [f"{step.direction} {step.revision}" for step in report.steps]


# undo


def test_undo_returns_and_undo_again_redoes(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    goto(project, "bbb2")
    report = undo(project)
    assert shown(report) == ["down bbb2", "down bbb1", "up aaa1", "up aaa2"]
    assert report.before == {"bbb2"}
    assert report.after == {"aaa2"}
    assert "db goto bbb2" in (report.note or "")
    assert project.tables() == {"base0", "comm", "aaa1", "aaa2"}
    undo(project)
    assert project.rows() == {"bbb2"}
    undo(project)
    assert project.rows() == {"aaa2"}


def test_undo_of_the_first_upgrade_ends_at_base(make: Make) -> None:
    project = make(FORK)
    goto(project, "comm")
    undo(project)
    assert (project.rows(), project.tables()) == (set(), set())
    undo(project)
    assert project.rows() == {"comm"}


def test_undo_takes_back_one_lineage_and_leaves_the_other(make: Make) -> None:
    project = make("base0 > more, other > late")
    goto(project, "late")
    goto(project, "more")
    assert shown(undo(project)) == ["down more", "down base0"]
    assert project.rows() == {"late"}


def test_undo_passes_over_what_changed_nothing(make_pg: Make) -> None:
    project = make_pg(FORK)
    goto(project, "comm")
    goto(project, "aaa1")
    project.break_step("aaa2", up=FAIL)
    with pytest.raises(StepFailed):
        goto(project, "aaa2")
    redo(project)
    assert planned(undoing.undo(project.workspace)) == ["down aaa1"]


def test_undo_of_a_move_that_failed_half_way(make_pg: Make) -> None:
    project = make_pg(FORK, options={"transaction_per_migration": True})
    goto(project, "comm")
    project.break_step("aaa2", up=FAIL)
    with pytest.raises(StepFailed):
        goto(project, "aaa2")
    assert project.rows() == {"aaa1"}
    assert shown(undo(project)) == ["down aaa1"]
    assert project.rows() == {"comm"}


def test_undo_of_a_stamp_runs_no_script(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    tables = project.tables()
    stamping.stamp(project.workspace, "comm")
    report = undo(project)
    assert report.steps == ()
    assert report.after == {"aaa2"}
    assert (project.rows(), project.tables()) == ({"aaa2"}, tables)
    undo(project)
    assert (project.rows(), project.tables()) == ({"comm"}, tables)


def test_undo_unapplies_from_the_journal_when_the_file_is_gone(make: Make) -> None:
    project = make(FORK)
    goto(project, "comm")
    goto(project, "aaa2")
    for id_ in ("aaa1", "aaa2"):
        (project.root / f"migrations/versions/{id_}.py").unlink()
    move = undoing.undo(project.workspace)
    assert planned(move) == ["down aaa2", "down aaa1"]
    assert [step.source for step in move.report.steps] == ["journal", "journal"]
    migrations.execute(move)
    assert (project.rows(), project.tables()) == ({"comm"}, {"base0", "comm"})
    undo(project)
    assert project.tables() == {"base0", "comm", "aaa1", "aaa2"}


def test_undo_says_when_somebody_else_moved_the_database_since(make: Make) -> None:
    project = make(FORK)
    goto(project, "comm")
    goto(project, "aaa1")
    command.upgrade(project.alembic, "bbb1")
    move = undoing.undo(project.workspace)
    assert "moved since by other means: it was left at aaa1" in (move.note or "")
    assert move.plan.after == {"comm"}


def test_undo_without_a_record_is_an_error(make: Make) -> None:
    project = make(FORK)
    command.upgrade(project.alembic, "aaa1")
    with pytest.raises(NothingRecorded):
        undoing.undo(project.workspace)
    with pytest.raises(NothingRecorded):
        migrations.goto(project.workspace, "-")


# -


def test_dash_is_where_the_database_was_before_the_last_move(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    goto(project, "bbb1")
    assert shown(goto(project, "-")) == ["down bbb1", "up aaa1", "up aaa2"]
    assert shown(goto(project, "-")) == ["down aaa2", "down aaa1", "up bbb1"]
    assert project.rows() == {"bbb1"}


def test_dash_upgrades_too(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    goto(project, "comm")
    migrations.execute(migrations.upgrade(project.workspace, "-"))
    assert project.rows() == {"aaa2"}


def test_dash_is_the_whole_state_not_one_lineage(make: Make) -> None:
    project = make("base0 > more, other > late")
    goto(project, "late")
    goto(project, "more")
    goto(project, "base")
    assert shown(goto(project, "-")) == ["up base0", "up more", "up other", "up late"]


def test_dash_to_a_revision_whose_source_is_nowhere_stops(make: Make) -> None:
    project = make(FORK)
    command.upgrade(project.alembic, "aaa2")
    stamping.stamp(project.workspace, "bbb2")
    (project.root / "migrations/versions/aaa2.py").unlink()
    with pytest.raises(SourceNotFound) as caught:
        migrations.goto(project.workspace, "-")
    assert caught.value.facts["revisions"] == ["aaa2"]


# redo


def test_redo_takes_the_last_revision_down_and_up_again(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    project.sql("INSERT INTO t_aaa2 VALUES (1)")
    project.sql("INSERT INTO t_aaa1 VALUES (1)")
    assert shown(redo(project)) == ["down aaa2", "up aaa2"]
    assert project.rows() == {"aaa2"}
    assert project.sql("SELECT count(*) FROM t_aaa2") == [(0,)]
    assert project.sql("SELECT count(*) FROM t_aaa1") == [(1,)]


def test_redo_of_several_goes_down_in_order(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    steps = ["down aaa2", "down aaa1", "down comm", "up comm", "up aaa1", "up aaa2"]
    assert planned(undoing.redo(project.workspace, 3)) == steps


def test_redo_counts_in_the_order_in_which_revisions_were_applied(make: Make) -> None:
    project = make("base0 > aaa1, base0 > bbb1 > bbb2")
    goto(project, "bbb2")
    migrations.execute(migrations.upgrade(project.workspace, "aaa1"))
    assert planned(undoing.redo(project.workspace)) == ["down aaa1", "up aaa1"]
    assert planned(undoing.redo(project.workspace, 2)) == [
        "down aaa1",
        "down bbb2",
        "up bbb2",
        "up aaa1",
    ]


def test_redo_stays_in_the_lineage_that_was_moved_last(make: Make) -> None:
    project = make("base0 > more, other > late")
    goto(project, "more")
    goto(project, "late")
    assert planned(undoing.redo(project.workspace)) == ["down late", "up late"]
    with pytest.raises(NotEnoughApplied, match="cannot redo 3: 2 revisions"):
        undoing.redo(project.workspace, 3)


def test_redo_at_a_merge_is_the_merge_alone(make: Make) -> None:
    project = make(MERGE)
    goto(project, "merg")
    assert planned(undoing.redo(project.workspace)) == ["down merg", "up merg"]
    assert shown(redo(project)) == ["down merg", "up merg"]
    assert project.rows() == {"merg"}


def test_redo_takes_along_what_depends_on_it(make: Make) -> None:
    project = make("aaa0 > aaa1, bbb0 > bbb1, bbb1 ~ aaa1")
    goto(project, "bbb1")
    assert planned(undoing.redo(project.workspace)) == ["down bbb1", "up bbb1"]
    stamping.stamp(project.workspace, "base")
    stamping.stamp(project.workspace, "bbb1")
    with pytest.raises(NotEnoughApplied, match="2 revisions are applied"):
        undoing.redo(project.workspace, 3)


def test_redo_runs_the_file_as_it_is_now(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa1")
    project.break_step("aaa1", up="op.execute('CREATE TABLE t_extra (id int)')")
    redo(project)
    assert "extra" in project.tables()


def test_redo_that_fails_going_up_rolls_all_back(make_pg: Make) -> None:
    project = make_pg(FORK)
    goto(project, "aaa1")
    project.break_step("aaa1", up=FAIL)
    with pytest.raises(StepFailed) as caught:
        redo(project)
    facts = caught.value.facts
    assert (facts["kept"], facts["rolled_back"], facts["now"]) == ([], ["aaa1", "aaa1"], ["aaa1"])
    assert "aaa1" in project.tables()
    assert journal.log(project.workspace).moves[0].steps == ()


def test_redo_without_a_record_counts_down_from_the_only_head(make: Make) -> None:
    project = make("base0 > more, other > late")
    command.upgrade(project.alembic, "more")
    assert planned(undoing.redo(project.workspace)) == ["down more", "up more"]
    command.upgrade(project.alembic, "late")
    with pytest.raises(AmbiguousRevision) as caught:
        undoing.redo(project.workspace)
    assert caught.value.facts["candidates"] == ["late-1", "more-1"]


def test_redo_with_nothing_applied_is_an_error(make: Make) -> None:
    with pytest.raises(NotEnoughApplied):
        undoing.redo(make("base0").workspace)
