"""What the quickstart made goes, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.config import Flags
from fidesdev.services import quickstart, server
from fidesdev.services.workspace import Workspace, open_workspace

EMBEDDED = '[fidesdev]\nengine = "embedded"\n'


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A folder whose data directory has a stopped server and caches."""
    (tmp_path / ".fides.toml").write_text(EMBEDDED)
    data = tmp_path / ".fidesdev" / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("18\n")
    (tmp_path / ".fidesdev" / ".gitignore").write_text("*\n")
    (tmp_path / ".fidesdev" / "revisions.json").write_text("{}")
    return opened(tmp_path)


def opened(folder: Path) -> Workspace:
    return open_workspace(Flags(), environ={"HOME": str(folder)}, cwd=folder)


def test_it_is_shown_before_it_goes(workspace: Workspace) -> None:
    planned = quickstart.plan_cleaning(workspace)
    (folder,) = planned.folders
    assert (folder.path, folder.bytes > 0) == (str(workspace.cwd / ".fidesdev/postgres"), True)
    assert (planned.running, planned.in_use, planned.executed) == (False, True, False)
    assert Path(folder.path).exists()


def test_nothing_is_left_of_it(workspace: Workspace) -> None:
    assert quickstart.clean(workspace).executed
    assert [path.name for path in workspace.cwd.iterdir()] == [".fides.toml"]
    assert quickstart.plan_cleaning(workspace).folders == ()


def test_what_is_no_cache_stays(workspace: Workspace) -> None:
    log = workspace.settings.tool.data_dir / "journal.db"
    log.write_text("kept")
    quickstart.clean(workspace)
    assert sorted(path.name for path in log.parent.iterdir()) == [
        ".gitignore",
        "journal.db",
        "revisions.json",
    ]


def test_running_server_is_stopped_with_every_database_in_it(tmp_path: Path) -> None:
    (tmp_path / ".fides.toml").write_text(EMBEDDED)
    workspace = opened(tmp_path)
    server.start(workspace)
    try:
        planned = quickstart.plan_cleaning(workspace)
        assert (planned.running, planned.databases) == (True, ("fides", "fides_test"))
    finally:
        quickstart.clean(workspace)
    assert not server.runs(workspace)
    assert not (tmp_path / ".fidesdev").exists()
