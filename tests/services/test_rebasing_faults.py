"""A rebase that goes wrong at any point leaves files and database as they were."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fidesdev.adapters.runner import open_runner
from fidesdev.core.rebase_reports import Stage
from fidesdev.core.reports import Event, StepFinished, StepStarted
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import (
    FidesdevError,
    Interrupted,
    LockBusy,
    NotTakenBack,
    NotWritten,
    RebaseRunning,
    RevisionChanged,
    StepFailed,
)
from fidesdev.services import rebasing
from tests.branches import Branches, make_branches
from tests.projects import tables

STEPS = 6
"""mmm2 and mmm1 go down; bbb1, bbb2, mmm1 and mmm2 go up."""
MOMENTS = 2 * STEPS + 3 + 2 + 1
"""Steps that begin and end; begun, staged, moved; two files written; verified."""
STAGES_BEFORE_MOVE = 2


class Fault(Exception):
    """What a listener raises."""


@dataclass
class Tripwire:
    """Counts the moments of a rebase, and does something at one of them."""

    moment: int
    kill: bool = False
    interrupt: bool = False
    seen: list[str] = field(default_factory=list)

    def event(self, event: Event) -> None:
        if isinstance(event, StepStarted | StepFinished):
            self._pass(f"{type(event).__name__} {event.number}")

    def stage(self, stage: Stage) -> None:
        self._pass(stage.value)

    def _pass(self, name: str) -> None:
        self.seen.append(name)
        if len(self.seen) != self.moment:
            return
        if self.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        raise KeyboardInterrupt if self.interrupt else Fault(name)


@dataclass(frozen=True)
class Before:
    """All that a rebase may change."""

    texts: dict[str, bytes]
    tables: set[str]
    rows: set[str]
    data: list[tuple[object, ...]]

    @classmethod
    def of(cls, branches: Branches) -> Before:
        project = branches.project
        data = project.sql('SELECT id FROM "t_mmm1"')
        return cls(branches.texts(), project.tables(), project.rows(), data)


def prepared(
    root: Path,
    url: DatabaseUrl | None = None,
    broken: Mapping[str, Mapping[str, str]] | None = None,
) -> Branches:
    """Two own revisions that go onto two of upstream's, applied, with a row in a table.

    `broken` are lines for the upgrade (`up`) or the downgrade (`down`) of some revisions.
    """
    own = "aaa1 > mmm1 > mmm2, aaa1 > nnn1"
    branches = make_branches(root, "aaa1", own, "aaa1 > bbb1 > bbb2", url=url)
    for id_, lines in (broken or {}).items():
        branches.write(branches.workspace.graph.revisions[id_], **lines)
    branches.goto("mmm2")
    branches.project.sql('INSERT INTO "t_mmm1" VALUES (7)')
    return branches


def run(branches: Branches, wire: Tripwire) -> None:
    rebasing.execute(rebasing.plan(branches.workspace), on_event=wire.event, on_stage=wire.stage)


def is_tidy(branches: Branches) -> bool:
    """Whether nothing is left beside the files, and no log."""
    log = branches.project.root / ".fidesdev" / "rebase.json"
    return not log.exists() and not list(branches.versions.glob(".*.rebase"))


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


KILLED = """
import sys
from pathlib import Path
from fidesdev.config import Flags
from fidesdev.services.workspace import open_workspace
from fidesdev.services import rebasing
from tests.services.test_rebasing_faults import Tripwire

root, url, moment = sys.argv[1:]
workspace = open_workspace(Flags(database_url=url), environ={}, cwd=Path(root))
wire = Tripwire(int(moment), kill=True)
rebasing.execute(rebasing.plan(workspace), on_event=wire.event, on_stage=wire.stage)
"""


def killed(branches: Branches, moment: int) -> int:
    """Run a rebase in a process of its own that kills itself; its exit code."""
    url = branches.project.url.render()
    arguments = [sys.executable, "-c", KILLED, str(branches.project.root), url, str(moment)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(arguments, check=False, env=environment, capture_output=True).returncode


@pytest.mark.parametrize("moment", [1, 2, 3, 8, 14, 15, 16, 17, 18])
def test_killed_run_is_finished_or_taken_back_by_the_next(tmp_path: Path, moment: int) -> None:
    assert_whole_after_kill(prepared(tmp_path / "project"), moment)


@pytest.mark.parametrize("moment", [3, 8, 14, 15, 16])
def test_killed_run_on_postgresql_is_finished_or_taken_back(
    tmp_path: Path, database: DatabaseUrl, moment: int
) -> None:
    assert_whole_after_kill(prepared(tmp_path / "project", database), moment)


def assert_whole_after_kill(branches: Branches, moment: int) -> None:
    before = Before.of(branches)

    assert killed(branches, moment) == -signal.SIGKILL
    told = rebasing.settle(branches.workspace)

    after = Before.of(branches)
    assert is_tidy(branches)
    if told and "finished" in told:
        assert branches.workspace.graph.heads == {"nnn1"}
        assert after.tables == before.tables | {"bbb1", "bbb2"}
    else:
        assert told is not None
        assert after == before
    run(branches, Tripwire(0))
    assert branches.project.tables() == before.tables | {"bbb1", "bbb2"}


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


ENV = """
from alembic import context
from sqlalchemy import create_engine, pool

url = context.config.get_main_option("sqlalchemy.url")
with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection, transaction_per_migration={per_step})
    with context.begin_transaction():
        context.run_migrations()
"""
ENV_ONE, ENV_PER_STEP = ENV.format(per_step=False), ENV.format(per_step=True)
