"""Databases with revisions that the checkout has not, on real databases and repositories."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fidesdev.core.reports import MoveReport
from fidesdev.errors import (
    GitUnavailable,
    SourceNotFound,
    StepFailed,
    UnknownApplied,
    UnknownRef,
    UnknownRevision,
    UpstreamMissing,
)
from fidesdev.services import history, migrations, recovery
from tests.notation import revisions
from tests.projects import Project, write_script
from tests.repositories import VERSIONS, Repository
from tests.services.conftest import Make

Switch = Callable[..., tuple[Project, Repository]]
MAIN = "base0 > comm > bbb1 > bbb2"
FEATURE = "base0 > comm > aaa1 > aaa2"


@pytest.fixture
def switch(make: Make) -> Switch:
    """A project on branch main whose database is at `aaa2`, which only branch feature has."""

    def made(*, journal: str = "off", tree: str = FEATURE) -> tuple[Project, Repository]:
        project = make(MAIN)
        repository = begin(project, journal)
        repository.git("checkout", "-q", "-b", "feature")
        for id_ in ("bbb1", "bbb2"):
            (repository.versions / f"{id_}.py").unlink()
        for revision in revisions(tree):
            write_script(project.root, revision)
        repository.commit("add feature", date="2026-01-02T00:00:00Z")
        migrations.execute(migrations.upgrade(project.workspace))
        repository.git("checkout", "-q", "main")
        return project, repository

    return made


def begin(project: Project, journal: str = "off") -> Repository:
    repository = Repository(project.root)
    (project.root / ".fides.toml").write_text(f'[fidesdev]\njournal = "{journal}"\n')
    (project.root / ".gitignore").write_text("*.db*\n.fidesdev\n__pycache__\n")
    repository.git("init", "-q", "-b", "main")
    repository.commit("begin")
    return repository


def steps(report: MoveReport) -> list[str]:
    return [f"{step.direction} {step.revision} {step.source}" for step in report.steps]


def sync(project: Project) -> MoveReport:
    return migrations.execute(recovery.sync(project.workspace))


def lose(repository: Repository) -> None:
    """The branch and everything that leads to it is gone for good."""
    repository.git("branch", "-q", "-D", "feature")
    repository.prune()


# sync


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


def test_sync_with_nothing_unknown_is_an_upgrade(make: Make) -> None:
    project = make(MAIN)
    migrations.execute(migrations.goto(project.workspace, "comm"))
    move = recovery.sync(project.workspace)
    assert not move.destroys
    assert steps(migrations.execute(move)) == ["up bbb1 file", "up bbb2 file"]


def test_sync_leaves_no_file_behind(switch: Switch, tmp_path: Path) -> None:
    project, repository = switch()
    before = repository.git("status", "--porcelain", "--ignored")
    sync(project)
    after = repository.git("status", "--porcelain", "--ignored").splitlines()
    assert [line for line in after if "pycache" not in line] == before.splitlines()


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
    for way in ("snapshot", "db stamp --forget aaa2", "alembic revision --rev-id aaa2"):
        assert way in (error.hint or "")
    assert project.rows() == {"aaa2"}


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


# The other verbs


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
    report = recovery.preview(project.workspace, "bbb1")
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


# What git names


def test_goto_a_branch_applies_what_only_that_branch_has(switch: Switch) -> None:
    project, _ = switch()
    sync(project)
    report = migrations.execute(migrations.goto(project.workspace, "git:feature"))
    assert steps(report) == [
        "down bbb2 file",
        "down bbb1 file",
        "up aaa1 git:feature",
        "up aaa2 git:feature",
    ]
    assert project.rows() == {"aaa2"}
    assert project.tables() == {"base0", "comm", "aaa1", "aaa2"}


def test_upgrade_to_a_branch_adds_it(switch: Switch) -> None:
    project, _ = switch()
    sync(project)
    report = migrations.execute(migrations.upgrade(project.workspace, "git:feature"))
    assert report.after == {"aaa2", "bbb2"}
    assert project.tables() == {"base0", "comm", "aaa1", "aaa2", "bbb1", "bbb2"}


def test_goto_where_the_branch_is_already_does_nothing(switch: Switch) -> None:
    project, _ = switch()
    assert migrations.goto(project.workspace, "git:feature").plan.is_empty
    assert migrations.goto(project.workspace, "git:main").plan.after == {"bbb2"}


def test_merge_base_is_what_upstream_has_too(make: Make) -> None:
    project = make("base0 > comm > aaa1 > aaa2")
    repository = Repository(project.root)
    (project.root / ".gitignore").write_text("*.db*\n.fidesdev\n__pycache__\n")
    repository.git("init", "-q", "-b", "main")
    repository.git("add", "-A", ":!migrations/versions/aaa*.py")
    repository.git("commit", "-q", "-m", "main")
    repository.git("checkout", "-q", "-b", "feature")
    repository.commit("feature")
    workspace = project.workspace
    migrations.execute(migrations.goto(workspace, "head"))
    report = migrations.execute(migrations.goto(project.workspace, "merge-base"))
    assert steps(report) == ["down aaa2 file", "down aaa1 file"]
    assert project.rows() == {"comm"}
    assert migrations.goto(workspace, "merge-base-1").plan.after == {"base0"}


def test_upstream_setting_names_another_branch(switch: Switch) -> None:
    project, _ = switch()
    (project.root / ".fides.toml").write_text('[fidesdev]\nupstream = "feature"\njournal = "off"\n')
    assert migrations.goto(project.workspace, "merge-base").plan.after == {"comm"}
    (project.root / ".fides.toml").write_text('[fidesdev]\nupstream = "nope"\njournal = "off"\n')
    with pytest.raises(UpstreamMissing, match="'nope'") as caught:
        migrations.goto(project.workspace, "merge-base")
    assert caught.value.exit_code == 2
    assert "upstream" in (caught.value.hint or "")


def test_no_upstream_names_the_setting(make: Make) -> None:
    project = make(MAIN)
    begin(project).git("branch", "-q", "-m", "main", "work")
    with pytest.raises(UpstreamMissing, match="no upstream branch") as caught:
        migrations.goto(project.workspace, "merge-base")
    assert caught.value.facts["tried"] == ["origin/main", "origin/master", "main", "master"]


def test_upstream_without_any_of_our_revisions_has_no_base(switch: Switch) -> None:
    project, repository = switch()
    sync(project)
    repository.git("checkout", "-q", "--orphan", "strange")
    for file in repository.versions.glob("*.py"):
        file.unlink()
    repository.write("alien1")
    repository.commit()
    repository.git("checkout", "-q", "main")
    (project.root / ".fides.toml").write_text('[fidesdev]\nupstream = "strange"\njournal = "off"\n')
    with pytest.raises(UnknownRevision, match="strange has no revision of this checkout"):
        migrations.goto(project.workspace, "merge-base")


def test_unknown_ref_is_told(switch: Switch) -> None:
    project, _ = switch()
    with pytest.raises(UnknownRef) as caught:
        migrations.goto(project.workspace, "git:featur")
    assert caught.value.facts["nearest"] == ["feature"]


def test_git_forms_without_a_repository_are_told(make_lite: Make) -> None:
    project = make_lite(MAIN)
    for rev in ("git:main", "merge-base"):
        with pytest.raises(GitUnavailable) as caught:
            migrations.goto(project.workspace, rev)
        assert (caught.value.exit_code, caught.value.reason) == (4, "no_repository")
