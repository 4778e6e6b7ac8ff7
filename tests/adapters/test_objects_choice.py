"""Which text of a revision is taken in real repositories, and by how many calls of git."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fidesdev.adapters.objects import SourceSearch, find_sources
from fidesdev.core.journal import JournalSource
from fidesdev.core.recovery import FoundSource, fingerprint
from tests.repositories import VERSIONS, Repository, make_repository, script


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "project é")


def find(repository: Repository, id_: str) -> FoundSource | None:
    return find_sources(repository.folder, [id_], [repository.versions]).get(id_)


def place(repository: Repository, id_: str) -> str | None:
    found = find(repository, id_)
    return found.place if found else None


# What a file declares


def test_name_of_the_file_does_not_matter(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "feature")
    repository.write("feat1", "main1", name=f"{VERSIONS}/2026/some_text.py")
    repository.write("feat2", "main1", name=f"{VERSIONS}/feat1_but_not_quite.py")
    repository.commit()
    repository.git("checkout", "-q", "main")
    found = find(repository, "feat1")
    assert found is not None
    assert found.revision.path.endswith("some_text.py")


def test_short_number_is_an_id_like_any_other(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "feature")
    repository.write("1", "main1", name=f"{VERSIONS}/first.py")
    repository.write("12", "1", name=f"{VERSIONS}/1.py", text="x = [1, '1', 1]")
    repository.commit()
    repository.git("checkout", "-q", "main")
    found = find(repository, "1")
    assert found is not None
    assert found.revision.path.endswith("first.py")
    assert find(repository, "2") is None
    assert find_sources(repository.folder, [""]) == {}


def test_id_that_only_the_file_s_name_tells_is_found(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "feature")
    (repository.versions / "ae1027a6acf.py").write_text("down_revision = 'main1'\n")
    repository.commit()
    repository.git("checkout", "-q", "main")
    assert place(repository, "ae1027a6acf") == "git:feature"


def test_mention_of_an_id_is_no_declaration(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "feature")
    repository.write("feat2", "feat1", text="# revision = 'feat1'")
    repository.commit()
    repository.git("checkout", "-q", "main")
    assert find(repository, "feat1") is None
    assert find(repository, "feat2") is not None


@pytest.mark.parametrize(
    "source",
    [
        script("feat1", "main1").replace("\n", "\r\n").encode(),
        b"# -*- coding: latin-1 -*-\n" + script("feat1", "main1", "# \xe9").encode("latin-1"),
        b"\xef\xbb\xbf" + script("feat1", "main1").encode(),
    ],
    ids=["crlf", "latin-1", "bom"],
)
def test_bytes_are_kept_as_they_were(repository: Repository, source: bytes) -> None:
    repository.git("checkout", "-q", "-b", "feature")
    path = repository.versions / "feat1.py"
    path.write_bytes(source)
    repository.commit()
    repository.git("checkout", "-q", "main")
    found = find(repository, "feat1")
    assert found is not None
    assert found.source == source
    assert found.revision.parents == ("main1",)


def test_file_whose_place_in_the_graph_is_computed_is_not_trusted(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "feature")
    repository.write("feat1", "main1", text="down_revision = str(3)")
    repository.commit()
    repository.git("checkout", "-q", "main")
    assert find(repository, "feat1") is None


# Which


def two_texts(repository: Repository) -> tuple[str, str]:
    """`feat1` on branch old and, edited and younger, on branch new."""
    texts = []
    for name, date in (("old", "2026-01-02T00:00:00Z"), ("new", "2026-02-02T00:00:00Z")):
        repository.git("checkout", "-q", "-b", name, "main")
        path = repository.write("feat1", "main1", text=f"# as on {name}")
        repository.commit(date=date)
        texts.append(path.read_text(encoding="utf-8"))
    repository.git("checkout", "-q", "main")
    return texts[0], texts[1]


def journaled(text: str, branch: str | None) -> JournalSource:
    source = text.encode()
    return JournalSource(
        "feat1",
        source,
        fingerprint(source),
        branch,
        None,
        ("main1",),
        (),
        f"{VERSIONS}/feat1.py",
        datetime(2026, 1, 3, tzinfo=UTC),
    )


def test_newest_of_two_texts_is_taken_and_the_other_told(repository: Repository) -> None:
    _old, new = two_texts(repository)
    found = find(repository, "feat1")
    assert found is not None
    assert (found.place, found.source) == ("git:new", new.encode())
    assert found.note == "another version of it is in git:old"


@pytest.mark.parametrize("changed", ["", "# and lost since"])
def test_text_of_the_journal_s_hash_wins_and_then_that_of_its_branch(
    repository: Repository, changed: str
) -> None:
    old, _new = two_texts(repository)
    kept = journaled(old + changed, "old" if changed else "new")
    search = SourceSearch(repository.folder, [repository.versions], kept=lambda _id: kept)
    found = search.find(["feat1"])["feat1"]
    assert found.source == old.encode()


def test_parents_come_from_where_the_child_was_found(repository: Repository) -> None:
    two_texts(repository)
    repository.git("checkout", "-q", "old")
    repository.write("feat2", "feat1")
    repository.commit()
    repository.git("checkout", "-q", "main")
    search = SourceSearch(repository.folder, [repository.versions])
    assert search.find(["feat2"])["feat2"].place == "git:old"
    assert search.find(["feat1"])["feat1"].place == "git:old"


def test_upstream_is_named_rather_than_a_branch_off_it(repository: Repository) -> None:
    repository.write("main2", "main1")
    repository.commit(date="2026-01-05T00:00:00Z")
    repository.git("checkout", "-q", "-b", "zzz")
    repository.commit(date="2026-03-01T00:00:00Z")
    repository.git("checkout", "-q", "--detach", "main~1")
    search = SourceSearch(repository.folder, [repository.versions], upstreams=["main"])
    assert search.find(["main2"])["main2"].place == "git:main"


def test_branch_and_tag_of_one_name_are_told_apart(repository: Repository) -> None:
    repository.branch("v1", "feat1")
    repository.git("tag", "v1", "main")
    found = place(repository, "feat1")
    assert found == "git:heads/v1"
    assert repository.git("cat-file", "-e", f"heads/v1:{VERSIONS}/feat1.py") == ""


# How long


def test_time_that_is_over_ends_the_search_and_keeps_what_was_found(
    repository: Repository,
) -> None:
    repository.branch("feature", "feat1")
    search = SourceSearch(repository.folder, [repository.versions], budget=0.0)
    assert search.find(["feat1"]) == {}
    assert search.problem is not None
    assert search.problem.reason == "timeout"


def test_what_was_searched_is_told_in_order(repository: Repository) -> None:
    repository.branch("feature", "feat1")
    repository.git("tag", "v1")
    search = SourceSearch(repository.folder, [repository.versions])
    assert search.find(["nowhere"]) == {}
    assert search.problem is None
    listed = list(search.searched)
    assert listed[:3] == ["the working tree", "2 branches", "1 tags"]
    assert f"all commits to {VERSIONS}" in listed
    assert listed[-2:] == ["all their other Python files", "unreachable files"]


def test_many_branches_are_searched_in_bulk(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = repository.git("rev-parse", "main")
    packed = "".join(f"{commit} refs/heads/b{number}\n" for number in range(3000))
    (repository.folder / ".git" / "packed-refs").write_text(
        f"# pack-refs with: peeled fully-peeled sorted \n{''.join(sorted(packed.splitlines(True)))}"
    )
    repository.branch("feature", "feat1")
    calls = counted_git(tmp_path / "bin", monkeypatch)
    assert place(repository, "feat1") == "git:feature"
    assert 0 < len(calls.read_text().splitlines()) < 30


def counted_git(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git before the real one in the PATH; the file that has a line for each call."""
    folder.mkdir()
    real, calls = shutil.which("git"), folder / "calls"
    (folder / "git").write_text(f'#!/bin/sh\necho "$1" >> {calls}\nexec {real} "$@"\n')
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return calls


def test_broken_object_database_is_no_crash(repository: Repository) -> None:
    repository.branch("feature", "feat1")
    blob = repository.git("rev-parse", f"feature:{VERSIONS}/feat1.py")
    lost = repository.folder / ".git" / "objects" / blob[:2] / blob[2:]
    lost.unlink()
    assert find(repository, "feat1") is None


def test_folder_that_vanished_is_no_crash(repository: Repository) -> None:
    repository.branch("feature", "feat1")
    shutil.rmtree(repository.versions)
    found = find_sources(repository.folder, ["feat1", "main1"], [repository.versions])
    assert found.keys() == {"feat1", "main1"}
