"""Writing the version table alone: what is forgotten is told, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.errors import UnknownRow
from fidesdev.services import migrations, stamping
from tests.projects import Project
from tests.services.conftest import Make

FORK = "base0 > comm > aaa1 > aaa2, comm > bbb1 > bbb2"
DEPENDS = "aaa0 > aaa1 > aaa2 > aaa3, bbb0 > bbb1 > bbb2 > bbb3, bbb2 ~ aaa1"


def goto(project: Project, rev: str) -> None:
    migrations.execute(migrations.goto(project.workspace, rev))


def remove(project: Project, *ids: str) -> None:
    for id_ in ids:
        Path(project.root, f"migrations/versions/{id_}.py").unlink()


def test_stamp_forwards_forgets_nothing(make: Make) -> None:
    project = make(FORK)
    goto(project, "comm")
    report = stamping.stamp(project.workspace, "aaa2")
    assert report.before == {"comm"}
    assert report.after == {"aaa2"}
    assert report.forgotten == set()


def test_stamp_backwards_tells_what_it_forgets(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    report = stamping.stamp(project.workspace, "comm", dry_run=True)
    assert report.after == {"comm"}
    assert report.forgotten == {"aaa1", "aaa2"}
    assert project.rows() == {"aaa2"}


def test_stamp_of_a_dependency_forgets_no_branch(make: Make) -> None:
    """Alembic's own stamp leaves {aaa1} here: four revisions of the other branch are gone."""
    project = make(DEPENDS)
    goto(project, "bbb3")
    report = stamping.stamp(project.workspace, "aaa1")
    assert report.after == {"bbb3"}
    assert report.forgotten == set()
    assert project.rows() == {"bbb3"}


def test_stamp_below_a_dependency_tells_the_dependents_that_fall(make: Make) -> None:
    project = make(DEPENDS)
    goto(project, "bbb3")
    report = stamping.stamp(project.workspace, "aaa0")
    assert report.after == project.rows() == {"aaa0", "bbb1"}
    assert report.forgotten == {"aaa1", "bbb2", "bbb3"}


def test_unknown_row_of_the_same_lineage_is_replaced_when_its_source_is_known(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    remove(project, "aaa2")
    report = stamping.stamp(project.workspace, "comm")
    assert report.after == {"comm"}
    assert report.forgotten == {"aaa1", "aaa2"}


def test_unknown_row_of_another_lineage_stays(make: Make) -> None:
    project = make("base0 > more, other > late")
    goto(project, "late")
    goto(project, "more")
    remove(project, "late")
    report = stamping.stamp(project.workspace, "base0")
    assert report.after == {"base0", "late"}
    assert report.forgotten == {"more"}


def test_forget_removes_exactly_that_row(make: Make) -> None:
    project = make("base0 > more, other")
    goto(project, "other")
    goto(project, "more")
    report = stamping.forget(project.workspace, "more")
    assert report.after == project.rows() == {"other"}
    assert report.forgotten == {"base0", "more"}
    assert project.tables() == {"base0", "more", "other"}


def test_forget_of_a_row_that_nobody_knows(make: Make) -> None:
    project = make(FORK)
    goto(project, "bbb2")
    project.sql("INSERT INTO alembic_version VALUES ('gone')")
    dry = stamping.forget(project.workspace, "gone", dry_run=True)
    assert dry.after == {"bbb2"}
    assert dry.forgotten == {"gone"}
    assert not dry.executed
    stamping.forget(project.workspace, "gone")
    assert project.rows() == {"bbb2"}


def test_forget_of_a_redundant_row_forgets_nothing(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa1")
    project.sql("INSERT INTO alembic_version VALUES ('comm')")
    assert stamping.forget(project.workspace, "comm").forgotten == set()
    assert project.rows() == {"aaa1"}


def test_forget_of_a_revision_without_a_row_is_an_error(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    with pytest.raises(UnknownRow) as caught:
        stamping.forget(project.workspace, "comm")
    assert caught.value.facts == {"row": "comm", "rows": ["aaa2"]}
    assert project.rows() == {"aaa2"}
