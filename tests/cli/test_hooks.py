"""`fidesdev hooks` as typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Ask
from tests.cli.processes import fidesdev
from tests.projects import Project
from tests.repositories import Repository


@pytest.fixture
def project(fork: Project) -> Project:
    """A project in a repository without a commit."""
    Repository(fork.root).git("init", "-q", "-b", "main")
    return fork


def test_the_verbs_answer_in_json(ask: Ask, project: Project) -> None:
    made = ask(project, "hooks", "install", "--json", "-n", "-y", "pre-push").json
    assert (made["ok"], made["command"], made["data"]["executed"]) == (True, "hooks install", False)
    (change,) = made["data"]["hooks"]
    assert change == {
        "hook": "pre-push",
        "change": "created",
        "path": str(project.root / ".git" / "hooks" / "pre-push"),
        "note": None,
        "snippet": None,
    }
    assert ask(project, "hooks", "status", "--json").json["data"]["on_switch"] == "ask"
    gone = ask(project, "hooks", "uninstall", "--json").json["data"]
    assert {change["change"] for change in gone["hooks"]} == {"unchanged"}


def test_a_hook_that_cannot_do_its_work_lets_git_go_on(fork: Project) -> None:
    arguments = ("hooks", "run", "pre-push", "origin", "url", "--json")
    outside = fidesdev(*arguments, cwd=fork.root)  # which has no repository
    assert outside.code == 0
    assert outside.json["data"]["outcome"] == "failed"


@pytest.mark.parametrize(
    "arguments", [("pre-rebase",), ("post-checkout", "one"), ("post-merge",)], ids=str
)
def test_what_git_never_says_is_refused(
    ask: Ask, project: Project, arguments: tuple[str, ...]
) -> None:
    assert ask(project, "hooks", "run", *arguments).code == 2


def test_a_finding_stops_a_commit(ask: Ask, project: Project) -> None:
    assert ask(project, "hooks", "run", "pre-commit").code == 0
    Repository(project.root).git("add", "-A")
    stopped = ask(project, "hooks", "run", "pre-commit", "--json")
    assert (stopped.code, stopped.json["data"]["outcome"]) == (3, "blocked")
    codes = [found["code"] for found in stopped.json["data"]["check"]["findings"]]
    assert codes == ["heads"]


def test_warnings_about_other_files_are_not_told(
    ask: Ask, project: Project, tmp_path: Path
) -> None:
    versions = project.root / "migrations" / "versions"
    for id_ in ("bbb1", "bbb2"):
        (versions / f"{id_}.py").unlink()
    repository = Repository(project.root)
    text = (versions / "aaa1.py").read_text()
    (versions / "aaa1.py").write_text(text.replace("Revision ID: aaa1", "Revision ID: other"))
    repository.commit()
    (versions / "aaa2.py").write_text((versions / "aaa2.py").read_text() + "\n# more\n")
    repository.git("add", "-A")
    passed = ask(project, "hooks", "run", "pre-commit")
    assert (passed.code, passed.out) == (0, "")
    (versions / "aaa1.py").write_text((versions / "aaa1.py").read_text() + "\n# more\n")
    repository.git("add", "-A")
    warned = ask(project, "hooks", "run", "pre-commit")
    assert warned.code == 0
    assert "[docstring]" in warned.out
