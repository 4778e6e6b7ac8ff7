"""git calls the hooks, the hooks call fidesdev, and the database follows the checkout."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import at_terminal
from tests.db.catalog import catalog
from tests.hooked import Hooked, git_environment, make_hooked
from tests.projects import untimed

EMPTY_PATH = "/usr/bin:/bin"


def test_a_switch_back_and_forth_leaves_the_schema_of_each_branch(synced: Hooked) -> None:
    there = synced.git("switch", "side")
    assert there.code == 0
    assert "Done: upgraded 1. The database is at side1." in untimed(there.err)
    assert synced.project.tables() == {"base0", "main1", "side1"}
    back = untimed(synced.git("switch", "main").err)
    assert "Done: downgraded 1. The database is at main1." in back
    assert synced.project.tables() == {"base0", "main1"}


def test_on_postgresql_the_schema_equals_a_fresh_one(tmp_path: Path, database: DatabaseUrl) -> None:
    hooked = make_hooked(tmp_path / "project", database)
    hooked.install()
    hooked.on_switch("sync")
    hooked.git("switch", "-q", "-c", "other")
    hooked.revision("other1", "main1")
    fresh = catalog(database.render())
    assert hooked.fidesdev("db", "upgrade").code == 0
    for branch, tables in (("side", {"side1"}), ("main", set()), ("other", {"other1"})):
        assert hooked.git("switch", branch).code == 0
        assert hooked.project.tables() == {"base0", "main1"} | tables
    moved = catalog(database.render())
    assert hooked.fidesdev("db", "downgrade", "base", "--yes").code == 0
    assert hooked.fidesdev("db", "upgrade").code == 0
    assert catalog(database.render()) == moved != fresh


def test_a_merge_applies_what_it_brought(synced: Hooked) -> None:
    merged = synced.git("merge", "side")
    assert "The database is at side1." in merged.err
    assert synced.project.tables() == {"base0", "main1", "side1"}


def test_a_real_merge_and_a_squash_are_followed_too(synced: Hooked) -> None:
    synced.git("commit", "-qm", "apart", "--allow-empty")
    assert "side1" in synced.git("merge", "--no-edit", "side").err
    assert synced.project.tables() == {"base0", "main1", "side1"}
    synced.git("reset", "-q", "--hard", "HEAD~1")
    assert synced.fidesdev("db", "sync", "--yes").code == 0
    assert "side1" in synced.git("merge", "--squash", "side").err
    assert synced.project.tables() == {"base0", "main1", "side1"}


def test_every_worktree_has_the_hooks_and_its_own_checkout(synced: Hooked, tmp_path: Path) -> None:
    second = replace(synced, folder=tmp_path / "second")
    added = synced.git("worktree", "add", "-q", "-b", "more", str(second.folder))
    assert added.code == 0
    (second.folder / ".fides.toml").write_text((synced.folder / ".fides.toml").read_text())
    assert "The database is at side1." in second.git("switch", "--detach", "side").err
    assert synced.project.tables() == {"base0", "main1", "side1"}
    states = second.fidesdev("hooks", "status", "--json").json["data"]["hooks"]
    assert {state["state"] for state in states} == {"installed"}


def test_hooks_in_the_tree_work_where_path_has_the_program(tmp_path: Path) -> None:
    hooked = make_hooked(tmp_path / "project")
    hooked.git("config", "core.hooksPath", ".githooks")
    hooked.install()
    hooked.on_switch("tell")
    text = (hooked.folder / ".githooks" / "post-checkout").read_text()
    assert "\n    if command -v fidesdev" in text
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "fidesdev").write_text('#!/bin/sh\necho "called with: $*" >&2\n')
    (programs / "fidesdev").chmod(0o755)
    switched = hooked.git("switch", "side", PATH=f"{programs}:{EMPTY_PATH}")
    assert "called with: hooks run post-checkout " in switched.err


def test_husky_runs_what_is_in_its_folder(tmp_path: Path) -> None:
    hooked = make_hooked(tmp_path / "project")
    own = hooked.folder / ".husky" / "_"
    own.mkdir(parents=True)
    (own / "post-checkout").write_text('#!/bin/sh\nsh -e "$(dirname "$0")/../post-checkout" "$@"\n')
    (own / "post-checkout").chmod(0o755)
    hooked.git("config", "core.hooksPath", ".husky/_")
    theirs = hooked.folder / ".husky" / "post-checkout"
    theirs.write_text("echo theirs >&2\n")
    assert hooked.install().out.count("Created") == 3
    hooked.on_switch("tell")
    switched = hooked.git("switch", "side", PATH=EMPTY_PATH)
    assert switched.code == 0
    assert "fidesdev was not found" in switched.err
    assert switched.err.rstrip().endswith("theirs")
    assert hooked.fidesdev("hooks", "uninstall").code == 0
    assert theirs.read_text() == "echo theirs >&2\n"
    assert sorted(path.name for path in theirs.parent.iterdir()) == ["_", "post-checkout"]


@pytest.mark.parametrize(
    "content",
    [
        b"#!/bin/sh\necho theirs $1 $2 $3 >&2\n",
        b"#!/bin/sh -eu\necho theirs $1 $2 $3 >&2\nexit 0",
        b"#!/usr/bin/env bash\nset -euo pipefail\n[[ $3 == 1 ]]\necho theirs $1 $2 $3 >&2\n",
        b"echo theirs $1 $2 $3\r\n",
    ],
    ids=["sh", "strict", "bash", "crlf"],
)
def test_a_hook_that_was_there_still_does_its_work(tmp_path: Path, content: bytes) -> None:
    hooked = make_hooked(tmp_path / "project")
    hook = hooked.hooks / "post-checkout"
    hook.write_bytes(content)
    hook.chmod(0o751)
    before = hooked.git("switch", "side")
    hooked.git("switch", "-q", "main")
    assert "Added to post-checkout" in hooked.install().out
    hooked.on_switch("sync")
    after = hooked.git("switch", "side")
    theirs = [line for line in before.err.splitlines() if "theirs" in line]
    assert theirs
    assert theirs == [line for line in after.err.splitlines() if "theirs" in line]
    assert "The database is at side1." in after.err
    assert after.code == before.code
    assert hooked.fidesdev("hooks", "uninstall").code == 0
    assert (hook.read_bytes(), hook.stat().st_mode & 0o777) == (content, 0o751)
    assert not (hooked.hooks / "pre-push").exists()


def test_a_failing_hook_of_others_still_fails(synced: Hooked) -> None:
    hook = synced.hooks / "pre-commit"
    hook.write_text(hook.read_text() + "echo theirs; exit 7\n")
    assert synced.git("commit", "-qm", "x", "--allow-empty").code == 1


def test_a_hook_in_another_language_is_left_alone(tmp_path: Path) -> None:
    hooked = make_hooked(tmp_path / "project")
    hook = hooked.hooks / "pre-push"
    hook.write_text("#!/usr/bin/env python3\nimport sys\n")
    hook.chmod(0o755)
    out = hooked.install().out
    assert "By hand: pre-push (it is no shell script; add to the hook)" in out
    assert 'fidesdev hooks run pre-push "$@"' in out
    assert hook.read_text() == "#!/usr/bin/env python3\nimport sys\n"


def test_asked_at_the_terminal_it_does_what_is_answered(hooked: Hooked) -> None:
    assert hooked.fidesdev("db", "upgrade").code == 0
    question = "Go on?"
    _code, screen = switch_at_terminal(hooked, "side", {question: "n\n"})
    assert "applies 1 revision" in screen
    assert "Do it with 'fidesdev db sync'." in screen
    assert hooked.project.tables() == {"base0", "main1"}
    hooked.git("switch", "-q", "main")
    code, screen = switch_at_terminal(hooked, "side", {question: "y\n"})
    assert code == 0
    assert "The database is at side1." in screen
    assert hooked.project.tables() == {"base0", "main1", "side1"}
    _code, screen = switch_at_terminal(hooked, "main", {question: "n\n"})
    assert "loses table t_side1 (0 rows)" in screen


def test_without_a_terminal_one_line_says_what_to_type(hooked: Hooked) -> None:
    assert hooked.fidesdev("db", "upgrade").code == 0
    told = hooked.git("switch", "side").err.splitlines()
    sync = "applies 1 revision. Do it with 'fidesdev db sync'."
    assert told[1:] == [f"fidesdev: bringing the database to this checkout {sync}"]
    assert hooked.project.tables() == {"base0", "main1"}


def test_a_database_that_does_not_answer_does_not_stop_git(tmp_path: Path) -> None:
    nobody = DatabaseUrl("postgresql", "gone", host="127.0.0.1", port=1, user="nobody")
    hooked = make_hooked(tmp_path / "project", nobody)
    hooked.install()
    hooked.on_switch("sync")
    switched = hooked.git("switch", "side")
    assert switched.code == 0
    assert switched.err.count("fidesdev: ") == 1


def test_a_step_that_fails_does_not_stop_git(synced: Hooked) -> None:
    synced.git("switch", "-q", "side", FIDESDEV_HOOKS="off")
    script = synced.folder / "migrations" / "versions" / "side1.py"
    script.write_text(script.read_text().replace("def upgrade():\n", "def upgrade():\n    1 / 0\n"))
    synced.git("commit", "-qam", "break", FIDESDEV_HOOKS="off")
    synced.git("switch", "-q", "main", FIDESDEV_HOOKS="off")
    switched = synced.git("switch", "side")
    assert switched.code == 0
    assert "fidesdev: up side1 failed" in switched.err
    assert synced.project.tables() == {"base0", "main1"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("-c", "fidesdev.hooks=off", "switch", "side"),
        ("-c", "core.hooksPath=/dev/null", "switch", "side"),
        ("checkout", "side", "--", "migrations"),
        ("switch", "-c", "new"),
    ],
)
def test_nothing_happens_where_it_should_not(synced: Hooked, arguments: tuple[str, ...]) -> None:
    assert "fidesdev" not in synced.git(*arguments).err
    assert synced.project.tables() == {"base0", "main1"}


def test_the_variable_switches_all_hooks_off(synced: Hooked) -> None:
    assert "database" not in synced.git("switch", "side", FIDESDEV_HOOKS="off").err
    synced.write("side2", "main1")
    synced.git("add", "-A")
    assert synced.git("commit", "-qm", "two heads", FIDESDEV_HOOKS="off").code == 0


def test_a_rebase_is_left_alone(synced: Hooked) -> None:
    synced.git("switch", "-q", "side", FIDESDEV_HOOKS="off")
    synced.git("switch", "-q", "main", FIDESDEV_HOOKS="off")
    synced.revision("main2", "main1")
    synced.git("switch", "-q", "side", FIDESDEV_HOOKS="off")
    rebased = synced.git("rebase", "main")
    assert rebased.code == 0, rebased.err
    assert "The database" not in rebased.err
    assert synced.project.tables() == {"base0", "main1"}


def test_a_program_that_is_gone_is_told_in_one_line(synced: Hooked) -> None:
    for hook in synced.hooks.iterdir():
        text = hook.read_text()
        if "fidesdev" in text:
            line = next(x for x in text.splitlines() if x.startswith("    if [ -x "))
            hook.write_text(text.replace(line, "    if [ -x /gone/fidesdev ]; then"))
    switched = synced.git("switch", "side", PATH=EMPTY_PATH)
    told = "fidesdev was not found, so this hook did nothing; see 'fidesdev hooks status'"
    assert (switched.code, switched.err.splitlines()[1:]) == (0, [told])
    synced.write("side2", "main1")
    synced.git("add", "-A")
    committed = synced.git("commit", "-qm", "two heads", PATH=EMPTY_PATH)
    assert (committed.code, committed.err.splitlines()) == (0, [told])


def test_only_other_revisions_start_the_program(synced: Hooked, tmp_path: Path) -> None:
    recorder = tmp_path / "recorder"
    recorder.write_text('#!/bin/sh\necho "started: $*" >&2\n')
    recorder.chmod(0o755)
    hook = synced.hooks / "post-checkout"
    recorded = re.search(r"if \[ -x (\S+) \]; then\n\s+(.*) hooks run", hook.read_text())
    assert recorded
    hook.write_text(hook.read_text().replace(recorded[2], str(recorder)))
    beside_the_revisions(synced)
    for branch in ("main", "same"):
        assert "started" not in synced.git("switch", branch).err
    assert "started: hooks run post-checkout" in synced.git("switch", "side").err


def beside_the_revisions(hooked: Hooked) -> None:
    """Change files on a branch `same`: everywhere but in the version folder."""
    hooked.git("switch", "-q", "-c", "same")
    for number in range(100):
        (hooked.folder / f"file{number}").write_text("text")
    (hooked.folder / "migrations" / "README").write_text("beside the revisions, and none")
    hooked.git("add", "-A")
    assert hooked.git("commit", "-qm", "files").code == 0


def switch_at_terminal(hooked: Hooked, branch: str, typed: dict[str, str]) -> tuple[int, str]:
    """Exit code and screen of a switch at a terminal, which the hook finds again."""
    git = subprocess.run(["which", "git"], capture_output=True, check=True, text=True)
    return at_terminal(
        (git.stdout.strip(), "switch", branch),
        hooked.folder,
        typed=typed,
        columns=200,
        NO_COLOR="1",
        **{k: v for k, v in git_environment().items() if k.startswith("GIT_")},
    )
