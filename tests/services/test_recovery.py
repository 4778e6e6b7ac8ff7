"""`sync`: databases with revisions that the checkout has not, brought back to it."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from alembic import command

from fidesdev.errors import (
    SourceNotFound,
    StepFailed,
)
from fidesdev.services import history, migrations, recovery
from tests.notation import revisions
from tests.projects import write_script
from tests.repositories import VERSIONS, Repository
from tests.services.conftest import Make
from tests.services.switched import FEATURE, MAIN, Switch, lose, steps, switched, sync


@pytest.fixture
def switch(make: Make) -> Switch:
    """Makes a project whose database is at `aaa2`, which only branch feature has."""
    return partial(switched, make)


def test_sync_unapplies_what_is_unknown_and_applies_what_is_pending(switch: Switch) -> None:
    project, _ = switch()
    report = sync(project)
    assert steps(report) == [
        "down aaa2 git:feature",
        "down aaa1 git:feature",
        "up bbb1 file",
        "up bbb2 file",
    ]
    assert report.executed
    assert report.before == {"aaa2"}
    assert report.after == {"bbb2"}
    assert project.tables() == {"base0", "comm", "bbb1", "bbb2"}
    assert project.rows() == {"bbb2"}


def test_sync_again_has_nothing_to_do(switch: Switch) -> None:
    project, _ = switch()
    sync(project)
    assert steps(sync(project)) == []


def test_sync_as_sql_renders_the_recovered_scripts_too(switch: Switch) -> None:
    project, _ = switch()
    report = migrations.render(recovery.sync(project.workspace))
    assert report.sql is not None
    dropped, created = report.sql.index('DROP TABLE "t_aaa2"'), report.sql.index('"t_bbb1"')
    assert dropped < created
    assert project.rows() == {"aaa2"}


def test_project_in_a_subfolder_of_its_repository_is_synced(make: Make, tmp_path: Path) -> None:
    project = make(FEATURE)
    around = Repository(tmp_path)
    around.git("init", "-q", "-b", "main")
    (project.root / ".fides.toml").write_text('[fidesdev]\njournal = "off"\n')
    (tmp_path / ".gitignore").write_text("*.db*\n.fidesdev\n__pycache__\n")
    place = f"git:{around.commit('all')[:10]}"
    migrations.execute(migrations.upgrade(project.workspace))
    for id_ in ("aaa1", "aaa2"):
        (project.root / VERSIONS / f"{id_}.py").unlink()
    around.commit("squashed")
    assert steps(sync(project)) == [f"down aaa2 {place}", f"down aaa1 {place}"]


def test_sync_with_nothing_unknown_is_an_upgrade(make: Make) -> None:
    project = make(MAIN)
    migrations.execute(migrations.goto(project.workspace, "comm"))
    move = recovery.sync(project.workspace)
    assert not move.destroys
    assert steps(migrations.execute(move)) == ["up bbb1 file", "up bbb2 file"]


def test_sync_leaves_no_file_behind(switch: Switch, tmp_path: Path) -> None:
    project, repository = switch()  # which ran env.py, and may have left its byte code
    before = repository.git("status", "--porcelain", "--ignored")
    sync(project)
    assert repository.git("status", "--porcelain", "--ignored") == before


def test_journal_serves_when_git_has_forgotten(switch: Switch) -> None:
    project, repository = switch(journal="auto")
    lose(repository)
    report = sync(project)
    assert steps(report)[:2] == ["down aaa2 journal", "down aaa1 journal"]
    assert project.tables() == {"base0", "comm", "bbb1", "bbb2"}


def test_lost_for_good_names_what_was_searched_and_three_ways_out(switch: Switch) -> None:
    project, repository = switch()
    lose(repository)
    with pytest.raises(SourceNotFound) as caught:
        recovery.sync(project.workspace)
    error = caught.value
    assert (error.code, error.exit_code) == ("unknown_revision", 1)
    assert error.facts["sources"] == {"aaa2": None}
    assert error.facts["missing"] == {"aaa2": "its source was found nowhere"}
    assert error.facts["searched"][:2] == ["the working tree", "1 branches"]
    for way in ("snapshot", "'fidesdev db stamp --forget aaa2'", "'alembic revision -m "):
        assert way in (error.hint or "")
    assert project.rows() == {"aaa2"}


def test_ways_out_do_what_they_say(switch: Switch) -> None:
    project, repository = switch()
    lose(repository)
    command.revision(project.alembic, "pass-through", rev_id="aaa2", splice=True, head="comm")
    report = sync(project)
    assert steps(report) == ["up bbb1 file", "up bbb2 file"]
    assert report.after == {"aaa2", "bbb2"}


def test_repository_of_another_user_is_told_with_what_git_wants(
    switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, _ = switch()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)  # where safe.directory may be "*"
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own switch for its tests
    with pytest.raises(SourceNotFound) as caught:
        recovery.sync(project.workspace)
    assert "git refuses to read" in caught.value.facts["searched"][-1]
    assert "git config --global --add safe.directory" in (caught.value.hint or "")
    assert [row.source for row in history.status(project.workspace).unknown] == [None]


def test_shallow_clone_says_that_there_may_be_more(switch: Switch, tmp_path: Path) -> None:
    project, repository = switch()
    shallow = tmp_path / "shallow"
    url = repository.folder.as_uri()
    repository.git("clone", "-q", "--depth=1", "-b", "main", url, str(shallow))
    clone = replace(project, root=shallow)
    with pytest.raises(SourceNotFound) as caught:
        recovery.sync(clone.workspace)
    assert "git fetch --unshallow" in str(caught.value)


def test_folder_without_a_repository_still_has_the_journal(make: Make) -> None:
    project = make(FEATURE)
    migrations.execute(migrations.upgrade(project.workspace))
    for id_ in ("aaa1", "aaa2"):
        (project.root / VERSIONS / f"{id_}.py").unlink()
    assert steps(sync(project)) == ["down aaa2 journal", "down aaa1 journal"]
    assert project.rows() == {"comm"}


def test_half_lost_names_what_is_missing_and_who_needs_it(switch: Switch) -> None:
    project, repository = switch()
    lose(repository)
    (project.root / "kept.py").write_text("revision = 'aaa2'\ndown_revision = 'aaa1'\n")
    with pytest.raises(SourceNotFound) as caught:
        recovery.sync(project.workspace)
    assert caught.value.facts["sources"] == {"aaa2": "working tree"}
    assert caught.value.facts["missing"].keys() == {"aaa1"}
    assert "aaa2 (working tree) needs it" in str(caught.value)


def test_other_rows_are_not_touched(switch: Switch) -> None:
    project, _ = switch(tree="base0 > comm > aaa1 > aaa2, other")
    assert project.rows() == {"aaa2", "other"}
    assert "down other git:feature" in steps(recovery.sync(project.workspace).report)
    report = migrations.execute(migrations.goto(project.workspace, "bbb1"))
    assert report.after == {"bbb1", "other"}
    assert project.tables() == {"base0", "comm", "bbb1", "other"}


def test_failing_recovered_step_is_told_and_rolled_back(switch: Switch) -> None:
    project, repository = switch()
    repository.git("checkout", "-q", "feature")
    (aaa1,) = (revision for revision in revisions(FEATURE) if revision.id == "aaa1")
    write_script(project.root, aaa1, down="op.execute('SELECT nope')")
    repository.commit(date="2026-01-03T00:00:00Z")
    repository.git("checkout", "-q", "main")
    with pytest.raises(StepFailed) as caught:
        sync(project)
    assert caught.value.facts["revision"] == "aaa1"
    assert caught.value.facts["path"] == f"{VERSIONS}/aaa1.py"
    assert caught.value.facts["line"] is not None
    assert project.rows() == set(caught.value.facts["now"])


def test_edited_revision_is_taken_from_the_newest_branch_and_it_is_said(switch: Switch) -> None:
    project, repository = switch()
    repository.git("checkout", "-q", "-b", "edited", "feature")
    path = repository.versions / "aaa1.py"
    path.write_text(path.read_text() + "# edited\n")
    repository.commit(date="2026-03-01T00:00:00Z")
    repository.git("checkout", "-q", "main")
    move = recovery.sync(project.workspace)
    places = {step.revision: step.source for step in move.report.steps}
    assert places["aaa1"] == places["aaa2"]
    (row,) = history.status(project.workspace).unknown
    assert row.source in {"git:edited", "git:feature"}
