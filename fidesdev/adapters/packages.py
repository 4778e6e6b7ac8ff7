"""The packages that a project is made of, found by their folders, never imported."""

from __future__ import annotations

from pathlib import Path

_NOT_CODE = {"tests", "test", "docs", "migrations", "alembic", "scripts", "node_modules"}


def own_packages(project: Path) -> frozenset[str]:
    """The names by which the project's own code is imported: of its root, and of its `src`."""
    folders = [folder for folder in (project, project / "src") if folder.is_dir()]
    found = (path.parent.name for folder in folders for path in folder.glob("*/__init__.py"))
    return frozenset(name for name in found if name not in _NOT_CODE)
