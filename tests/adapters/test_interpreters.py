"""Which interpreter `auto` takes, told from folders; and what is said of one that does not do."""

from __future__ import annotations

import base64
import hashlib
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from fidesdev.adapters.alembic_config import read_alembic_config
from fidesdev.adapters.interpreters import (
    Interpreter,
    Place,
    Service,
    Wanted,
    choose_place,
    start_of,
)
from fidesdev.adapters.jobs import Environment
from fidesdev.adapters.runner import open_runner
from fidesdev.errors import CommandMissing, ConfigError, RunnerFailed, RunnerMissing
from fidesdev.services.workspace import open_workspace
from tests import docker_images
from tests.projects import ENV, Project, make_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "shop", "base0")


def made(home: Path, *, alembic: bool = True) -> Path:
    """A folder that looks like an environment."""
    packages = home / "lib" / "python3.9" / "site-packages"
    if alembic:
        (packages / "alembic").mkdir(parents=True)
        (packages / "alembic" / "__init__.py").touch()
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "python").touch()
    return home


def chosen(
    project: Project, runner: str = "auto", environ: Mapping[str, str] | None = None
) -> Place | None:
    config = read_alembic_config(project.root / "alembic.ini")
    return choose_place(Wanted(runner, project.root, config), environ or {})


def test_auto_is_this_process_where_nothing_else_is(project: Project) -> None:
    assert chosen(project) is None


@pytest.mark.parametrize("name", [".venv", "venv"])
def test_auto_takes_the_environment_in_the_project(project: Project, name: str) -> None:
    home = made(project.root / name)
    assert chosen(project) == Interpreter(home / "bin" / "python")


def test_active_environment_comes_first(project: Project, tmp_path: Path) -> None:
    made(project.root / ".venv")
    active = made(tmp_path / "active")
    place = chosen(project, environ={"VIRTUAL_ENV": str(active)})
    assert place == Interpreter(active / "bin" / "python")


def test_our_own_environment_is_this_process(project: Project) -> None:
    (project.root / ".venv").symlink_to(sys.prefix)
    assert chosen(project) is None
    assert chosen(project, environ={"VIRTUAL_ENV": sys.prefix}) is None


def test_our_own_active_environment_gives_way_to_the_projects(project: Project) -> None:
    home = made(project.root / ".venv")
    place = chosen(project, environ={"VIRTUAL_ENV": sys.prefix})
    assert place == Interpreter(home / "bin" / "python")


def test_environment_without_alembic_is_passed_over(project: Project, tmp_path: Path) -> None:
    active = made(tmp_path / "active", alembic=False)
    home = made(project.root / "venv")
    place = chosen(project, environ={"VIRTUAL_ENV": str(active)})
    assert place == Interpreter(home / "bin" / "python")


def test_environment_that_uv_is_told_to_make_is_found(project: Project) -> None:
    home = made(project.root / "envs" / "dev")
    place = chosen(project, environ={"UV_PROJECT_ENVIRONMENT": "envs/dev"})
    assert place == Interpreter(home / "bin" / "python")


@pytest.mark.parametrize(
    ("variable", "folder"),
    [
        ("POETRY_VIRTUALENVS_PATH", ""),
        ("POETRY_CACHE_DIR", "virtualenvs"),
        ("XDG_CACHE_HOME", "pypoetry/virtualenvs"),
    ],
)
@pytest.mark.skipif(sys.platform == "darwin", reason="the cache is elsewhere there")
def test_environment_that_poetry_made_is_found(
    project: Project, tmp_path: Path, variable: str, folder: str
) -> None:
    (project.root / "pyproject.toml").write_text("[tool.poetry]\nname = 'Shop'\n")
    digest = hashlib.sha256(str(project.root.resolve()).encode()).digest()
    name = f"shop-{base64.urlsafe_b64encode(digest).decode()[:8]}-py3.9"
    made(tmp_path / "cache" / folder / "other-abcdefgh-py3.9")
    home = made(tmp_path / "cache" / folder / name)
    place = chosen(project, environ={variable: str(tmp_path / "cache")})
    assert place == Interpreter(home / "bin" / "python")


