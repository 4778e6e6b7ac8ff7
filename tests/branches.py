"""Real Alembic projects in real repositories, with a branch of one's own and an upstream."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fidesdev.core.graph import Revision
from fidesdev.core.url import DatabaseUrl
from fidesdev.services import migrations, rebasing
from fidesdev.services.workspace import Workspace
from tests.notation import revisions
from tests.projects import SCRIPT, Project, make_project
from tests.repositories import Repository


@dataclass(frozen=True)
class Branches:
    """A project whose branch `main` is upstream and whose branch `feature` is one's own."""

    project: Project
    repository: Repository

    @property
    def workspace(self) -> Workspace:
        return self.project.workspace

    @property
    def versions(self) -> Path:
        return self.project.root / "migrations" / "versions"

    def add(self, tree: str) -> None:
        """Write the revisions of the text that have no file yet, each making its table."""
        for revision in revisions(tree):
            if not self.file(revision.id).exists():
                self.write(revision)

    def write(self, revision: Revision, *, up: str = "", down: str = "") -> None:
        """Write one revision file."""
        text = script(revision, up=up, down=down)
        self.file(revision.id).write_text(text, encoding="utf-8")

    def file(self, id_: str) -> Path:
        return self.versions / f"{id_}.py"

    def goto(self, rev: str) -> None:
        """Move the database."""
        migrations.execute(migrations.goto(self.workspace, rev))

    def upgrade(self, rev: str = "heads") -> None:
        migrations.execute(migrations.upgrade(self.workspace, rev))

    def texts(self) -> dict[str, bytes]:
        """Every file of the revision folder."""
        return {path.name: path.read_bytes() for path in self.versions.iterdir() if path.is_file()}

    def changed_lines(self) -> set[str]:
        """What `git diff` shows as added or removed, without signs and file names."""
        diff = self.repository.git("diff", "--unified=0")
        lines = [line for line in diff.splitlines() if line[:1] in "+-"]
        return {line[1:] for line in lines if not line.startswith(("+++", "---"))}


def rebased(branches: Branches, **options: Any) -> rebasing.Rebasing:
    """Plan a rebase and carry it out."""
    made = rebasing.plan(branches.workspace, **options)
    rebasing.execute(made)
    return made


def parents(branches: Branches) -> dict[str, tuple[str, ...]]:
    """By revision, what its file says now."""
    return {id_: one.parents for id_, one in branches.workspace.graph.revisions.items()}


def on(branches: Branches, id_: str, *parents: str) -> Revision:
    """A revision of the checkout with other parents."""
    return replace(branches.workspace.graph.revisions[id_], parents=parents)


def script(revision: Revision, *, up: str = "", down: str = "") -> str:
    """The text of a revision file, with a `Revises:` line as Alembic's own template has it."""
    parents = revision.parents
    text = SCRIPT.format(
        id=revision.id,
        message=revision.message,
        parents=parents[0] if len(parents) == 1 else parents or None,
        labels=revision.labels or None,
        depends_on=revision.depends_on or None,
        up=textwrap.indent(up, "    "),
        down=textwrap.indent(down, "    "),
    )
    revises = f"Revises: {', '.join(parents)}\nCreate Date:"
    return text.replace("Create Date:", revises, 1)


def make_branches(
    root: Path,
    shared: str,
    own: str,
    upstream: str = "",
    *,
    url: DatabaseUrl | None = None,
    merge: bool = True,
) -> Branches:
    """A repository on branch `feature`, into which `main` is merged unless told otherwise.

    `shared` is what both have, `own` what only the branch has, `upstream` what came to main since.
    """
    project = make_project(root, [], url)
    made = Branches(project, Repository(root))
    (root / ".gitignore").write_text("*.db*\n__pycache__/\n.fidesdev/\n")
    made.repository.git("init", "-q", "-b", "main")
    made.add(shared)
    made.repository.commit("begin")
    made.repository.git("checkout", "-q", "-b", "feature")
    made.add(f"{shared}, {own}" if own else shared)
    made.repository.commit("own work")
    made.repository.git("checkout", "-q", "main")
    made.add(f"{shared}, {upstream}" if upstream else shared)
    made.repository.commit("upstream goes on")
    made.repository.git("checkout", "-q", "feature")
    if merge:
        made.repository.git("merge", "-q", "--no-edit", "main")
    return made
