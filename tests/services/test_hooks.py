"""Installing, looking at and removing hooks, as reports, in real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.config import Flags
from fidesdev.core.hooks import HOOKS, Change, HooksChanged, State
from fidesdev.errors import ConfigError, GitUnavailable, UsageError
from fidesdev.services.authoring import revision
from fidesdev.services.hooks import install, refresh_head_file, status, uninstall
from fidesdev.services.workspace import Workspace, open_workspace
from tests.projects import make_project
from tests.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with the project in its top folder."""
    root = tmp_path / "project"
    make_project(root, "base0 > main1")
    made = Repository(root)
    made.git("init", "-q", "-b", "main")
    return made


def opened(folder: Path) -> Workspace:
    return open_workspace(environ={}, cwd=folder)


def changes(report: HooksChanged) -> dict[str, Change]:
    return {change.hook: change.change for change in report.hooks}


def states(folder: Path) -> dict[str, State]:
    return {one.hook: one.state for one in status(opened(folder)).hooks}


def contents(folder: Path) -> dict[str, bytes]:
    hooks = folder / ".git" / "hooks"
    return {path.name: path.read_bytes() for path in hooks.iterdir()}


def test_install_twice_is_install_once_and_uninstall_leaves_nothing(repository: Repository) -> None:
    folder = repository.folder
    before = contents(folder)
    assert states(folder) == dict.fromkeys(HOOKS, State.ABSENT)
    assert set(changes(install(opened(folder))).values()) == {Change.CREATED}
    once = contents(folder)
    assert set(changes(install(opened(folder))).values()) == {Change.UNCHANGED}
    assert contents(folder) == once
    assert set(states(folder).values()) == {State.INSTALLED}
    assert set(changes(uninstall(opened(folder))).values()) == {Change.DELETED}
    assert contents(folder) == before
    assert set(changes(uninstall(opened(folder))).values()) == {Change.UNCHANGED}


def test_dry_runs_say_the_same_and_change_nothing(repository: Repository) -> None:
    folder = repository.folder
    before = contents(folder)
    report = install(opened(folder), head_file=True, dry_run=True)
    assert (set(changes(report).values()), report.executed) == ({Change.CREATED}, False)
    assert report.head_file
    assert report.head_file.change is Change.CREATED
    assert contents(folder) == before
    assert not (folder / "migrations" / "head.txt").exists()
    install(opened(folder))
    installed = contents(folder)
    assert set(changes(uninstall(opened(folder), dry_run=True)).values()) == {Change.DELETED}
    assert contents(folder) == installed


def test_only_the_hooks_named_are_installed(repository: Repository) -> None:
    assert changes(install(opened(repository.folder), ["pre-push"])) == {"pre-push": Change.CREATED}
    found = states(repository.folder)
    assert {hook for hook, state in found.items() if state is State.INSTALLED} == {"pre-push"}
    with pytest.raises(UsageError, match="no hook 'pre-pull'"):
        install(opened(repository.folder), ["pre-pull"])


def test_a_block_that_install_would_write_otherwise_is_outdated(repository: Repository) -> None:
    install(opened(repository.folder))
    (repository.folder / "other").mkdir()
    ini = repository.folder / "alembic.ini"
    ini.write_text(ini.read_text() + "version_locations = %(here)s/other\n")
    outdated = {**dict.fromkeys(HOOKS, State.OUTDATED), "pre-push": State.INSTALLED}
    assert states(repository.folder) == outdated  # a push is checked whatever it changes
    updated = {**dict.fromkeys(HOOKS, Change.UPDATED), "pre-push": Change.UNCHANGED}
    assert changes(install(opened(repository.folder))) == updated
    assert b"-- other" in contents(repository.folder)["post-checkout"]
    assert set(changes(uninstall(opened(repository.folder))).values()) == {Change.DELETED}


