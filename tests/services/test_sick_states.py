"""States in which Alembic's own commands fail or mislead, each with the outcome one would want.

A migration that fails half-way; two rows of which one implies the other, and what a re-pointed
revision makes of that; dependencies across branches.
"""

from __future__ import annotations

import pytest
from alembic import command

from fidesdev.core.reports import MoveReport
from fidesdev.errors import StepFailed
from fidesdev.services import doctor, history, journal, migrations, stamping
from tests.notation import revisions
from tests.projects import Project, write_script
from tests.services.conftest import Make

FAILING = "base0 > comm > aaa1 > bad1 > aft1"
FORK = "base0 > comm > aaa1 > aaa2, comm > bbb1 > bbb2"
REBASED = "base0 > comm > aaa1 > aaa2 > bbb1 > bbb2"
DEPENDS = "aaa0 > aaa1 > aaa2 > aaa3, bbb0 > bbb1 > bbb2 > bbb3, bbb2 ~ aaa1"
FAIL = "op.execute('SELECT * FROM nowhere')"
PER_MIGRATION = {"transaction_per_migration": True}


def goto(project: Project, rev: str) -> MoveReport:
    return migrations.execute(migrations.goto(project.workspace, rev))


def upgrade(project: Project, rev: str = "heads") -> MoveReport:
    return migrations.execute(migrations.upgrade(project.workspace, rev))


def failed(project: Project, rev: str) -> StepFailed:
    with pytest.raises(StepFailed) as caught:
        goto(project, rev)
    return caught.value


def shown(report: MoveReport) -> list[str]:
    return [f"{step.direction} {step.revision}" for step in report.steps]


def codes(project: Project) -> list[str]:
    return [finding.code for finding in doctor.examine(project.workspace).findings]


def rewrite(project: Project, tree: str) -> None:
    for revision in revisions(tree):
        write_script(project.root, revision)


# A migration fails half-way


def test_failed_upgrade_tells_all_and_leaves_nothing(make: Make) -> None:
    project = make(FAILING)
    goto(project, "comm")
    project.break_step("bad1", up=FAIL)
    error = failed(project, "aft1")
    facts = error.facts
    assert (facts["direction"], facts["revision"]) == ("up", "bad1")
    assert facts["path"] == "migrations/versions/bad1.py"
    assert "nowhere" in (project.root / facts["path"]).read_text().splitlines()[facts["line"] - 1]
    assert facts["statement"] == "SELECT * FROM nowhere"
    assert "nowhere" in facts["reason"]
    assert (facts["kept"], facts["rolled_back"]) == ([], ["aaa1", "bad1"])
    assert facts["now"] == ["comm"]
    assert (project.rows(), project.tables()) == ({"comm"}, {"base0", "comm"})
    assert codes(project) == []


def test_retry_fails_alike_and_succeeds_once_mended(make: Make) -> None:
    project = make(FAILING)
    goto(project, "comm")
    project.break_step("bad1", up=FAIL)
    first, second = failed(project, "aft1"), failed(project, "aft1")
    assert str(first) == str(second)
    project.break_step("bad1")
    goto(project, "aft1")
    assert (project.rows(), codes(project)) == ({"aft1"}, [])
    told = [(move.outcome.value, len(move.steps)) for move in journal.log(project.workspace).moves]
    assert told == [("done", 3), ("failed", 0), ("failed", 0), ("done", 2)]


def test_failure_with_a_transaction_for_each_step_tells_what_was_kept(make_pg: Make) -> None:
    project = make_pg(FAILING, options=PER_MIGRATION)
    goto(project, "comm")
    project.break_step("bad1", up=FAIL)
    facts = failed(project, "aft1").facts
    assert (facts["kept"], facts["rolled_back"], facts["now"]) == (["aaa1"], ["bad1"], ["aaa1"])
    assert project.tables() == {"base0", "comm", "aaa1"}
    assert codes(project) == []
    project.break_step("bad1")
    assert shown(goto(project, "aft1")) == ["up bad1", "up aft1"]


def test_failed_downgrade_leaves_the_tables_and_the_rows(make: Make) -> None:
    project = make(FORK)
    project.break_step("aaa1", down=FAIL)
    goto(project, "aaa2")
    facts = failed(project, "comm").facts
    assert (facts["revision"], facts["kept"], facts["now"]) == ("aaa1", [], ["aaa2"])
    assert project.tables() == {"base0", "comm", "aaa1", "aaa2"}
    assert codes(project) == []


