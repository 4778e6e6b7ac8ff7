"""What is configured, who said so, what is doubtful about it, and a first file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from fidesdev.config import DockerSettings, Settings, SnapshotSettings, Source, resolves
from fidesdev.config.files import FILE_NAMES, read_toml
from fidesdev.config.masking import is_secret, masked
from fidesdev.config.suspicions import Case, suspicions
from fidesdev.config.template import TEMPLATE
from fidesdev.core.configuration import (
    ConfigCheck,
    ConfigPaths,
    ConfigReport,
    ConfigWritten,
    Setting,
    Value,
)
from fidesdev.core.url import MASK
from fidesdev.errors import AlreadyExists, ConfigError
from fidesdev.services.workspace import Workspace


def show(workspace: Workspace, *, origin: bool = False) -> ConfigReport:
    """Every setting in force, secrets masked; with `origin`, who said it."""
    settings = workspace.settings
    return ConfigReport(
        project=str(settings.project),
        files=tuple(map(str, settings.files)),
        settings=tuple(
            Setting(key, value, source.kind, source.name) if origin else Setting(key, value)
            for key, value, source in (_database(workspace), *_settings(settings))
        ),
    )


def path(workspace: Workspace) -> ConfigPaths:
    """The project folder, the files that were read, and where things are kept."""
    settings = workspace.settings
    return ConfigPaths(
        project=str(settings.project),
        files=tuple(map(str, settings.files)),
        data_dir=str(settings.tool.data_dir),
    )


def check(workspace: Workspace) -> ConfigCheck:
    """What is doubtful in a configuration that can be read; raises the error of one that cannot."""
    settings = workspace.settings
    _database(workspace)
    case = Case(
        settings,
        documents={str(file): read_toml(file) for file in settings.files},
        environ=workspace.environ,
        resolves=resolves,
    )
    return ConfigCheck(
        project=str(settings.project),
        files=tuple(map(str, settings.files)),
        checked=("files", "variables", "database"),
        findings=suspicions(case),
    )


def init(workspace: Workspace, *, dry_run: bool = False) -> ConfigWritten:
    """A commented file in the project folder; raises `AlreadyExists` where there is one."""
    target = workspace.settings.project / FILE_NAMES[0]
    if target.exists() or target.is_symlink():
        raise _exists(str(target))
    if not dry_run:
        write_new(target, TEMPLATE)
    return ConfigWritten(path=str(target), content=TEMPLATE, executed=not dry_run)


def write_new(target: Path, text: str) -> None:
    """A new file; raises `AlreadyExists` where there is one, `ConfigError` where it cannot be."""
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise _exists(str(target)) from error
    except OSError as error:
        raise ConfigError(
            f"cannot write {target}: {(error.strerror or str(error)).lower()}",
            hint="Make the folder writable, or go to another one with '-C'.",
            file=str(target),
        ) from error


def _exists(target: str) -> AlreadyExists:
    return AlreadyExists(
        f"{target} is there already",
        hint="Edit it, then run 'fidesdev config check'.",
        path=target,
    )


def _database(workspace: Workspace) -> tuple[str, Value, Source]:
    """The database in one line; the embedded server is named and not started."""
    if not workspace.is_embedded:
        return "database", masked("", str(workspace.database)), workspace.database_source
    database = workspace.settings.database
    name = database.test_db if workspace.settings.test_mode else database.db
    source = workspace.settings.sources["fidesdev.engine"]
    return "database", f"{name} on the embedded server", source


def _settings(settings: Settings) -> Iterator[tuple[str, Value, Source]]:
    """(key, what may be shown of its value, source), in the order of the documentation."""
    for key, source in settings.sources.items():
        section, _, name = key.rpartition(".")
        holder = {"database": settings.database, "fidesdev": settings.tool}.get(section, settings)
        yield key, _shown(key, getattr(holder, name)), source


def _shown(key: str, value: object) -> Value:
    match value:
        case None | bool() | int():
            return value
        case str() if is_secret(key):
            return value and MASK
        case SnapshotSettings() | DockerSettings():
            return asdict(value)
        case Mapping():
            return {name: masked(name, item) for name, item in value.items()}
        case tuple():
            return tuple(masked("", item) for item in value)
    return masked("", str(value))
