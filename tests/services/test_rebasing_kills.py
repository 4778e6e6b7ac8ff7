"""A rebase whose process is killed is finished, or taken back, by the next one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from fidesdev.services import rebasing
from tests.branches import Branches
from tests.faults import Before, Tripwire, is_tidy, prepared, run

KILLED = """
import sys
from pathlib import Path
from fidesdev.config import Flags
from fidesdev.services.workspace import open_workspace
from fidesdev.services import rebasing
from tests.faults import Tripwire

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
