"""Repositories with revision files, and what `check` says of them."""

from __future__ import annotations

from pathlib import Path

from fidesdev.config import Flags
from fidesdev.core.checks import CheckReport
from fidesdev.services.checking import check
from fidesdev.services.workspace import open_workspace
from tests.repositories import Repository, make_repository

COMPARING = ("merge-result", "down-revision", "edited", "deleted")


def checkable(folder: Path) -> Repository:
    """A repository with one revision on main and an alembic.ini."""
    made = make_repository(folder)
    (made.folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (made.folder / ".gitignore").write_text(".fidesdev\n")
    made.commit("configure")
    return made


def diverge(repo: Repository) -> None:
    """Main and the branch that is out both go on from main1."""
    repo.branch("topic", "topic1", "topic2")
    repo.write("main2", "main1")
    repo.commit("go on")
    repo.git("checkout", "-q", "topic")


def checked(repo: Repository, *only: str, against: str | None = None) -> CheckReport:
    """The whole report."""
    workspace = open_workspace(Flags(), environ={}, cwd=repo.folder)
    return check(workspace, against=against, only=only)


def found(repo: Repository, *only: str) -> list[tuple[str, str | None]]:
    """Code and revision of each finding."""
    return [(one.code, one.revision) for one in checked(repo, *only).findings]
