"""Where a project's migrations run: which interpreter, found without starting one."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from fidesdev.adapters.alembic_config import AlembicConfig
from fidesdev.adapters.compose import compose_command
from fidesdev.adapters.sessions import BOOTSTRAP, Start
from fidesdev.core.env_imports import required_modules
from fidesdev.errors import ConfigError, RunnerFailed, RunnerMissing

_FOLDERS = (".venv", "venv")
_NEEDED = "Python 3.8 and Alembic 1.8 or newer"
_VERSIONS = (
    "import sys, alembic; print('Python %d.%d.%d' % sys.version_info[:3], end=', '); "
    "print('Alembic', alembic.__version__)"
)
_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python of the project's own environment."""

    python: Path

    def __str__(self) -> str:
        return str(self.python)


@dataclass(frozen=True, slots=True)
class Service:
    """A running service of the project's compose file."""

    name: str
    options: tuple[str, ...] = ()
    """Compose's own: which files, profiles and project."""

    def __str__(self) -> str:
        return f"compose service {self.name!r}"


Place = Interpreter | Service


@dataclass(frozen=True, slots=True)
class Wanted:
    """A project's setting and what there is to choose from."""

    runner: str
    """`auto`, `in-process`, `python:PATH` or `compose:SERVICE`."""
    project: Path
    config: AlembicConfig
    compose_options: tuple[str, ...] = ()


def choose_place(wanted: Wanted, environ: Mapping[str, str]) -> Place | None:
    """Where migrations run; None is this process.

    `auto` takes the project's own environment if Alembic is in it and it is not ours; else this
    process, if it has whatever env.py imports. Raises `RunnerMissing` if it has not.
    """
    kind, _, value = wanted.runner.partition(":")
    if kind == "compose":
        return Service(value, wanted.compose_options)
    if kind == "python":
        return Interpreter(_python(wanted.project / Path(value).expanduser(), value))
    if kind == "in-process":
        return None
    for environment in _environments(wanted, environ):
        if _has_alembic(environment) and not _is_ours(environment):
            return Interpreter(environment / "bin" / "python")
    if missing := _missing_module(wanted):
        raise RunnerMissing(missing, str(wanted.config.path))
    return None


def start_of(place: Place, folder: Path, project: Path) -> Start:
    """How to start the worker there."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    if isinstance(place, Service):
        find = 'p=$(command -v python || command -v python3) && exec "$p" -c "$1"'
        inside = ("sh", "-c", find, "sh", BOOTSTRAP)
        argv = (*compose_command(), *place.options, "exec", "-T", place.name, *inside)
        remedy = f"Start it with 'fidesdev docker up {place.name}'; it needs {_NEEDED}."
        return Start(argv, project, environ, str(place), remedy)
    programs = place.python.parent
    environ["PATH"] = f"{programs}{os.pathsep}{environ.get('PATH', os.defpath)}"
    if (programs.parent / "pyvenv.cfg").is_file():
        environ["VIRTUAL_ENV"] = str(programs.parent)
    argv = (str(place.python), "-c", BOOTSTRAP)
    remedy = f"It needs {_NEEDED}; see [fidesdev] runner in 'fidesdev config show'."
    return Start(argv, folder, environ, str(place), remedy)


def versions_of(interpreter: Interpreter) -> str:
    """Its Python and Alembic, as in `Python 3.13.1, Alembic 1.18.0`; raises `RunnerFailed`."""
    remedy = f"It needs {_NEEDED}; see [fidesdev] runner in 'fidesdev config show'."
    try:
        asked = subprocess.run(
            [interpreter.python, "-c", _VERSIONS],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RunnerFailed(str(interpreter), str(error), remedy=remedy) from error
    if asked.returncode:
        last = (asked.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise RunnerFailed(str(interpreter), last, remedy=remedy)
    return asked.stdout.strip()


def _environments(wanted: Wanted, environ: Mapping[str, str]) -> Iterator[Path]:
    """Folders that may be the project's environment, the likeliest first."""
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if active := environ.get(variable):
            yield Path(active)
    if uv := environ.get("UV_PROJECT_ENVIRONMENT"):
        yield wanted.project / uv
    for folder in _between(wanted.config.path.parent, wanted.project):
        yield from (folder / name for name in _FOLDERS)
        yield from _poetry_environments(folder, environ)


def _between(inner: Path, outer: Path) -> Iterator[Path]:
    """The folders from `inner` up to `outer`; only `inner` where it is not inside."""
    yield inner
    if outer in inner.parents:
        for folder in inner.parents:
            yield folder
            if folder == outer:
                return


def _poetry_environments(folder: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """What poetry makes for a project: `NAME-HASH-pyX.Y`, HASH being of the folder's path.

    As in poetry/utils/env/env_manager.py, `generate_env_name`.
    """
    if not (folder / "pyproject.toml").is_file():
        return
    place = os.path.normcase(os.path.realpath(folder)).encode()
    hash_ = base64.urlsafe_b64encode(hashlib.sha256(place).digest()).decode()[:8]
    yield from sorted(_poetry_home(environ).glob(f"*-{hash_}-py*"), reverse=True)


def _poetry_home(environ: Mapping[str, str]) -> Path:
    if own := environ.get("POETRY_VIRTUALENVS_PATH"):
        return Path(own)
    if cache := environ.get("POETRY_CACHE_DIR"):
        return Path(cache) / "virtualenvs"
    home = Path(environ.get("HOME", "/"))
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "pypoetry" / "virtualenvs"
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "pypoetry" / "virtualenvs"


def _has_alembic(environment: Path) -> bool:
    found = environment.glob("lib/python3*/site-packages/alembic/__init__.py")
    return (environment / "bin" / "python").exists() and any(found)


def _is_ours(environment: Path) -> bool:
    return environment.resolve() == Path(sys.prefix).resolve()


def _python(path: Path, written: str) -> Path:
    """The interpreter at a path, or in the environment that the path is."""
    for candidate in (path, path / "bin" / "python"):
        if candidate.is_file():
            return Path(os.path.normpath(candidate))
    raise ConfigError(
        f"[fidesdev] runner names no interpreter: there is no {path}",
        hint="Write runner = \"python:PATH\", as in 'python:.venv/bin/python', or 'auto'.",
        runner=f"python:{written}",
    )


def _missing_module(wanted: Wanted) -> str | None:
    """The first module that env.py imports and this process does not have."""
    try:
        source = (wanted.config.script_location / "env.py").read_bytes()
    except OSError:
        return None  # Alembic will say so
    path = [*(str(folder) for folder in wanted.config.prepend_sys_path), *sys.path]
    for name in required_modules(source):
        if name not in sys.builtin_module_names and PathFinder.find_spec(name, path) is None:
            return name
    return None
