"""The managed project's Alembic configuration, found and read without importing Alembic.

The rules are those of Alembic 1.8 to 1.20 (alembic/config.py, `ScriptDirectory.from_config` in
alembic/script/base.py), run from the folder of the configuration file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fidesdev.adapters.alembic_options import (
    INI,
    PYPROJECT,
    AlembicOptions,
    read_options,
    tool_alembic,
)
from fidesdev.errors import AlembicConfigMissing, ConfigError, SeveralAlembicConfigs

_GIT_SECONDS = 10
_FOREIGN = {"node_modules", "site-packages", "build", "dist"}
_SECTION = re.compile(rb"^\[alembic\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class AlembicConfig:
    """Where a project keeps its revisions, and in which table they are recorded."""

    path: Path
    """The file that was found: an ini, or the pyproject.toml that stands for it."""
    section: str
    script_location: Path
    version_locations: tuple[Path, ...]
    """Absolute; one that does not exist holds no revisions, as in Alembic."""
    recursive: bool = False
    url: str | None = field(default=None, repr=False)
    """A literal `sqlalchemy.url`; None for the placeholder, or where interpolation fails."""
    prepend_sys_path: tuple[Path, ...] = ()
    version_table: str = "alembic_version"
    version_table_schema: str | None = None
    ini: Path | None = None
    """The ini that Alembic reads, be it `path` or the one beside it."""
    pyproject: Path | None = None
    """The pyproject.toml whose `[tool.alembic]` Alembic reads for what the ini lacks."""


def find_alembic_config(project: Path, configured: str | None) -> Path:
    """The one configuration file of the project: as configured, else where projects keep it.

    Raises `AlembicConfigMissing`, or `SeveralAlembicConfigs` when git lists more than one.
    """
    if configured:
        path = project / Path(configured).expanduser()
        if not path.is_file():
            raise AlembicConfigMissing(str(project), configured)
        return path
    if (project / INI).is_file():
        return project / INI
    if tool_alembic(project / PYPROJECT) is not None:
        return project / PYPROJECT
    found = _listed_by_git(project, INI)
    if not found:
        raise AlembicConfigMissing(str(project))
    if len(found) > 1:
        raise SeveralAlembicConfigs(str(project), found)
    return project / found[0]


def alembic_files(project: Path) -> tuple[str, ...]:
    """Every ini with `[alembic]` and pyproject.toml with `[tool.alembic]`, from the project on.

    Raises `BadToml` for a pyproject.toml that does not parse.
    """
    listed = (*_listed_by_git(project, "*.ini"), *_listed_by_git(project, PYPROJECT))
    names = listed or tuple(_lying_about(project))
    return tuple(sorted(name for name in names if _configures(project / name)))


def read_alembic_config(path: Path, section: str = "alembic") -> AlembicConfig:
    """What Alembic makes of the file, and of the ini or pyproject.toml beside it.

    Raises `ConfigError` for a file that does not parse and for a script folder that is not there.
    """
    options = read_options(path.absolute(), section)
    prepended = tuple(_prepended(options))
    scripts = _script_location(options, prepended)
    versions = options.paths(
        "version_locations", ("path_separator", "version_path_separator"), legacy=", *| +"
    )
    table, schema = _version_table(scripts / "env.py")
    return AlembicConfig(
        path=options.path,
        section=section,
        script_location=scripts,
        version_locations=tuple(_folder(text, options, prepended) for text in versions)
        or (scripts / "versions",),
        recursive=options.flag("recursive_version_locations"),
        url=options.url(),
        prepend_sys_path=prepended,
        version_table=table,
        version_table_schema=schema,
        ini=options.ini,
        pyproject=options.pyproject,
    )


def _listed_by_git(project: Path, pattern: str) -> tuple[str, ...]:
    """Every file of that name below the project that git tracks, relative to it."""
    import subprocess

    try:
        done = subprocess.run(
            ["git", "-C", str(project), "ls-files", "-z", "--", f":(glob)**/{pattern}"],
            capture_output=True,
            check=False,
            timeout=_GIT_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    names = (os.fsdecode(name) for name in done.stdout.split(b"\0") if name)
    return tuple(sorted(name for name in names if (project / name).is_file()))


def _lying_about(project: Path) -> Iterator[str]:
    """The same where git lists nothing: the files that are there, but for other people's code."""
    for folder, names, files in os.walk(project):
        names[:] = sorted(n for n in names if n not in _FOREIGN and not n.startswith("."))
        names[:] = [n for n in names if not (Path(folder) / n / "pyvenv.cfg").exists()]
        for name in files:
            if name == PYPROJECT or name.endswith(".ini"):
                yield os.path.relpath(Path(folder) / name, project)


def _configures(path: Path) -> bool:
    if path.name == PYPROJECT:
        return tool_alembic(path) is not None
    try:
        return _SECTION.search(path.read_bytes()) is not None
    except OSError:
        return False


def _prepended(options: AlembicOptions) -> Iterator[Path]:
    for text in options.paths("prepend_sys_path", ("path_separator",), legacy=", *| +|:"):
        yield _absolute(options.path.parent, text)


def _script_location(options: AlembicOptions, prepended: tuple[Path, ...]) -> Path:
    location = options.text("script_location")
    if not location and (options.path.parent / "env.py").is_file():
        return options.path.parent  # as Flask-Migrate, whose ini leaves it out
    if not location:
        raise ConfigError(
            f"{options.path} sets no script_location in [{options.section}]",
            hint="Write 'script_location = %(here)s/FOLDER' there, the folder being env.py's.",
            file=str(options.path),
            section=options.section,
        )
    folder = _folder(location, options, prepended)
    if not folder.is_dir():
        raise ConfigError(
            f"script_location {location!r} of {options.path} is no folder: {folder}",
            hint="Write 'script_location = %(here)s/FOLDER' there, the folder being env.py's.",
            file=str(options.path),
            folder=str(folder),
        )
    return folder


def _folder(location: str, options: AlembicOptions, prepended: tuple[Path, ...]) -> Path:
    """The folder of `a/path` or `a.package:path`; no package is imported to find it."""
    here = options.path.parent
    if ":" not in location or Path(location).is_absolute():
        return _absolute(here, location)
    package, *parts = location.split(":")
    root = _package(package, (*prepended, here, here / "src", *here.parents))
    if root is None:
        raise ConfigError(
            f"package {package!r} of {location!r} in {options.path} is not found",
            hint="Add the folder that holds it to prepend_sys_path there.",
            file=str(options.path),
            package=package,
        )
    return root.joinpath(*parts)


def _absolute(folder: Path, text: str) -> Path:
    return Path(os.path.normpath(folder / text))


def _package(name: str, folders: tuple[Path, ...]) -> Path | None:
    """The folder of a package: in one of `folders`, else where this Python would find it."""
    parts = name.split(".")
    for folder in folders:
        if (found := folder.joinpath(*parts)).is_dir():
            return found
    from importlib.util import find_spec

    try:
        spec = find_spec(parts[0])  # a top-level name is found without running anything
    except ValueError:
        return None
    for location in (spec.submodule_search_locations if spec else None) or ():
        if (found := Path(location).joinpath(*parts[1:])).is_dir():
            return found
    return None


def _version_table(env: Path) -> tuple[str, str | None]:
    """Name and schema of the version table, as far as env.py says them literally."""
    try:
        source = env.read_bytes()
    except OSError:
        return "alembic_version", None
    if b"version_table" not in source:
        return "alembic_version", None
    from fidesdev.core.env_script import read_version_table

    return read_version_table(source)
