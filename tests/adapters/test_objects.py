"""Finding a revision's text in real repositories: wherever git may have it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fidesdev.adapters.objects import SourceSearch, find_sources
from fidesdev.core.recovery import FoundSource
from tests.repositories import VERSIONS, Repository, make_repository, script


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "project é")


def find(repository: Repository, id_: str) -> FoundSource | None:
    return find_sources(repository.folder, [id_], [repository.versions]).get(id_)


def place(repository: Repository, id_: str) -> str | None:
    found = find(repository, id_)
    return found.place if found else None


def test_local_branch_names_commit_author_and_date(repository: Repository) -> None:
    repository.branch("feature/one", "feat1")
    found = find(repository, "feat1")
    assert found is not None
    assert found.place == "git:feature/one"
    assert found.commit == repository.git("rev-parse", "feature/one")
    assert (found.author, found.date) == ("Ann Author", "2026-01-01T00:00:00Z")
    assert found.revision.parents == ("main1",)
    assert found.revision.path == f"{VERSIONS}/feat1.py"
    assert found.source == script("feat1", "main1").encode()


def test_remote_branch_is_enough(repository: Repository, tmp_path: Path) -> None:
    repository.branch("feature", "feat1")
    clone = Repository(tmp_path / "clone")
    repository.git("clone", "-q", str(repository.folder), str(clone.folder))
    assert place(clone, "feat1") == "git:origin/feature"


def test_tag_is_enough(repository: Repository) -> None:
    repository.branch("feature", "feat1")
    repository.git("tag", "-m", "release", "v1.0", "feature")
    repository.git("branch", "-q", "-D", "feature")
    repository.forget_reflog()
    assert place(repository, "feat1") == "git:v1.0"


def test_ref_that_is_no_branch_is_enough(repository: Repository) -> None:
    repository.branch("feature", "feat1")
    repository.git("update-ref", "refs/pull/7/head", "feature")
    repository.git("branch", "-q", "-D", "feature")
    repository.forget_reflog()
    assert place(repository, "feat1") == "git:pull/7/head"


def test_stash_is_enough(repository: Repository) -> None:
    repository.write("feat1", "main1")
    repository.git("add", "-A")
    repository.git("stash", "-q")
    assert place(repository, "feat1") == "git:stash@{0}"


def test_untracked_file_in_an_older_stash_is_found(repository: Repository) -> None:
    repository.write("feat1", "main1")
    repository.git("stash", "-q", "--include-untracked")
    repository.write("feat2", "feat1")
    repository.git("stash", "-q", "--include-untracked")
    found = find(repository, "feat1")
    assert found is not None
    assert found.place == "git:stash@{1}^3"
    assert repository.git("show", f"{found.place[4:]}:{found.revision.path}")


def test_branch_that_was_deleted_is_found_by_the_reflog(repository: Repository) -> None:
    repository.branch("feature", "feat1", "feat2")
    commit = repository.git("rev-parse", "feature")
    repository.git("branch", "-q", "-D", "feature")
    assert place(repository, "feat2") == f"git:{commit[:10]}"


def test_commit_that_nothing_leads_to_is_found_until_it_is_pruned(repository: Repository) -> None:
    repository.branch("feature", "feat1")
    commit = repository.git("rev-parse", "feature")
    repository.git("branch", "-q", "-D", "feature")
    repository.forget_reflog()
    assert place(repository, "feat1") == f"git:{commit[:10]}"
    repository.prune()
    assert find(repository, "feat1") is None


def test_commit_in_a_cruft_pack_is_found(repository: Repository) -> None:
    repository.branch("feature", "feat1")
    repository.git("branch", "-q", "-D", "feature")
    repository.forget_reflog()
    repository.git("gc", "-q", "--cruft", "--prune=never")
    assert find(repository, "feat1") is not None


def test_file_that_was_staged_and_never_committed_is_found(repository: Repository) -> None:
    path = repository.write("feat1", "main1")
    repository.git("add", "-A")
    repository.git("reset", "-q", "--hard")
    assert not path.exists()
    found = find(repository, "feat1")
    assert found is not None
    assert repository.git("cat-file", "-t", found.place[4:]) == "blob"
    repository.git("gc", "-q", "--cruft", "--prune=never")
    assert place(repository, "feat1") == found.place


def test_file_that_was_deleted_since_is_found_at_the_last_commit_that_had_it(
    repository: Repository,
) -> None:
    path = repository.write("feat1", "main1")
    had_it = repository.commit("add feat1")
    path.unlink()
    repository.commit("squash")
    repository.forget_reflog()
    assert place(repository, "feat1") == f"git:{had_it[:10]}"


def test_working_tree_is_searched_outside_the_version_folder(repository: Repository) -> None:
    repository.write("feat1", "main1", name="old/kept_for_later.py")
    repository.branch("feature", "feat1")
    repository.write("feat1", "main1", name="old/kept_for_later.py")
    found = find(repository, "feat1")
    assert found is not None
    assert (found.place, found.revision.path) == ("working tree", "old/kept_for_later.py")


def test_uncommitted_file_in_another_worktree_is_found(
    repository: Repository, tmp_path: Path
) -> None:
    other = Repository(tmp_path / "other")
    repository.git("worktree", "add", "-q", "-b", "side", str(other.folder))
    written = other.write("feat1", "main1")
    found = find(repository, "feat1")
    assert found is not None
    assert (found.place, found.revision.path) == ("working tree", str(written))
    assert place(other, "feat1") == "working tree"


def test_worktree_sees_the_branches_of_its_repository(
    repository: Repository, tmp_path: Path
) -> None:
    repository.branch("feature", "feat1")
    other = Repository(tmp_path / "other")
    repository.git("worktree", "add", "-q", "-b", "side", str(other.folder), "main")
    assert place(other, "feat1") == "git:feature"


def test_submodule_is_searched_by_itself(repository: Repository, tmp_path: Path) -> None:
    repository.branch("feature", "feat1")
    around = make_repository(tmp_path / "around")
    around.git(
        *("-c", "protocol.file.allow=always", "submodule", "--quiet", "add"),
        *(str(repository.folder), "sub"),
    )
    inner = Repository(around.folder / "sub")
    assert place(inner, "feat1") == "git:origin/feature"


def test_detached_head_and_shallow_clone_have_what_they_have(
    repository: Repository, tmp_path: Path
) -> None:
    repository.branch("feature", "feat1", "feat2")
    clone = Repository(tmp_path / "clone")
    url = repository.folder.as_uri()
    repository.git(
        *("clone", "-q", "--depth=1", "--no-single-branch", url, str(clone.folder)),
    )
    clone.git("checkout", "-q", "--detach")
    assert place(clone, "feat2") == "git:origin/feature"


def test_bare_repository_is_searched(repository: Repository, tmp_path: Path) -> None:
    repository.branch("feature", "feat1")
    bare = tmp_path / "bare.git"
    repository.git("clone", "-q", "--bare", str(repository.folder), str(bare))
    found = find_sources(bare, ["feat1"])
    assert found["feat1"].place == "git:feature"


def test_other_folder_on_another_branch_is_found(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "moved")
    repository.write("feat1", "main1", name="db/steps/one.py")
    repository.commit()
    repository.git("checkout", "-q", "main")
    assert place(repository, "feat1") == "git:moved"


def test_folder_without_a_repository_has_only_its_files(tmp_path: Path) -> None:
    folder = Repository(tmp_path)
    folder.write("feat1", "main1", name="old/feat1.py")
    search = SourceSearch(tmp_path, [folder.versions])
    found = search.find(["feat1", "feat2"])
    assert {id_: one.place for id_, one in found.items()} == {"feat1": "working tree"}
    assert search.problem is not None
    assert search.problem.reason == "no_repository"
    assert list(search.searched) == ["the working tree"]


def test_repository_of_somebody_else_is_named_with_what_git_wants(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.branch("feature", "feat1")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own switch for its tests
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)  # where safe.directory may be "*"
    search = SourceSearch(repository.folder, [repository.versions])
    assert search.find(["feat1"]) == {}
    assert search.problem is not None
    assert search.problem.reason == "not_ours"
    assert "belongs to another user" in str(search.problem)
    assert "git config --global --add safe.directory" in (search.problem.hint or "")


def test_without_git_nothing_is_found_and_it_is_said(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    search = SourceSearch(repository.folder, [repository.versions])
    assert search.find(["main1"]) == {}
    assert search.problem is not None
    assert search.problem.reason == "missing"


def test_hook_s_variables_do_not_lead_astray(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.branch("feature", "feat1")
    other = make_repository(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    assert place(repository, "feat1") == "git:feature"
