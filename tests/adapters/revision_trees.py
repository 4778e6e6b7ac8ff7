"""Small revision trees on disk, and what Alembic makes of them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from pathlib import Path

from alembic.config import Config
from alembic.script import Script, ScriptDirectory

from fidesdev.adapters.alembic_config import read_alembic_config
from fidesdev.adapters.loader import Evaluate, load_graph
from fidesdev.core.graph import RevisionGraph

VERSIONS = "migrations/versions"


def make_project(folder: Path, *options: str) -> Path:
    """A project folder with an ini and an empty versions folder."""
    (folder / VERSIONS).mkdir(parents=True, exist_ok=True)
    lines = ("[alembic]", "script_location = %(here)s/migrations", "path_separator = os", *options)
    (folder / "alembic.ini").write_text("\n".join(lines), encoding="utf-8")
    return folder


def revision(id_: str, down: object = None, more: str = "") -> str:
    """The text of a revision file."""
    return f"'''Add {id_}'''\nrevision = {id_!r}\ndown_revision = {down!r}\n{more}\n"


def write(project: Path, name: str, text: str, *, folder: str = VERSIONS) -> Path:
    """Write a file that is old enough to be kept in a cache."""
    path = project / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return settle(path)


def settle(path: Path, *, seconds: int = 1_500_000_000) -> Path:
    """Give the file a time of change long ago."""
    os.utime(path, (seconds, seconds))
    return path


def load(
    project: Path, *, cache: Path | None = None, evaluate: Evaluate | None = None
) -> RevisionGraph:
    """The project's graph as fidesdev reads it."""
    config = read_alembic_config(project / "alembic.ini")
    return load_graph(config, root=project, cache=cache, evaluate=evaluate)


def of_alembic(project: Path) -> dict[str, Script]:
    """The project's revisions as Alembic reads them, by running every file."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "File .* loaded twice")
        scripts = ScriptDirectory.from_config(Config(project / "alembic.ini"))
        return {script.revision: script for script in scripts._load_revisions()}


def assert_same(project: Path) -> RevisionGraph:
    """Both know the same revisions, and the same of each."""
    graph, scripts = load(project), of_alembic(project)
    assert set(graph.revisions) == set(scripts)
    for id_, script in scripts.items():
        found = graph.revisions[id_]
        assert found.parents == script._versioned_down_revisions
        assert found.depends_on == _tuple(script.dependencies)
        assert found.labels == script._orig_branch_labels
        assert found.message == script.doc
        assert (project / found.path).resolve() == Path(script.path)
    return graph


def _tuple(value: str | Iterable[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())
