"""Revisions at a git ref, read from real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.adapters.git import commit_of, remote_default, top_folder
from fidesdev.adapters.trees import revisions_at, sources_at
from fidesdev.errors import GitUnavailable, GraphError, UnknownRef
from tests.repositories import VERSIONS, Repository, make_repository, script


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = make_repository(tmp_path / "project")
    made.branch("feature", "feat1", "feat2")
    return made


def ids_at(repository: Repository, ref: str, *, recursive: bool = False) -> set[str]:
    folders = [repository.versions]
    there = revisions_at(repository.folder, ref, folders, recursive=recursive)
    return {one.revision.id for one in there}


def test_branch_tag_and_commit_name_a_tree(repository: Repository) -> None:
    repository.git("tag", "-m", "text", "v1", "feature~1")
    assert ids_at(repository, "main") == {"main1"}
    assert ids_at(repository, "feature") == {"main1", "feat1", "feat2"}
    assert ids_at(repository, "v1") == {"main1", "feat1"}
    assert ids_at(repository, repository.git("rev-parse", "v1^{commit}")[:12]) == {"main1", "feat1"}


def test_text_travels_with_the_revision(repository: Repository) -> None:
    there = revisions_at(repository.folder, "feature", [repository.versions])
    found = sources_at(repository.folder, "feature", there)
    assert found["feat1"].source == script("feat1", "main1").encode()
    assert found["feat1"].place == "git:feature"
    assert found["feat1"].revision.path == f"{VERSIONS}/feat1.py"


def test_files_that_alembic_would_not_import_are_left_out(repository: Repository) -> None:
    repository.write("init", name=f"{VERSIONS}/__init__.py")
    repository.write("lock", name=f"{VERSIONS}/.#lock.py")
    repository.write("deep1", "main1", name=f"{VERSIONS}/deep/deep1.py")
    (repository.versions / "README").write_text("revision = 'readme'")
    repository.commit()
    assert ids_at(repository, "main") == {"main1"}
    assert ids_at(repository, "main", recursive=True) == {"main1", "deep1"}


def test_headers_are_kept_by_object_and_only_new_ones_are_read(
    repository: Repository, tmp_path: Path
) -> None:
    cache = tmp_path / "cache" / "objects.json"
    first = revisions_at(repository.folder, "feature", [repository.versions], cache=cache)
    size = cache.stat().st_size
    written = cache.stat().st_mtime_ns
    again = revisions_at(repository.folder, "feature", [repository.versions], cache=cache)
    assert set(again) == set(first)
    assert cache.stat().st_mtime_ns == written
    repository.write("main2", "main1")
    repository.commit()
    revisions_at(repository.folder, "main", [repository.versions], cache=cache)
    assert cache.stat().st_size > size


def test_ref_that_does_not_exist_is_told_with_the_nearest(repository: Repository) -> None:
    with pytest.raises(UnknownRef, match="no such branch, tag or commit") as caught:
        ids_at(repository, "featrue")
    assert caught.value.facts["nearest"] == ["feature"]
    assert caught.value.exit_code == 1


def test_ref_that_looks_like_an_option_is_only_a_name(repository: Repository) -> None:
    with pytest.raises(UnknownRef):
        ids_at(repository, "--all")


def test_ref_without_revision_files_is_told(repository: Repository) -> None:
    repository.git("checkout", "-q", "--orphan", "bare")
    repository.git("rm", "-q", "-r", "--cached", ".")
    repository.git("commit", "-q", "--allow-empty", "-m", "nothing")
    with pytest.raises(UnknownRef, match=f"no revision files in {VERSIONS}"):
        ids_at(repository, "bare")


def test_file_that_is_no_revision_is_named_with_the_ref(repository: Repository) -> None:
    (repository.versions / "stray.py").write_text("print(1)\n")
    repository.commit()
    with pytest.raises(GraphError, match=r"stray\.py:1 at git:main"):
        ids_at(repository, "main")


def test_folder_outside_any_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(GitUnavailable) as caught:
        revisions_at(tmp_path, "main", [tmp_path])
    assert (caught.value.reason, caught.value.exit_code) == ("no_repository", 4)


def test_default_branch_of_the_remote_is_what_the_clone_says(
    repository: Repository, tmp_path: Path
) -> None:
    assert remote_default(repository.folder) is None
    clone = tmp_path / "clone"
    repository.git("clone", "-q", "-b", "feature", str(repository.folder), str(clone))
    assert remote_default(clone) == "origin/main"


def test_folder_that_is_not_there_yet_belongs_to_the_repository_around_it(
    repository: Repository,
) -> None:
    assert top_folder(repository.folder / "not" / "yet").samefile(repository.folder)
    assert commit_of(repository.folder, "main") == repository.git("rev-parse", "main")
