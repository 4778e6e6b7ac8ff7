"""With what `check` compares a checkout, and what it says where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.errors import UnknownRef
from tests.repositories import Repository
from tests.services.checked import COMPARING, checkable, checked, diverge


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return checkable(tmp_path / "project")


def test_without_a_repository_comparing_checks_are_skipped(tmp_path: Path) -> None:
    folder = Repository(tmp_path)
    folder.write("one")
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    report = checked(folder)
    (skipped,) = report.skipped
    assert skipped.codes == COMPARING
    assert "is in no git repository" in skipped.reason
    assert not set(COMPARING) & set(report.checked)
    assert "heads" in report.checked


def test_without_an_upstream_they_are_skipped(repo: Repository) -> None:
    repo.git("branch", "-m", "trunk")
    (skipped,) = checked(repo).skipped
    assert "no upstream branch" in skipped.reason
    assert 'upstream = "REMOTE/BRANCH"' in skipped.reason


def test_in_a_shallow_clone_they_are_skipped_with_the_remedy(
    repo: Repository, tmp_path: Path
) -> None:
    diverge(repo)
    for branch in ("main", "topic"):
        repo.git("checkout", "-q", branch)
        for number in range(3):
            repo.commit(f"later {number}")
    clone = Repository(tmp_path / "clone")
    source = f"file://{repo.folder}"
    repo.git("clone", "-q", "--depth=1", "--no-single-branch", source, str(clone.folder))
    (skipped,) = checked(clone, against="origin/main").skipped
    assert "too shallow" in skipped.reason
    assert "git fetch --unshallow" in skipped.reason
    clone.git("fetch", "-q", "--unshallow")
    report = checked(clone, "merge-result", against="origin/main")
    assert report.skipped == ()
    assert [one.code for one in report.findings] == ["merge-result"]


def test_before_the_first_commit_they_are_skipped(tmp_path: Path) -> None:
    repo = Repository(tmp_path)
    repo.git("init", "-q", "-b", "main")
    repo.write("one")
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    (skipped,) = checked(repo).skipped
    assert "no upstream branch" in skipped.reason


def test_a_line_of_commits_of_its_own_has_no_merge(repo: Repository) -> None:
    repo.git("checkout", "-q", "--orphan", "other")
    repo.commit("start again")
    (skipped,) = checked(repo).skipped
    assert skipped.reason == "HEAD and main have no commit in common"


def test_the_remote_s_default_branch_is_upstream(repo: Repository, tmp_path: Path) -> None:
    repo.git("branch", "-m", "develop")
    clone = Repository(tmp_path / "clone")
    repo.git("clone", "-q", str(repo.folder), str(clone.folder))
    assert checked(clone).against == "origin/develop"


def test_the_configuration_names_upstream(repo: Repository) -> None:
    repo.git("branch", "release")
    (repo.folder / ".fides.toml").write_text('[fidesdev]\nupstream = "release"\n')
    assert checked(repo).against == "release"
    assert checked(repo, against="main").against == "main"


def test_a_ref_that_is_named_and_missing_is_an_error(repo: Repository) -> None:
    with pytest.raises(UnknownRef):
        checked(repo, against="origin/nowhere")