def test_failure_on_the_way_to_a_sibling_keeps_the_old_branch(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    project.break_step("bbb2", up=FAIL)
    facts = failed(project, "bbb2").facts
    assert facts["rolled_back"] == ["aaa2", "aaa1", "bbb1", "bbb2"]
    assert (project.rows(), project.tables()) == ({"aaa2"}, {"base0", "comm", "aaa1", "aaa2"})
    assert codes(project) == []


def test_failed_index_outside_a_transaction_is_kept_told_and_found(make_pg: Make) -> None:
    project = make_pg(FAILING)
    goto(project, "aaa1")
    project.sql("INSERT INTO t_aaa1 VALUES (1), (1)")
    index = "op.execute('CREATE UNIQUE INDEX CONCURRENTLY ix ON t_aaa1 (id)')"
    project.break_step("bad1", up=f"with op.get_context().autocommit_block():\n    {index}")
    error = failed(project, "aft1")
    assert error.facts["now"] == ["aaa1"]
    assert "invalid_index" in codes(project)


# One row implies another


def test_redundant_row_stops_alembic_and_not_us(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa1")
    project.sql("INSERT INTO alembic_version VALUES ('comm')")
    with pytest.raises(Exception, match="overlaps"):
        command.upgrade(project.alembic, "aaa2")
    assert codes(project) == ["redundant_row"]
    assert history.status(project.workspace).redundant == ("comm",)
    report = goto(project, "bbb1")
    assert report.redundant == {"comm"}
    assert shown(report) == ["down aaa1", "up bbb1"]
    assert (project.rows(), codes(project)) == ({"bbb1"}, [])


def test_redundant_row_vanishes_with_an_upgrade(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa1")
    project.sql("INSERT INTO alembic_version VALUES ('comm')")
    assert shown(upgrade(project, "aaa2")) == ["up aaa2"]
    assert project.rows() == {"aaa2"}
    command.upgrade(project.alembic, "heads")


def test_redundant_row_that_a_failure_brings_back_is_still_found(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa1")
    project.sql("INSERT INTO alembic_version VALUES ('comm')")
    project.break_step("aaa2", up=FAIL)
    assert failed(project, "aaa2").facts["now"] == ["aaa1", "comm"]
    assert codes(project) == ["redundant_row"]


def test_rebase_of_a_branch_while_both_are_applied_is_healed(make: Make) -> None:
    project = make(FORK)
    goto(project, "heads")
    rewrite(project, REBASED)
    with pytest.raises(Exception, match="overlaps"):
        command.upgrade(project.alembic, "head")
    assert codes(project) == ["redundant_row"]
    tables = project.tables()
    doctor.heal(project.workspace)
    assert (project.rows(), project.tables()) == ({"bbb2"}, tables)
    assert codes(project) == []
    command.upgrade(project.alembic, "head")
    assert shown(goto(project, "comm")) == ["down bbb2", "down bbb1", "down aaa2", "down aaa1"]
    assert project.tables() == {"base0", "comm"}


def test_rebase_of_a_branch_that_alone_is_applied_is_noticed(make: Make) -> None:
    project = make(FORK)
    goto(project, "bbb2")
    rewrite(project, REBASED)
    command.upgrade(project.alembic, "head")  # which does nothing, and says nothing
    assert "aaa1" not in project.tables()
    assert codes(project) == ["skipped_parent", "skipped_parent"]
    error = failed(project, "comm")  # the tables that never were cannot be dropped
    assert error.facts["now"] == ["bbb2"]
    assert project.tables() == {"base0", "comm", "bbb1", "bbb2"}


# Dependencies across branches


def test_dependency_is_applied_and_has_no_row_of_its_own(make: Make) -> None:
    project = make(DEPENDS)
    assert shown(upgrade(project, "bbb3"))[:2] == ["up aaa0", "up aaa1"]
    assert project.rows() == {"bbb3"}
    assert codes(project) == []


def test_goto_a_dependency_keeps_the_branch_that_depends_on_it(make: Make) -> None:
    """Alembic says that it is no valid target, although it is applied."""
    project = make(DEPENDS)
    upgrade(project, "bbb3")
    assert shown(goto(project, "aaa1")) == []
    upgrade(project)
    assert shown(goto(project, "aaa1")) == ["down aaa3", "down aaa2"]
    assert project.rows() == {"bbb3"}


def test_goto_below_a_dependency_tells_what_falls_with_it(make: Make) -> None:
    project = make(DEPENDS)
    upgrade(project)
    move = migrations.goto(project.workspace, "aaa0")
    assert move.loss is not None
    assert set(shown(move.report)) == {
        f"down {id_}" for id_ in ("aaa3", "aaa2", "aaa1", "bbb3", "bbb2")
    }
    migrations.execute(move)
    assert (project.rows(), codes(project)) == ({"aaa0", "bbb1"}, [])


def test_goto_within_a_branch_keeps_what_it_had_installed_elsewhere(make: Make) -> None:
    project = make(DEPENDS)
    upgrade(project, "bbb3")
    assert shown(goto(project, "bbb1")) == ["down bbb3", "down bbb2"]
    assert project.rows() == {"aaa1", "bbb1"}
    assert codes(project) == []


def test_stamp_of_a_dependency_forgets_no_branch(make: Make) -> None:
    project = make(DEPENDS)
    upgrade(project, "bbb3")
    assert stamping.stamp(project.workspace, "aaa1").after == {"bbb3"}
    command.stamp(project.alembic, "aaa1")  # Alembic's own does
    assert project.rows() == {"aaa1"}
    assert codes(project) == ["forgotten_branch"]
    stamping.stamp(project.workspace, "bbb3")
    assert (project.rows(), codes(project)) == ({"bbb3"}, [])
