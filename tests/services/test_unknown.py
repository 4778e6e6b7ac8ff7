"""Every other verb on a database with revisions that the checkout has not."""

from __future__ import annotations

from functools import partial

import pytest

from fidesdev.errors import (
    SourceNotFound,
    UnknownApplied,
)
from fidesdev.services import history, migrations, recovery
from tests.services.conftest import Make
from tests.services.switched import Switch, lose, steps, switched


@pytest.fixture
def switch(make: Make) -> Switch:
    """Makes a project whose database is at `aaa2`, which only branch feature has."""
    return partial(switched, make)


def test_upgrade_and_downgrade_stop_and_say_where_it_is(switch: Switch) -> None:
    project, _ = switch()
    for move in (migrations.upgrade, migrations.downgrade):
        with pytest.raises(UnknownApplied) as caught:
            move(project.workspace, "comm")
        assert caught.value.facts["sources"] == {"aaa2": "git:feature"}
        assert "aaa2 (git:feature)" in str(caught.value)
        assert "'fidesdev db sync'" in (caught.value.hint or "")
    assert project.rows() == {"aaa2"}


def test_goto_passes_through_the_recovered_steps(switch: Switch) -> None:
    project, _ = switch()
    report = migrations.execute(migrations.goto(project.workspace, "bbb1"))
    assert steps(report) == ["down aaa2 git:feature", "down aaa1 git:feature", "up bbb1 file"]
    assert project.tables() == {"base0", "comm", "bbb1"}


def test_goto_counts_relative_steps_from_the_unknown_row(switch: Switch) -> None:
    project, _ = switch()
    report = migrations.execute(migrations.goto(project.workspace, "-1"))
    assert report.after == {"aaa1"}
    assert project.rows() == {"aaa1"}


def test_head_is_the_head_of_the_checkout(switch: Switch) -> None:
    project, _ = switch()
    assert migrations.goto(project.workspace, "head").plan.after == {"bbb2"}
    assert migrations.goto(project.workspace, "heads").plan.after == {"bbb2"}
    assert migrations.goto(project.workspace, "comm+1").plan.after == {"bbb1"}


def test_preview_goes_on_without_what_is_lost(switch: Switch) -> None:
    project, repository = switch()
    lose(repository)
    _move, report = recovery.foreseen(project.workspace, "bbb1")
    assert report.before == {"aaa2"}
    assert report.note is not None
    assert "aaa2" in report.note
    with pytest.raises(SourceNotFound):
        migrations.goto(project.workspace, "bbb1")


def test_status_tells_place_author_and_what_is_really_pending(switch: Switch) -> None:
    project, repository = switch()
    status = history.status(project.workspace)
    (row,) = status.unknown
    assert (row.id, row.source, row.author) == ("aaa2", "git:feature", "Ann Author")
    assert row.commit == repository.git("rev-parse", "feature")
    assert row.message == "does aaa2"
    assert status.pending == ("bbb1", "bbb2")
    assert status.at_heads is False


def test_status_of_what_is_lost_is_told(switch: Switch) -> None:
    project, repository = switch()
    lose(repository)
    (row,) = history.status(project.workspace).unknown
    assert (row.id, row.source) == ("aaa2", None)


def test_listings_go_on(switch: Switch) -> None:
    project, _ = switch()
    workspace = project.workspace
    (row,) = history.current(workspace).revisions
    assert (row.id, row.parents, row.source) == ("aaa2", None, "git:feature")
    listed = history.history(workspace, applied=True).revisions
    assert [r.id for r in listed if r.applied] == ["comm", "base0"]
    assert [r.id for r in history.heads(workspace, applied=True).revisions] == ["bbb2"]
