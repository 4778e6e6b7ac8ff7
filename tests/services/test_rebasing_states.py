"""Rebases in the middle of things: of a merge or rebase of git, of a branch that was rewritten."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fidesdev.core.rebase_reports import DatabaseMoves
from fidesdev.errors import (
    ConflictUnresolved,
)
from fidesdev.services import rebasing
from tests.branches import Branches, make_branches, on, parents, rebased


def test_own_revision_whose_parent_is_gone_goes_onto_the_head(tmp_path: Path) -> None:
    """The branch below was merged under another id, and its revision is in git alone."""
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > lost > mmm1", "aaa1 > bbb1")
    branches.upgrade("mmm1")
    branches.file("lost").unlink()
    branches.repository.commit("drop what was merged otherwise")

    made = rebased(branches)

    assert parents(branches)["mmm1"] == ("bbb1",)
    assert made.report.database == DatabaseMoves(("mmm1", "lost"), ("bbb1", "mmm1"))
    assert branches.project.rows() == {"mmm1"}
    assert branches.project.tables() == {"aaa1", "bbb1", "mmm1"}


def test_applied_revision_of_another_commit_is_unapplied_and_told(tmp_path: Path) -> None:
    """As in the middle of a git rebase, where the later commits are still to come."""
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1", "aaa1 > bbb1")
    branches.repository.git("checkout", "-q", "-b", "later")
    branches.add("aaa1 > mmm1 > mmm2, aaa1 > bbb1")
    branches.repository.commit("more own work")
    branches.upgrade("mmm2")
    branches.repository.git("checkout", "-q", "feature")

    made = rebased(branches)

    assert made.report.database == DatabaseMoves(("mmm2", "mmm1"), ("bbb1", "mmm1"))
    assert "mmm2 is not in this checkout" in made.notes[-1]
    assert branches.project.rows() == {"mmm1"}


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
@pytest.mark.parametrize("operation", ["merge", "rebase"])
def test_conflict_about_parents_is_solved(tmp_path: Path, style: str, operation: str) -> None:
    """Two branches moved the same own revision by hand, each elsewhere."""
    branches = conflicting(tmp_path / "p", style, operation)
    assert b"<<<<<<<" in branches.file("mmm1").read_bytes()

    made = rebased(branches)

    assert made.report.solved == ("migrations/versions/mmm1.py",)
    assert parents(branches)["mmm1"] == ("bbb2",)
    assert b"<<<<<<<" not in branches.file("mmm1").read_bytes()
    assert f"git {operation} --continue" in made.notes[0]
    assert branches.project.tables() == {"aaa1", "bbb1", "bbb2", "mmm1"}
    unmerged = branches.repository.git("ls-files", "--unmerged")
    assert "mmm1.py" in unmerged, "what is solved is for its owner to stage"


def test_conflict_in_the_body_is_for_a_person(tmp_path: Path) -> None:
    branches = conflicting(tmp_path / "p", "merge", "merge", body="    # {}\n")
    text = branches.file("mmm1").read_bytes()

    with pytest.raises(ConflictUnresolved) as error:
        rebasing.plan(branches.workspace)

    assert error.value.facts["path"] == "migrations/versions/mmm1.py"
    assert branches.file("mmm1").read_bytes() == text


def test_conflict_in_a_published_revision_takes_upstreams_side(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1 > bbb1", "bbb1 > mmm1", merge=False)
    repository = branches.repository
    bbb1 = branches.workspace.graph.revisions["bbb1"]
    branches.write(replace(bbb1, parents=()))
    repository.commit("cut it off")
    repository.git("checkout", "-q", "main")
    branches.add("aaa1 > aaa2")
    branches.write(replace(bbb1, parents=("aaa2",)))
    repository.commit("put something below")
    repository.git("checkout", "-q", "feature")
    git_that_stops(branches, "merge", "main")
    assert b"<<<<<<<" in branches.file("bbb1").read_bytes()

    rebased(branches)

    assert parents(branches)["bbb1"] == ("aaa2",)


def test_names_with_numbers_are_renewed_when_asked(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1", "aaa1 > bbb1")
    for id_, number in (("aaa1", "0001"), ("bbb1", "0002"), ("mmm1", "0002")):
        branches.file(id_).rename(branches.versions / f"{number}_{id_}.py")
    branches.upgrade("mmm1")

    assert "see '--rename'" in rebasing.plan(branches.workspace).notes[-1]
    made = rebased(branches, rename=True)

    assert made.moved[0].new_path == "migrations/versions/0003_mmm1.py"
    assert {"0001_aaa1.py", "0002_bbb1.py", "0003_mmm1.py"} == branches.texts().keys()
    assert parents(branches)["mmm1"] == ("bbb1",)


def test_python_does_not_use_the_old_byte_code(tmp_path: Path) -> None:
    """The new text is as long as the old one, and may be as old in whole seconds."""
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1", "aaa1 > bbb1")
    file = branches.file("mmm1")
    look = [sys.executable, "-c", "import mmm1; print(mmm1.down_revision)"]
    environment = {**os.environ, "PYTHONPATH": str(branches.versions)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def seen() -> str:
        done = subprocess.run(look, check=True, capture_output=True, text=True, env=environment)
        return done.stdout.strip()

    os.utime(file, (1_700_000_000, 1_700_000_000))
    assert seen() == "aaa1"
    rebased(branches)
    os.utime(file, (1_700_000_000, 1_700_000_000))
    assert seen() == "bbb1"


def test_permissions_and_line_ends_stay(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1", "aaa1 > bbb1")
    file = branches.file("mmm1")
    text = file.read_bytes().replace(b"\n", b"\r\n")
    file.write_bytes(text)
    file.chmod(0o640)

    rebased(branches)

    assert file.stat().st_mode & 0o777 == 0o640
    assert file.read_bytes() == text.replace(b"'aaa1'", b"'bbb1'").replace(b": aaa1", b": bbb1")


def conflicting(root: Path, style: str, operation: str, *, body: str = "") -> Branches:
    """A merge or rebase of two branches that both changed the header of `mmm1`, stopped at it."""
    branches = make_branches(root, "aaa1", "aaa1 > mmm1", "aaa1 > bbb1 > bbb2")
    branches.upgrade("mmm1")
    repository = branches.repository
    repository.git("config", "merge.conflictStyle", style)
    repository.git("checkout", "-q", "-b", "other")
    for branch, parent in (("other", "bbb1"), ("feature", "bbb2")):
        repository.git("checkout", "-q", branch)
        branches.write(on(branches, "mmm1", parent), up=body.format(branch))
        repository.commit(f"re-point by hand on {branch}")
    branches.project.sql("UPDATE alembic_version SET version_num = 'mmm1'")
    git_that_stops(branches, operation, "other")
    return branches


def git_that_stops(branches: Branches, *arguments: str) -> None:
    """A git command that a conflict stops."""
    with pytest.raises(subprocess.CalledProcessError):
        branches.repository.git(*arguments)
