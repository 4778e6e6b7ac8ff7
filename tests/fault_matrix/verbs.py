"""The verbs of the matrix, each with the project and the database that it finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from fidesdev.core.url import DatabaseUrl
from fidesdev.services import migrations, snapshots
from tests.faults import prepared
from tests.projects import Project, make_project
from tests.services.switched import switched

TREE = "base0 > comm > aaa1 > aaa2, comm > bbb1 > bbb2"
SETTINGS = {"FIDES__FIDESDEV__SNAPSHOTS": '{"spares": 0}'}
"""No copies in the background, which would outlive the command."""

Prepare = Callable[[Path, DatabaseUrl | None], Project]


@dataclass(frozen=True, slots=True)
class Verb:
    """A command line, and what it is run on."""

    name: str
    arguments: tuple[str, ...]
    prepare: Prepare
    table: str = "t_comm"
    """Whose rows are compared."""
    repeats: bool = False
    """Whether the same again is what tidies up, also where it was done already."""
    tree: str = TREE
    """Every revision that the database may have; empty where a verb changes parents."""


def _standing(root: Path, url: DatabaseUrl | None, at: str) -> Project:
    """The fork with the database at a revision, and a row in what it has."""
    made = replace(make_project(root, TREE, url), environ=SETTINGS)
    migrations.execute(migrations.goto(made.workspace, at))
    made.sql("INSERT INTO t_comm VALUES (1)")
    return made


def _at_comm(root: Path, url: DatabaseUrl | None) -> Project:
    return _standing(root, url, "comm")


def _at_bbb2(root: Path, url: DatabaseUrl | None) -> Project:
    return _standing(root, url, "bbb2")


def _on_main(root: Path, url: DatabaseUrl | None) -> Project:
    made, _repository = switched(lambda tree: make_project(root, tree, url), journal="auto")
    return replace(made, environ=SETTINGS)


def _to_rebase(root: Path, url: DatabaseUrl | None) -> Project:
    return replace(prepared(root, url).project, environ=SETTINGS)


def _saved(root: Path, url: DatabaseUrl | None) -> Project:
    """Another row since a snapshot was taken."""
    made = _standing(root, url, "bbb2")
    snapshots.save(made.workspace, "then")
    made.sql("INSERT INTO t_comm VALUES (2)")
    return made


def _gone_down(root: Path, url: DatabaseUrl | None) -> Project:
    """Two tables have been dropped, one with rows in it."""
    made = _standing(root, url, "bbb2")
    made.sql("INSERT INTO t_bbb2 VALUES (7)")
    migrations.execute(migrations.goto(made.workspace, "comm"))
    return made


VERBS = (
    Verb("upgrade", ("db", "upgrade", "bbb2"), _at_comm),
    Verb("goto", ("db", "goto", "aaa2", "--yes"), _at_bbb2),
    Verb("sync", ("db", "sync", "--yes"), _on_main),
    Verb("rebase", ("db", "rebase", "--yes"), _to_rebase, "t_mmm1", repeats=True, tree=""),
    Verb("save", ("snapshot", "save", "new"), _at_bbb2),
    Verb("restore", ("snapshot", "restore", "then", "--yes"), _saved),
    Verb("undo", ("db", "undo", "--yes"), _gone_down),
)
