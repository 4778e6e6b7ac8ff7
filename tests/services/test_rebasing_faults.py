"""A rebase that goes wrong at any point leaves files and database as they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.core.rebase_reports import Stage
from fidesdev.errors import (
    FidesdevError,
    Interrupted,
    NotWritten,
    RebaseRunning,
    RevisionChanged,
)
from fidesdev.services import rebasing
from tests.faults import Before, Fault, Tripwire, is_tidy, prepared, run

STEPS = 6
"""mmm2 and mmm1 go down; bbb1, bbb2, mmm1 and mmm2 go up."""
MOMENTS = 2 * STEPS + 3 + 2 + 1
"""Steps that begin and end; begun, staged, moved; two files written; verified."""
STAGES_BEFORE_MOVE = 2


@pytest.mark.parametrize("moment", range(1, MOMENTS + 1))
def test_fault_at_any_moment_leaves_both_sides_as_before(tmp_path: Path, moment: int) -> None:
    branches = prepared(tmp_path / "project")
    before = Before.of(branches)
    wire = Tripwire(moment)

    with pytest.raises((Fault, FidesdevError)):
        run(branches, wire)

    after = Before.of(branches)
    assert len(wire.seen) == moment
    assert (after.texts, after.tables, after.rows) == (before.texts, before.tables, before.rows)
    assert is_tidy(branches)
    if "moved" not in wire.seen:
        assert after.data == before.data, "one transaction: not even data were lost"


def test_there_are_as_many_moments_as_the_tests_try(tmp_path: Path) -> None:
    branches = prepared(tmp_path / "project")
    wire = Tripwire(0)

    run(branches, wire)

    assert len(wire.seen) == MOMENTS


@pytest.mark.parametrize("moment", [1, 2, 8, 14, 15, 16, 18])
def test_ctrl_c_leaves_both_sides_as_before(tmp_path: Path, moment: int) -> None:
    branches = prepared(tmp_path / "project")
    before = Before.of(branches)

    with pytest.raises((KeyboardInterrupt, Interrupted)):
        run(branches, Tripwire(moment, interrupt=True))

    after = Before.of(branches)
    assert (after.texts, after.tables, after.rows) == (before.texts, before.tables, before.rows)
    assert is_tidy(branches)


def test_file_that_cannot_be_staged_changes_nothing(tmp_path: Path) -> None:
    branches = prepared(tmp_path / "project")
    before = Before.of(branches)
    (branches.versions / ".nnn1.py.rebase").mkdir()

    with pytest.raises(NotWritten, match=r"nnn1\.py"):
        run(branches, Tripwire(0))

    assert Before.of(branches) == before


def test_file_that_somebody_else_writes_meanwhile_is_kept(tmp_path: Path) -> None:
    branches = prepared(tmp_path / "project")
    before = Before.of(branches)
    edited = before.texts["nnn1.py"] + b"# mine\n"

    def edit(stage: Stage) -> None:
        if stage is Stage.MOVED:
            branches.file("nnn1").write_bytes(edited)

    with pytest.raises(RevisionChanged):
        rebasing.execute(rebasing.plan(branches.workspace), on_stage=edit)

    assert branches.texts() == {**before.texts, "nnn1.py": edited}
    assert (branches.project.tables(), branches.project.rows()) == (before.tables, before.rows)


def test_second_rebase_of_a_checkout_waits_for_nobody(tmp_path: Path) -> None:
    branches = prepared(tmp_path / "project")
    refused: list[Exception] = []

    def again(stage: Stage) -> None:
        if stage is Stage.STAGED:
            with pytest.raises(RebaseRunning) as error:
                rebasing.execute(rebasing.plan(branches.workspace))
            refused.append(error.value)

    rebasing.execute(rebasing.plan(branches.workspace), on_stage=again)

    assert len(refused) == 1
