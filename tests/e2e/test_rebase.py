"""`fidesdev db rebase` as it is typed, in a clone whose origin went on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.branches import Branches, make_branches
from tests.cli.processes import FIDESDEV, Answer, at_terminal, fidesdev
from tests.projects import Project
from tests.repositories import Repository


@pytest.fixture
def clone(tmp_path: Path) -> Branches:
    """A clone on branch `feature`, whose own revision is applied, with newer ones upstream."""
    origin = make_branches(tmp_path / "origin", "aaa1", "", "", merge=False)
    origin.repository.git("checkout", "-q", "main")
    root = tmp_path / "clone"
    origin.repository.git("clone", "-q", str(origin.project.root), str(root))
    branches = Branches(Project(root, _database(root), ()), Repository(root))
    branches.repository.git("checkout", "-q", "-b", "mine")
    branches.add("aaa1 > mmm1")
    branches.repository.commit("own work")
    branches.upgrade()
    origin.add("aaa1 > bbb1")
    origin.repository.commit("upstream goes on")
    branches.repository.git("fetch", "-q")
    return branches


def _database(root: Path) -> DatabaseUrl:
    return DatabaseUrl("sqlite", str(root / "test.db"))


def typed(branches: Branches, *arguments: str) -> Answer:
    url = branches.project.url.render()
    return fidesdev("--database-url", url, "db", *arguments, cwd=branches.project.root)


def test_rebase_after_a_git_rebase(clone: Branches) -> None:
    ahead = typed(clone, "rebase", "--yes")
    assert ahead.code == 1
    assert "git rebase origin/main" in ahead.err
    clone.repository.git("rebase", "-q", "origin/main")

    refused = typed(clone, "rebase")
    assert refused.code == 5
    assert clone.changed_lines() == set()

    planned = json.loads(typed(clone, "rebase", "-n", "--json").out)["data"]
    path = "migrations/versions/mmm1.py"
    move = {
        "revision": "mmm1",
        "path": path,
        "old_parents": ["aaa1"],
        "new_parents": ["bbb1"],
        "new_path": None,
    }
    assert planned["onto"] == "bbb1"
    assert planned["moved"] == [move]
    assert planned["database"] == {"downgraded": ["mmm1"], "upgraded": ["bbb1", "mmm1"]}
    assert planned["executed"] is False

    done = json.loads(typed(clone, "rebase", "--yes", "--json").out)["data"]
    assert done == {**planned, "executed": True}
    assert clone.project.tables() == {"aaa1", "bbb1", "mmm1"}
    lines = {"Revises: aaa1", "Revises: bbb1", "down_revision = 'aaa1'", "down_revision = 'bbb1'"}
    assert clone.changed_lines() == lines
    assert typed(clone, "check", "--against", "origin/main").code == 0
    again = typed(clone, "rebase")
    assert (again.code, again.out) == (
        0,
        "Nothing to do: the own revisions stand on bbb1 already.\n",
    )


def test_rebase_asks_at_a_terminal(clone: Branches) -> None:
    clone.repository.git("merge", "-q", "--no-edit", "origin/main")
    argv = (*FIDESDEV, "--database-url", clone.project.url.render(), "db", "rebase")

    code, screen = at_terminal(argv, clone.project.root, typed={"Go on?": "n\n"}, NO_COLOR="1")
    assert code == 5
    shown = " ".join(screen.split())
    assert "downgrades mmm1, then upgrades bbb1, mmm1" in shown
    assert "loses table t_mmm1 (0 rows)" in shown
    assert clone.changed_lines() == set()

    code, _screen = at_terminal(argv, clone.project.root, typed={"Go on?": "y\n"}, NO_COLOR="1")
    assert (code, clone.project.tables()) == (0, {"aaa1", "bbb1", "mmm1"})


def test_protected_database_is_not_moved_and_its_files_may_be(clone: Branches) -> None:
    clone.repository.git("merge", "-q", "--no-edit", "origin/main")
    (clone.project.root / ".fides.toml").write_text('[fidesdev]\nprotected = ["test.db"]\n')

    assert typed(clone, "rebase", "--yes").code == 5
    assert clone.changed_lines() == set()
    assert typed(clone, "rebase", "--yes", "--files-only").code == 0
    assert "mmm1 was moved from aaa1" in typed(clone, "status").out
    assert (
        typed(clone, "rebase", "--yes", "--force-protected", clone.project.url.database).code == 0
    )
    assert clone.project.tables() == {"aaa1", "bbb1", "mmm1"}
    assert "moved" not in typed(clone, "status").out
