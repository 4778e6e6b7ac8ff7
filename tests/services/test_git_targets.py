"""`git:REF` and `merge-base` on real databases and repositories."""

from __future__ import annotations

from functools import partial

import pytest

from fidesdev.errors import (
    GitUnavailable,
    UnknownRef,
    UnknownRevision,
    UpstreamMissing,
)
from fidesdev.services import migrations
from tests.repositories import Repository
from tests.services.conftest import Make
from tests.services.switched import MAIN, Switch, begin, steps, switched, sync


@pytest.fixture
def switch(make: Make) -> Switch:
    """Makes a project whose database is at `aaa2`, which only branch feature has."""
    return partial(switched, make)


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
