"""Rebases: what moves where, in which state of git and database, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.core.rebase_reports import DatabaseMoves, MovedRevision
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import (
    AmbiguousRevision,
    DatabaseUnavailable,
    GraphError,
    ParentsSkipped,
    SeveralHeadsLeft,
    UpstreamAhead,
    UpstreamMissing,
)
from fidesdev.services import doctor, history, rebasing
from tests.branches import make_branches, on, parents, rebased


def test_report_names_files_and_database(tmp_path: Path, database: DatabaseUrl) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1", "aaa1 > bbb1", url=database)
    branches.upgrade("mmm1")

    report = rebasing.execute(rebasing.plan(branches.workspace))

    path = "migrations/versions/mmm1.py"
    assert report.onto == "bbb1"
    assert report.moved == (MovedRevision("mmm1", path, ("aaa1",), ("bbb1",)),)
    assert report.database == DatabaseMoves(("mmm1",), ("bbb1", "mmm1"))
    assert branches.project.tables() == {"aaa1", "bbb1", "mmm1"}
    assert branches.repository.git("diff", "--cached") == "", "nothing is staged"


def test_plan_changes_nothing(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1", "aaa1 > bbb1")
    branches.upgrade("mmm1")
    texts, url = branches.texts(), branches.project.url
    data = Path(url.database).read_bytes()

    report = rebasing.plan(branches.workspace).report

    assert not report.executed
    assert (branches.texts(), Path(url.database).read_bytes()) == (texts, data)


def test_database_without_own_revisions_is_left_alone(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1", "aaa1 > bbb1")
    branches.upgrade("aaa1")

    assert rebased(branches).database is None
    assert branches.project.rows() == {"aaa1"}


def test_database_that_does_not_exist_needs_no_move(tmp_path: Path, server: DatabaseUrl) -> None:
    url = server.with_database("fidesdev_test_there_is_none")
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1", "aaa1 > bbb1", url=url)

    assert rebased(branches).database is None
    assert parents(branches)["mmm1"] == ("bbb1",)


def test_unreachable_database_refuses_unless_files_only(tmp_path: Path) -> None:
    url = DatabaseUrl("postgresql", "nobody", host="127.0.0.1", port=9, user="x")
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1", "aaa1 > bbb1", url=url)
    texts = branches.texts()

    with pytest.raises(DatabaseUnavailable) as error:
        rebasing.plan(branches.workspace)

    assert "--files-only" in (error.value.hint or "")
    assert branches.texts() == texts
    rebased(branches, files_only=True)
    assert parents(branches)["mmm1"] == ("bbb1",)


def test_files_only_leaves_a_note_until_the_database_followed(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1", "aaa1 > bbb1")
    branches.upgrade("mmm1")

    rebased(branches, files_only=True)

    assert branches.project.tables() == {"aaa1", "mmm1"}, "bbb1 counts as applied, and is not"
    (left,) = history.status(branches.workspace).unsettled
    assert left.revision == "mmm1"
    assert left.message.startswith("mmm1 was moved from aaa1 in its file alone")
    assert "unsettled_rebase" in {one.code for one in doctor.examine(branches.workspace).findings}
    rebased(branches)
    assert branches.project.tables() == {"aaa1", "bbb1", "mmm1"}
    assert history.status(branches.workspace).unsettled == ()


def test_revision_repointed_by_hand_is_applied_on_what_it_skipped(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1 > mmm2", "aaa1 > bbb1 > bbb2")
    branches.upgrade("mmm2")
    branches.write(on(branches, "mmm1", "bbb2"))

    made = rebased(branches)

    assert made.moved == (), "the files say already what they should"
    assert made.report.database == DatabaseMoves(("mmm2", "mmm1"), ("bbb1", "bbb2", "mmm1", "mmm2"))
    assert made.notes[-1].startswith("mmm1 was re-pointed after it had been applied")
    assert branches.project.tables() == {"aaa1", "bbb1", "bbb2", "mmm1", "mmm2"}
    assert rebasing.plan(branches.workspace).is_empty


def test_published_revision_that_skipped_its_parent_is_for_the_doctor(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1 > bbb1", "bbb1 > mmm1", merge=False)
    branches.upgrade("mmm1")
    repository = branches.repository
    repository.git("checkout", "-q", "main")
    branches.add("aaa1 > aaa2")
    branches.write(on(branches, "bbb1", "aaa2"))
    repository.commit("put something below")
    repository.git("checkout", "-q", "feature")
    repository.git("merge", "-q", "--no-edit", "main")

    with pytest.raises(ParentsSkipped, match="aaa2"):
        rebasing.plan(branches.workspace)


def test_upstream_that_is_not_merged_is_asked_for_first(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1", "aaa1 > bbb1", merge=False)

    with pytest.raises(UpstreamAhead) as error:
        rebasing.plan(branches.workspace)

    assert error.value.facts == {"ref": "main", "missing": ["bbb1"]}


def test_without_own_revisions_there_is_nothing_to_do(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "", "aaa1 > bbb1")

    made = rebased(branches)

    assert made.is_empty
    assert made.notes == ("Every revision of this checkout is on main.",)


def test_without_upstream_nobody_can_tell(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1")
    branches.repository.git("branch", "-m", "main", "trunk")

    with pytest.raises(UpstreamMissing):
        rebasing.plan(branches.workspace)
    assert rebasing.plan(branches.workspace, upstream="trunk").is_empty


def test_each_labelled_branch_goes_onto_its_own_head(tmp_path: Path) -> None:
    shared = "root > one1, root > two1, one1 @ one, two1 @ two"
    branches = make_branches(
        tmp_path / "p", shared, "one1 > own1, two1 > own2", "one1 > one2, two1 > two2"
    )
    branches.upgrade("heads")

    rebased(branches)

    assert parents(branches)["own1"] == ("one2",)
    assert parents(branches)["own2"] == ("two2",)
    assert branches.workspace.graph.heads == {"own1", "own2"}
    assert branches.project.rows() == {"own1", "own2"}


def test_own_revision_below_two_labels_has_to_be_told(tmp_path: Path) -> None:
    shared = "root > one1, root > two1, one1 @ one, two1 @ two"
    branches = make_branches(tmp_path / "p", shared, "root > own1")

    with pytest.raises(AmbiguousRevision):
        rebasing.plan(branches.workspace)
    rebased(branches, onto="one1")
    assert parents(branches)["own1"] == ("one1",)


def test_fork_within_own_revisions_becomes_a_line(tmp_path: Path) -> None:
    own = "aaa1 > own1 > left1 > left2, own1 > right"
    branches = make_branches(tmp_path / "p", "aaa1", own, "aaa1 > bbb1")
    branches.upgrade("right")

    rebased(branches)

    assert parents(branches)["own1"] == ("bbb1",)
    assert parents(branches)["right"] == ("left2",)
    everything = {"aaa1", "bbb1", "own1", "left1", "left2", "right"}
    assert branches.project.tables() == everything, "what it stands on now is applied too"
    assert rebasing.plan(branches.workspace).is_empty


def test_onto_an_own_revision_moves_what_stands_beside_it(tmp_path: Path) -> None:
    own = "aaa1 > own1, aaa1 > own2"
    branches = make_branches(tmp_path / "p", "aaa1", own, "aaa1 > bbb1")
    branches.upgrade("own1")
    branches.upgrade("own2")

    rebased(branches, onto="own2")

    assert parents(branches)["own1"] == ("own2",)
    assert parents(branches)["own2"] == ("aaa1",), "what it stands on was not asked for"
    assert branches.project.rows() == {"own1"}


def test_onto_what_upstream_has_left_behind_is_refused(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1", "aaa1 > bbb1 > bbb2")

    with pytest.raises(SeveralHeadsLeft) as error:
        rebasing.plan(branches.workspace, onto="bbb1")

    assert error.value.facts["heads"] == ["bbb2", "mmm1"]


def test_published_revision_on_an_own_one_is_refused(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1", "aaa1 > bbb1")
    branches.write(on(branches, "bbb1", "mmm1"))

    with pytest.raises(GraphError, match=r"git checkout main -- .*bbb1"):
        rebasing.plan(branches.workspace)