def test_environment_beside_the_ini_comes_before_that_of_the_repository(tmp_path: Path) -> None:
    outer = made(tmp_path / "repo" / ".venv")
    project = make_project(tmp_path / "repo" / "backend", "base0")
    config = read_alembic_config(project.root / "alembic.ini")
    wanted = Wanted("auto", tmp_path / "repo", config)
    assert choose_place(wanted, {}) == Interpreter(outer / "bin" / "python")
    inner = made(project.root / ".venv")
    assert choose_place(wanted, {}) == Interpreter(inner / "bin" / "python")


def test_auto_names_the_package_that_env_needs_and_the_setting(project: Project) -> None:
    project.env("import os, json.decoder\nimport no_such_package.models\n" + ENV)
    with pytest.raises(RunnerMissing) as caught:
        chosen(project)
    assert caught.value.facts["module"] == "no_such_package"
    assert 'runner = "python:PATH"' in str(caught.value.hint)


def test_what_prepend_sys_path_reaches_is_there(tmp_path: Path) -> None:
    ini = "prepend_sys_path = src\npath_separator = os\n"
    project = make_project(tmp_path / "p", "base0", ini=ini)
    (project.root / "src" / "shop").mkdir(parents=True)
    project.env("import shop\n" + ENV)
    assert chosen(project) is None


def test_what_is_asked_for_is_taken(project: Project, tmp_path: Path) -> None:
    made(project.root / ".venv")
    other = made(tmp_path / "other", alembic=False)
    python = Interpreter(other / "bin" / "python")
    assert chosen(project, "in-process") is None
    assert chosen(project, "compose:web") == Service("web")
    assert chosen(project, f"python:{other}/bin/python") == python
    assert chosen(project, f"python:{other}") == python
    assert chosen(project, "python:../other/bin/python") == python


def test_container_is_entered_through_the_files_that_are_configured(project: Project) -> None:
    workspace = open_workspace(
        environ={
            "FIDES__FIDESDEV__RUNNER": "compose:web",
            "FIDES__FIDESDEV__DOCKER": '{"files": ["deploy/c.yml"], "project": "own"}',
        },
        cwd=project.root,
    )
    place = workspace.environment.place
    assert place == Service("web", ("--file", "deploy/c.yml", "--project-name", "own"))
    docker_images.need_engine()
    argv = start_of(place, project.root, project.root).argv
    assert argv[argv.index("--file") : argv.index("exec")] == place.options


def test_interpreter_that_is_not_there_is_told(project: Project) -> None:
    with pytest.raises(ConfigError, match="no interpreter"):
        chosen(project, "python:nowhere/bin/python")


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("#!/bin/sh\nexit 3\n", "exit code 3"),
        ("#!/bin/sh\necho 'too old' >&2\nexit 3\n", "too old"),
        (f'#!/bin/sh\nexec {sys.executable} -S -I "$@"\n', "No module named 'sqlalchemy'"),
    ],
)
def test_interpreter_that_does_not_take_the_worker_is_told(
    project: Project, program: str, why: str
) -> None:
    path = project.root / "python"
    path.write_text(program)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    config = read_alembic_config(project.root / "alembic.ini")
    with (
        pytest.raises(RunnerFailed) as caught,
        open_runner(Environment(config, project=project.root, place=Interpreter(path))),
    ):
        pass
    assert why in str(caught.value)
    assert caught.value.exit_code == 4


def test_program_that_cannot_be_started_is_told(project: Project) -> None:
    path = project.root / "python"
    path.write_text("no program")
    config = read_alembic_config(project.root / "alembic.ini")
    environment = Environment(config, project=project.root, place=Interpreter(path))
    with pytest.raises(CommandMissing, match="cannot start"), open_runner(environment):
        pass