def test_two_projects_of_a_repository_have_a_block_each(tmp_path: Path) -> None:
    top = Repository(tmp_path)
    top.git("init", "-q")
    before = contents(tmp_path)
    for name in ("one", "it's two"):
        make_project(tmp_path / name, "base0")
        (tmp_path / name / ".fides.toml").touch()
        install(opened(tmp_path / name))
    text = contents(tmp_path)["post-checkout"].decode()
    assert text.count("# >>> fidesdev >>> ") == 2
    assert "-C one hooks run post-checkout" in text
    assert "-C 'it'\"'\"'s two' hooks run post-checkout" in text
    assert set(changes(uninstall(opened(tmp_path / "one"))).values()) == {Change.REMOVED}
    assert set(states(tmp_path / "it's two").values()) == {State.INSTALLED}
    assert set(changes(uninstall(opened(tmp_path / "it's two"))).values()) == {Change.DELETED}
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        ("#!/usr/bin/env ruby\n", 0o755, "it is no shell script; add to the hook"),
        ("#!/bin/sh\n", 0o644, "it is not executable, so that git does not run it"),
        ("#!/bin/sh\n# >>> fidesdev >>>\n", 0o755, "it has a broken block of ours"),
        ("#!/bin/sh\n# File generated by pre-commit\n", 0o755, "pre-commit writes this hook"),
    ],
)
def test_a_hook_that_is_not_for_us_is_left_alone(
    repository: Repository, content: str, mode: int, reason: str
) -> None:
    hook = repository.folder / ".git" / "hooks" / "post-merge"
    hook.write_text(content)
    hook.chmod(mode)
    report = install(opened(repository.folder), ["post-merge"])
    (change,) = report.hooks
    assert change.change is Change.BY_HAND
    assert reason in (change.note or "")
    assert "fidesdev hooks run post-merge" in (change.snippet or "")
    assert (hook.read_text(), hook.stat().st_mode & 0o777) == (content, mode)
    assert states(repository.folder)["post-merge"] is State.FOREIGN


def test_a_link_is_left_alone(repository: Repository) -> None:
    script = repository.folder / "script"
    script.write_text("#!/bin/sh\n")
    (repository.folder / ".git" / "hooks" / "pre-push").symlink_to(script)
    assert changes(install(opened(repository.folder)))["pre-push"] is Change.BY_HAND
    assert script.read_text() == "#!/bin/sh\n"


def test_lefthook_is_told_what_to_add_and_then_trusted(repository: Repository) -> None:
    config = repository.folder / "lefthook.yml"
    config.write_text("pre-push:\n  commands: {}\n")
    before = contents(repository.folder)
    report = install(opened(repository.folder))
    assert set(changes(report).values()) == {Change.BY_HAND}
    assert contents(repository.folder) == before
    config.write_text("\n".join(change.snippet or "" for change in report.hooks))
    assert set(states(repository.folder).values()) == {State.INSTALLED}
    assert set(changes(uninstall(opened(repository.folder))).values()) == {Change.BY_HAND}


def test_other_repositories_hooks_are_left_alone(repository: Repository, tmp_path: Path) -> None:
    repository.git("config", "core.hooksPath", str(tmp_path / "all"))
    report = install(opened(repository.folder))
    assert set(changes(report).values()) == {Change.BY_HAND}
    assert not (tmp_path / "all").exists()


def test_revisions_outside_of_the_repository_have_no_hooks(
    repository: Repository, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    ini = repository.folder / "alembic.ini"
    ini.write_text(ini.read_text() + f"version_locations = {tmp_path}/elsewhere\n")
    with pytest.raises(ConfigError, match="not in the repository"):
        install(opened(repository.folder))


def test_without_a_repository_there_are_no_hooks(tmp_path: Path) -> None:
    make_project(tmp_path / "p", "base0")
    with pytest.raises(GitUnavailable):
        status(opened(tmp_path / "p"))


def test_the_head_file_comes_follows_and_goes(repository: Repository) -> None:
    folder, path = repository.folder, repository.folder / "migrations" / "head.txt"
    assert refresh_head_file(opened(folder)) is None
    assert not path.exists()
    install(opened(folder), head_file=True)
    assert (path.read_text(), path.stat().st_mode & 0o111) == ("main1\n", 0)
    assert refresh_head_file(opened(folder)) is None
    repository.write("main2", "main1")
    assert status(opened(folder)).head_file_stale
    assert refresh_head_file(opened(folder)) == path
    assert path.read_text() == "main2\n"
    assert not status(opened(folder)).head_file_stale
    uninstall(opened(folder), head_file=True)
    assert status(opened(folder)).head_file is None


def test_a_new_revision_is_in_the_head_file_at_once(repository: Repository) -> None:
    folder = repository.folder
    workspace = open_workspace(Flags(database_url=f"sqlite:///{folder}/test.db"), cwd=folder)
    install(workspace, head_file=True)
    written = revision(workspace, "more")
    assert (folder / "migrations" / "head.txt").read_text() == f"{written.revision}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [('on_switch = "never"', "'ask', 'sync' or 'tell'"), ('on_swich = "ask"', "on_swich")],
)
def test_the_setting_is_one_of_three(repository: Repository, text: str, said: str) -> None:
    (repository.folder / ".fides.toml").write_text(f"[fidesdev.hooks]\n{text}\n")
    with pytest.raises(ConfigError, match=said):
        opened(repository.folder)
    (repository.folder / ".fides.toml").write_text('[fidesdev.hooks]\non_switch = "tell"\n')
    assert status(opened(repository.folder)).on_switch == "tell"
