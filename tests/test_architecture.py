"""The layering rule, checked on the source: imports point down, never up, never sideways."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "fidesdev"
BELOW = {
    "errors": set[str](),
    "config": {"errors", "core"},
    "core": {"errors"},
    "db": {"errors"},
    "models": {"db", "errors"},
    "migrations": {"db", "models", "config", "errors"},
    "api": {"errors"},
    "adapters": {"core", "errors"},
    "services": {"adapters", "db", "models", "api", "core", "config", "errors"},
    "render": {"core", "errors"},
    "web": {"services", "api", "core", "errors"},
    "cli": {"services", "web", "render", "core", "config", "errors"},
}
SIDEWAYS = {"db/base.py": {"models"}}
"""`db/base.py` imports every model, so that Alembic sees it: the one arrow upwards."""
EFFECTS = {"os", "io", "pathlib", "subprocess", "socket", "sys", "time", "random", "logging"}
SOURCES = sorted(p for p in ROOT.rglob("*.py") if "versions" not in p.parts)


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_downwards(path: Path) -> None:
    here = layer(path)
    used = {name.split(".")[1] for name in imported(path) if name.startswith("fidesdev.")}
    allowed = (
        BELOW.get(here, used)
        | {here, "__version__"}
        | SIDEWAYS.get(str(path.relative_to(ROOT)), set())
    )
    assert used <= allowed


@pytest.mark.parametrize("path", sorted((ROOT / "core").rglob("*.py")), ids=lambda p: p.name)
def test_core_is_pure(path: Path) -> None:
    outside = {name.split(".")[0] for name in imported(path)} - {"fidesdev"}
    assert outside <= set(sys.stdlib_module_names) - EFFECTS
