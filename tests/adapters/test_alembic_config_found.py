"""Which Alembic configuration a project has."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fidesdev.adapters.alembic_config import (
    find_alembic_config,
    read_alembic_config,
)
from fidesdev.errors import (
    AlembicConfigMissing,
    SeveralAlembicConfigs,
    UsageError,
)

INI = "[alembic]\nscript_location = migrations\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder with a script folder."""
    (tmp_path / "migrations").mkdir()
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def git(project: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(project), *arguments], check=True, capture_output=True)


def test_the_configured_path_wins(project: Path) -> None:
    write(project / "alembic.ini", INI)
    other = write(project / "deep" / "other.ini", INI)
    assert find_alembic_config(project, "deep/other.ini") == other
    assert find_alembic_config(project, str(other)) == other


def test_a_configured_path_that_is_not_there_is_named(project: Path) -> None:
    write(project / "alembic.ini", INI)
    with pytest.raises(AlembicConfigMissing, match=r"'nowhere\.ini'") as caught:
        find_alembic_config(project, "nowhere.ini")
    assert caught.value.exit_code == 2
    assert isinstance(caught.value, FileNotFoundError)


def test_the_ini_of_the_project_folder_comes_before_pyproject(project: Path) -> None:
    write(project / "pyproject.toml", "[tool.alembic]\nscript_location = 'migrations'\n")
    assert find_alembic_config(project, None) == project / "pyproject.toml"
    write(project / "alembic.ini", INI)
    assert find_alembic_config(project, None) == project / "alembic.ini"


@pytest.mark.parametrize(
    "text",
    [
        "[project]\ndependencies = ['alembic>=1.8']\n[tool.ruff]\nline-length = 100\n",
        "[[tool.mypy.overrides]]\nmodule = ['alembic.*']\n",
        "not TOML, but nothing of ours: alembic",
    ],
)
def test_a_pyproject_without_the_table_is_passed_over(project: Path, text: str) -> None:
    write(project / "pyproject.toml", text)
    with pytest.raises(AlembicConfigMissing) as caught:
        find_alembic_config(project, None)
    assert "alembic_config = " in str(caught.value.hint)
    assert "fidesdev config path" in str(caught.value.hint)


@pytest.mark.parametrize(
    "text",
    [
        "[tool.alembic]\nscript_location = 'migrations'\n",
        "[ tool . 'alembic' ]\nscript_location = 'migrations'\n",
        "[tool]\nalembic.script_location = 'migrations'\n",
        "[tool]\nalembic = { script_location = 'migrations' }\n",
        "tool.alembic.script_location = 'migrations'\n",
        "tool = { alembic = { script_location = 'migrations' } }\n",
    ],
)
def test_the_table_is_found_however_it_is_written(project: Path, text: str) -> None:
    path = write(project / "pyproject.toml", text)
    assert find_alembic_config(project, None) == path
    assert read_alembic_config(path).script_location == project / "migrations"


def test_the_only_ini_that_git_tracks_is_found(project: Path) -> None:
    ini = write(project / "src" / "größe" / "alembic.ini", INI)
    write(project / "node_modules" / "alembic.ini", INI)
    git(project, "init", "-q")
    git(project, "add", "src")
    assert find_alembic_config(project, None) == ini


def test_a_tracked_ini_that_was_deleted_is_none(project: Path) -> None:
    ini = write(project / "src" / "alembic.ini", INI)
    git(project, "init", "-q")
    git(project, "add", "src")
    ini.unlink()
    with pytest.raises(AlembicConfigMissing):
        find_alembic_config(project, None)


def test_several_tracked_inis_are_all_named_with_the_line_to_write(project: Path) -> None:
    for folder in ("one", "two"):
        write(project / folder / "alembic.ini", INI)
    git(project, "init", "-q")
    git(project, "add", "one", "two")
    with pytest.raises(SeveralAlembicConfigs) as caught:
        find_alembic_config(project, None)
    assert caught.value.facts["found"] == ["one/alembic.ini", "two/alembic.ini"]
    assert 'alembic_config = "one/alembic.ini"' in str(caught.value.hint)
    assert caught.value.exit_code == UsageError.exit_code == 2
