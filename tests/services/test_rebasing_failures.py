"""A rebase that the database, a script or another run stops leaves both sides as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fidesdev.adapters.runner import open_runner
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import (
    FidesdevError,
    LockBusy,
    NotTakenBack,
    StepFailed,
)
from fidesdev.services import rebasing
from tests.faults import ENV_ONE, ENV_PER_STEP, Before, Tripwire, is_tidy, prepared, run
from tests.projects import tables

IF_MOVED = """
import sqlalchemy as sa
if sa.inspect(op.get_bind()).has_table("t_bbb2"):
    1 / 0
"""
"""Fails on top of upstream's tables alone."""


@pytest.mark.parametrize(
    "broken",
    [
        {"mmm2": {"down": "1 / 0"}},
        {"mmm1": {"down": "1 / 0"}},
        {"bbb1": {"up": "1 / 0"}},
        {"bbb2": {"up": "1 / 0"}},
        {"mmm1": {"up": IF_MOVED}},
        {"mmm2": {"up": IF_MOVED}},
    ],
    ids=str,
)
@pytest.mark.parametrize("per_step", [False, True])
def test_failing_step_leaves_both_sides_as_before(
    tmp_path: Path, database: DatabaseUrl, broken: dict[str, dict[str, str]], per_step: bool
) -> None:
    branches = prepared(tmp_path / "project", database, broken)
    branches.project.env(ENV_PER_STEP if per_step else ENV_ONE)
    before = Before.of(branches)

    with pytest.raises(StepFailed) as failure:
        rebasing.execute(rebasing.plan(branches.workspace))

    after = Before.of(branches)
    assert failure.value.facts["now"] == ["mmm2"]
    assert (after.texts, after.tables, after.rows) == (before.texts, before.tables, before.rows)
    assert is_tidy(branches)
    assert per_step or after.data == before.data


def test_revision_edited_since_goes_down_by_its_old_text_and_back(
    tmp_path: Path, database: DatabaseUrl
) -> None:
    """Two moves: the second one fails, and the first is taken back by the old text too."""
    branches = prepared(tmp_path / "project", database, {"bbb2": {"up": "1 / 0"}})
    mmm1 = branches.workspace.graph.revisions["mmm1"]
    table = "op.execute('{} TABLE more (id INTEGER)')"
    branches.write(mmm1, up=table.format("CREATE"), down="op.execute('DROP TABLE more')")
    before = Before.of(branches)

    with pytest.raises(StepFailed):
        rebasing.execute(rebasing.plan(branches.workspace))

    after = Before.of(branches)
    assert (after.texts, after.tables, after.rows) == (before.texts, before.tables, before.rows)
    branches.write(branches.workspace.graph.revisions["bbb2"])
    rebasing.execute(rebasing.plan(branches.workspace))
    assert "more" in tables(database)
    assert branches.project.tables() == before.tables | {"bbb1", "bbb2"}


def test_way_back_that_fails_says_where_the_database_is(
    tmp_path: Path, database: DatabaseUrl
) -> None:
    broken = {"bbb1": {"down": "1 / 0"}, "bbb2": {"up": "1 / 0"}}
    branches = prepared(tmp_path / "project", database, broken)
    branches.project.env(ENV_PER_STEP)
    texts = branches.texts()

    with pytest.raises(NotTakenBack) as failure:
        rebasing.execute(rebasing.plan(branches.workspace))

    assert "the database is at bbb1" in str(failure.value)
    assert branches.project.rows() == {"bbb1"}
    assert branches.texts() == texts
    assert rebasing.cut_short(branches.workspace), "the next rebase is to try again"


def test_connection_that_is_cut_leaves_both_sides_as_before(
    tmp_path: Path, database: DatabaseUrl
) -> None:
    cut = "op.execute('SELECT pg_terminate_backend(pg_backend_pid())')"
    branches = prepared(tmp_path / "project", database, {"bbb2": {"up": cut}})
    before = Before.of(branches)

    with pytest.raises(FidesdevError):
        run(branches, Tripwire(0))

    assert Before.of(branches) == before
    assert is_tidy(branches)


def test_rebase_gives_up_where_another_run_migrates(tmp_path: Path, database: DatabaseUrl) -> None:
    branches = prepared(tmp_path / "project", database)
    before = Before.of(branches)
    workspace = replace(branches.workspace, lock_timeout=0.0)
    with open_runner(workspace.environment) as other:
        assert other.lock(workspace.recorded().identity, 0.0) is None

        with pytest.raises(LockBusy):
            rebasing.execute(rebasing.plan(workspace))

    assert Before.of(branches) == before
    assert is_tidy(branches)


def test_without_a_journal_a_failing_step_is_taken_back_too(
    tmp_path: Path, database: DatabaseUrl
) -> None:
    branches = prepared(tmp_path / "project", database, {"mmm2": {"up": IF_MOVED}})
    branches.project.env(ENV_PER_STEP)
    branches.project.sql("DROP SCHEMA fidesdev CASCADE")
    (branches.project.root / ".fides.toml").write_text('[fidesdev]\njournal = "off"\n')
    before = Before.of(branches)

    with pytest.raises(StepFailed):
        run(branches, Tripwire(0))

    after = Before.of(branches)
    assert (after.texts, after.tables, after.rows) == (before.texts, before.tables, before.rows)
