"""Joining heads: which ones, what is looked at before, and what stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import AmbiguousRevision, AutogenerateRefused
from fidesdev.services import authoring
from tests.branches import Branches, make_branches
from tests.projects import Project, make_project, tables

ADD = "op.execute('ALTER TABLE t_aaa1 ADD COLUMN {} INTEGER')"


def forked(
    root: Path, url: DatabaseUrl | None = None, *, left: str = "", right: str = ""
) -> Project:
    """Two heads; what their upgrades do besides making a table."""
    project = make_project(root, "aaa1 > left, aaa1 > right", url)
    for id_, up in (("left", left), ("right", right)):
        if up:
            project.break_step(id_, up=up)
    return project


def test_heads_of_one_lineage_are_joined(tmp_path: Path) -> None:
    project = forked(tmp_path / "p")

    report = authoring.merge_heads(project.workspace)

    assert report.parents == ("left", "right")
    assert report.executed
    assert project.workspace.graph.heads == {report.revision}
    assert not report.overlaps


def test_lineages_and_labels_are_not_joined_unless_named(tmp_path: Path) -> None:
    tree = "root > one1, root > two1, one1 @ one, two1 @ two, other"
    project = make_project(tmp_path / "p", tree)

    report = authoring.merge_heads(project.workspace)

    assert not report.executed
    assert "independent branches" in (report.note or "")
    named = authoring.merge_heads(project.workspace, revs=("one1", "two@head"))
    assert named.parents == ("one1", "two1")
    assert project.workspace.graph.heads == {named.revision, "other"}


def test_several_lineages_with_several_heads_have_to_be_named(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", "a001 > a002, a001 > a003, b001 > b002, b001 > b003")

    with pytest.raises(AmbiguousRevision) as error:
        authoring.merge_heads(project.workspace)

    assert error.value.facts["candidates"] == ["a002 a003", "b002 b003"]


def test_conflict_writes_nothing_unless_forced(tmp_path: Path) -> None:
    project = forked(tmp_path / "p", left=ADD.format("x"), right=ADD.format("x"))
    files = set((project.root / "migrations" / "versions").iterdir())

    report = authoring.merge_heads(project.workspace)

    assert report.has_conflict
    assert not report.executed
    assert set((project.root / "migrations" / "versions").iterdir()) == files
    (conflict,) = (one for one in report.overlaps if one.conflict)
    assert (conflict.kind, conflict.name) == ("column", "t_aaa1.x")
    assert {contact.revision for contact in conflict.contacts} == {"left", "right"}
    assert authoring.merge_heads(project.workspace, force=True).executed


def test_verified_order_that_is_no_matter(tmp_path: Path, url: DatabaseUrl | None) -> None:
    project = forked(tmp_path / "p", url, left=ADD.format("x"), right=ADD.format("y"))

    report = authoring.merge_heads(project.workspace, verified=True, dry_run=True)

    assert report.verification is not None
    assert report.verification.orders == (("left", "right"), ("right", "left"))
    assert report.verification.differences == ()
    assert [(one.kind, one.name) for one in report.overlaps] == [("table", "t_aaa1")]
    assert not tables(project.url), "the project's own database was not touched"


def test_verified_order_that_matters(tmp_path: Path, database: DatabaseUrl) -> None:
    """Neither operation names the other's type, so that only running both tells."""
    value = "op.execute('CREATE TABLE IF NOT EXISTS once (v {})')"
    project = forked(
        tmp_path / "p", database, left=value.format("integer"), right=value.format("text")
    )

    report = authoring.merge_heads(project.workspace, verified=True)

    assert report.verification is not None
    assert report.verification.differences == (
        "only left then right: column public.once.v integer",
        "only right then left: column public.once.v text",
    )
    assert not report.executed
    assert scratch_databases(project) == []


def test_scratch_databases_are_dropped_when_a_step_fails(
    tmp_path: Path, database: DatabaseUrl
) -> None:
    project = forked(tmp_path / "p", database, right="1 / 0")

    report = authoring.merge_heads(project.workspace, verified=True)

    assert report.verification is not None
    assert "up right failed" in report.verification.differences[0]
    assert scratch_databases(project) == []


def test_own_side_is_better_rebased(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1 > mmm2", "aaa1 > bbb1")

    report = authoring.merge_heads(branches.workspace, dry_run=True)

    assert report.advice == (
        "mmm2 (2 revisions) is not on main: 'fidesdev db rebase' puts it on top instead, "
        "without a merge revision."
    )


@pytest.mark.parametrize(
    ("applied", "reason"), [("aaa1", "mmm1 is pending"), ("base", "aaa1, mmm1 is pending")]
)
def test_autogenerate_refuses_a_database_that_is_behind(
    tmp_path: Path, applied: str, reason: str
) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1")
    branches.goto(applied)

    assert reason in refusal(branches)


def test_autogenerate_needs_a_database_at_the_heads(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1")
    branches.upgrade()

    planned = authoring.revision(branches.workspace, "more", autogenerate=True, dry_run=True)

    assert planned.parents == ("mmm1",)


def test_autogenerate_refuses_what_the_checkout_has_not(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1")
    branches.upgrade()
    branches.file("mmm1").unlink()

    assert "mmm1, which no file of this checkout has" in refusal(branches)


def test_autogenerate_refuses_a_database_that_skipped_something(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "aaa1", "aaa1 > mmm1", "aaa1 > bbb1")
    branches.upgrade("mmm1")
    text = branches.file("mmm1").read_text()
    branches.file("mmm1").write_text(text.replace("'aaa1'", "'bbb1'"))

    assert "bbb1 counts as applied and never was" in refusal(branches)


def refusal(branches: Branches) -> str:
    """Why autogenerate is refused, with nothing written."""
    before = branches.texts()
    with pytest.raises(AutogenerateRefused) as error:
        authoring.revision(branches.workspace, "more", autogenerate=True)
    assert error.value.exit_code == 5
    assert branches.texts() == before
    return str(error.value)


def scratch_databases(project: Project) -> list[tuple[object, ...]]:
    """The databases that were made beside the project's own."""
    pattern = f"{project.url.database}_scratch%"
    return project.sql(f"SELECT datname FROM pg_database WHERE datname LIKE '{pattern}'")
