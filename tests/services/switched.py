"""A project whose database is at a revision that only another branch has."""

from __future__ import annotations

from collections.abc import Callable

from fidesdev.core.reports import MoveReport
from fidesdev.services import migrations, recovery
from tests.notation import revisions
from tests.projects import Project, write_script
from tests.repositories import Repository
from tests.services.conftest import Make

Switch = Callable[..., tuple[Project, Repository]]
MAIN = "base0 > comm > bbb1 > bbb2"
FEATURE = "base0 > comm > aaa1 > aaa2"


def switched(
    make: Make, *, journal: str = "off", tree: str = FEATURE
) -> tuple[Project, Repository]:
    """Branch main is out, and the database is at `aaa2`, which only branch feature has."""
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


def begin(project: Project, journal: str = "off") -> Repository:
    """The project in a repository of its own, on branch main."""
    repository = Repository(project.root)
    (project.root / ".fides.toml").write_text(f'[fidesdev]\njournal = "{journal}"\n')
    (project.root / ".gitignore").write_text("*.db*\n.fidesdev\n__pycache__\n")
    repository.git("init", "-q", "-b", "main")
    repository.commit("begin")
    return repository


def steps(report: MoveReport) -> list[str]:
    """`down aaa2 git:feature`: each step with where its script comes from."""
    return [f"{step.direction} {step.revision} {step.source}" for step in report.steps]


def sync(project: Project) -> MoveReport:
    return migrations.execute(recovery.sync(project.workspace))


def lose(repository: Repository) -> None:
    """The branch and everything that leads to it is gone for good."""
    repository.git("branch", "-q", "-D", "feature")
    repository.prune()
