"""Which Compose files there are: Compose's own rules, so that they can be named and read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fidesdev.core.engine import EngineAddress
from fidesdev.errors import ComposeFileMissing

_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OLDER_NAMES = ("docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml")


@dataclass(frozen=True, slots=True)
class ComposeChoice:
    """What the configuration says; what is empty is left to Compose."""

    folder: Path
    """Where Compose is run, and where it begins to look for its file."""
    files: tuple[str, ...] = ()
    """Relative to the folder."""
    profiles: tuple[str, ...] = ()
    project: str = ""
    engine: EngineAddress | None = None
    """The engine to talk to; None: whichever Compose finds."""
    is_generated: bool = False
    """Whether the file is ours."""

    @property
    def options(self) -> tuple[str, ...]:
        """The same for Compose's command line."""
        said = [option for file in self.files for option in ("--file", file)]
        said += ["--project-name", self.project] if self.project else []
        said += [option for profile in self.profiles for option in ("--profile", profile)]
        return tuple(said)


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """The files that Compose reads, and what it reads beside them."""

    paths: tuple[Path, ...]
    """Absolute, in the order in which they are joined; none: there is no file."""
    folder: Path
    """What relative paths in them are relative to: that of the first file."""
    project: str
    """The project's name as somebody wrote it; empty: the folder's."""
    profiles: tuple[str, ...]
    is_chosen: bool
    """Whether they were named by the configuration or a variable, rather than found."""


def find_compose_files(
    choice: ComposeChoice, environ: Mapping[str, str], *, older: bool
) -> FoundFiles:
    """What Compose would read; raises `ComposeFileMissing` where a file that is named is absent.

    The rules are those of the Compose command line reference: the files named, else COMPOSE_FILE,
    else the first folder from here upwards that has a file of a usual name, with its override.
    """
    said = {**read_dotenv(choice.folder / ".env"), **environ}
    separator = said.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
    named = choice.files or tuple(filter(None, said.get("COMPOSE_FILE", "").split(separator)))
    source = "[fidesdev.docker] files" if choice.files else "COMPOSE_FILE"
    paths = _named(choice.folder, named, source) if named else _discovered(choice.folder, older)
    folder = paths[0].parent if paths else choice.folder
    if folder != choice.folder:
        said = {**read_dotenv(folder / ".env"), **said}
    variable = tuple(filter(None, said.get("COMPOSE_PROFILES", "").split(",")))
    return FoundFiles(
        paths=paths,
        folder=folder,
        project=choice.project or said.get("COMPOSE_PROJECT_NAME", ""),
        profiles=tuple(dict.fromkeys((*choice.profiles, *variable))),
        is_chosen=bool(named),
    )


def _named(folder: Path, names: tuple[str, ...], source: str) -> tuple[Path, ...]:
    paths = tuple(Path(os.path.normpath(folder / Path(name).expanduser())) for name in names)
    for path in paths:
        if not path.is_file():
            raise ComposeFileMissing(
                f"{source} names {path}, and there is no such file",
                hint="Mend that setting; 'fidesdev config show --origin' tells where it is.",
                file=str(path),
                source=source,
            )
    return paths


def _discovered(start: Path, older: bool) -> tuple[Path, ...]:
    names = _OLDER_NAMES if older else _NAMES
    for folder in (start, *start.parents):
        found = _first(folder, names)
        if found is not None:
            overrides = tuple(f"{Path(name).stem}.override{Path(name).suffix}" for name in names)
            more = _first(folder, overrides)
            return (found, more) if more else (found,)
    return ()


def _first(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((path for name in names if (path := folder / name).is_file()), None)


def read_dotenv(path: Path) -> dict[str, str]:
    """The assignments of a `.env` file, as far as the variables of Compose itself need it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return {}
    said = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            said[name.strip()] = _unquoted(value.strip())
    return said


def _unquoted(value: str) -> str:
    if value[:1] in {"'", '"'}:
        return value[1:].partition(value[0])[0]
    return value.partition(" #")[0].strip()
