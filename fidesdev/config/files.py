"""Which files are read and where the project is; a file's text as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import tomli

from fidesdev.config.settings import Flags
from fidesdev.errors import BadToml, ConfigError, ConfigMissing, UsageError

FILE_NAMES = (".fides.toml", ".fides/fides.toml")
"""In a project folder; the first wins."""
PATH_VARIABLE = "FIDES__CONFIG_PATH"


class Place(NamedTuple):
    """Where the project is and what it is configured by."""

    project: Path
    files: tuple[Path, ...]
    """The winning one first."""
    is_project: bool
    """False when neither a file nor a repository says that the folder is a project."""


def find_place(flags: Flags, environ: Mapping[str, str], cwd: Path) -> Place:
    """The files that flags and environment name, else the nearest; raises `ConfigMissing`."""
    start = _start(flags, cwd)
    if flags.config is not None:
        return _named(start / flags.config, "--config")
    # an empty variable is none, as in Fides
    if path := environ.get(PATH_VARIABLE):
        return _named(start / path, PATH_VARIABLE)
    root = next((folder for folder in _upwards(start) if _exists(folder / ".git")), None)
    for folder in _upwards(start):
        if files := _files_in(folder):
            return Place(folder, files, is_project=True)
        if folder in (root, home(environ)):
            break
    return Place(root or start, (), is_project=root is not None)


def home(environ: Mapping[str, str]) -> Path | None:
    """The user's home directory."""
    try:
        return Path(environ.get("HOME") or Path.home()).resolve()
    except RuntimeError:
        return None


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a file; raises `BadToml` with line and column."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {(error.strerror or str(error)).lower()}",
            hint="Make it readable, or name another file with '--config'.",
            file=str(path),
        ) from error
    try:
        return tomli.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", "replace")
        text = f"{before}{content[error.start :].decode('utf-8', 'replace')}"
        reason = f"byte 0x{content[error.start]:02x} is not UTF-8"
        raise _bad(path, reason, text, len(before)) from error
    except tomli.TOMLDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:]
        raise _bad(path, reason, error.doc, error.pos) from error


def _bad(path: Path, reason: str, document: str, position: int) -> BadToml:
    from fidesdev.config.masking import masked_line

    start = document.rfind("\n", 0, position) + 1
    line = document[start:].partition("\n")[0].rstrip("\r")
    return BadToml(
        str(path),
        reason,
        line=document.count("\n", 0, position) + 1,
        column=position - start + 1,
        text=masked_line(line, document[:start]).strip(),
    )


def _start(flags: Flags, cwd: Path) -> Path:
    start = (cwd / (flags.directory or "")).resolve()
    if not start.is_dir():
        raise UsageError(
            f"no such directory: {flags.directory or cwd}",
            hint="Name an existing directory after '-C'.",
            directory=str(start),
        )
    return start


def _named(path: Path, named_by: str) -> Place:
    """The file, or the files of the directory, that a flag or variable names."""
    # only the folder is resolved: a file that links elsewhere still belongs where it stands
    path = path.resolve() if path.is_dir() else path.parent.resolve() / path.name
    names = (*FILE_NAMES, "fides.toml")
    files = _files_in(path, names) if path.is_dir() else (path,) if _exists(path) else ()
    if not files:
        raise ConfigMissing(str(path), named_by)
    folder = path if path.is_dir() else path.parent
    return Place(folder.parent if folder.name == ".fides" else folder, files, is_project=True)


def _files_in(folder: Path, names: tuple[str, ...] = FILE_NAMES) -> tuple[Path, ...]:
    return tuple(folder / name for name in names if _exists(folder / name, file=True))


def _exists(path: Path, *, file: bool = False) -> bool:
    try:
        return path.is_file() if file else path.exists()
    except OSError:  # a folder on the way that may not be searched
        return False


def _upwards(folder: Path) -> Iterator[Path]:
    yield folder
    yield from folder.parents
